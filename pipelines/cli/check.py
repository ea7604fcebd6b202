"""`vigie check`: validates the settings."""

import typer

from pipelines.cli.app import DEFAULT_HOME, DEFAULT_SETTINGS, HomePath, SettingsPath, count, in_words, out
from pipelines.services.installation import Installation


def check(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME) -> None:
    """Validates the settings without touching data."""
    loaded = Installation(settings, home).settings()
    out.print(
        f"The settings are valid: {count(len(loaded.sources), 'source')}, {count(len(loaded.rules), 'rule')},"
        f" {count(len(loaded.channels), 'channel')}, {count(len(loaded.exports), 'export')}.",
        highlight=False,
    )


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("check")(in_words(check))
