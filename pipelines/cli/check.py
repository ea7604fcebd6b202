"""`vigie check`: validates the settings."""

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import counted, show, show_json


def check(
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Validate the settings without reading data."""
    from pipelines.config import SettingsError
    from pipelines.services.installation import Installation

    try:
        loaded = Installation(settings, home).settings()
    except SettingsError as error:
        if as_json:
            show_json({"valid": False, "mistakes": [{**vars(each), "text": str(each)} for each in error.problems]})
        raise
    parts = {"source": loaded.sources, "rule": loaded.rules, "channel": loaded.channels, "export": loaded.exports}
    if as_json:
        show_json({"valid": True, "mistakes": [], **{f"{noun}s": len(entries) for noun, entries in parts.items()}})
    else:
        counts = ", ".join(counted(len(entries), noun) for noun, entries in parts.items())
        show(Text(f"The settings are valid: {counts}."))
