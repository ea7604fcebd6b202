"""`vigie check`: validates the settings."""

import typer

from pipelines import settings as vigie_settings
from pipelines.cli.app import DEFAULT_HOME, DEFAULT_SETTINGS, HomePath, SettingsPath, count, in_words, out


def check(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME) -> None:
    """Validates the settings without touching data."""
    loaded = vigie_settings.load(settings)
    out.print(
        f"The settings are valid: {count(len(loaded.sources), 'source')}, {count(len(loaded.rules), 'rule')},"
        f" {count(len(loaded.channels), 'channel')}, {count(len(loaded.exports), 'export')}.",
        highlight=False,
    )


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("check")(in_words(check))
