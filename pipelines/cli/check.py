"""`vigie check`: validates the settings."""

from rich.text import Text

from pipelines.cli.console import counted, show
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, HomePath, SettingsPath
from pipelines.services.installation import Installation


def check(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME) -> None:
    """Validate the settings without reading data."""
    loaded = Installation(settings, home).settings()
    parts = {"source": loaded.sources, "rule": loaded.rules, "channel": loaded.channels, "export": loaded.exports}
    counts = ", ".join(counted(len(entries), noun) for noun, entries in parts.items())
    show(Text(f"The settings are valid: {counts}."))
