"""`vigie check`: validates the settings."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import counted, show, show_json

if TYPE_CHECKING:
    from pipelines.config import Problem


def check(
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Validate the settings without reading data."""
    from pipelines.config import SettingsError
    from pipelines.services.installation import Installation

    try:
        installation = Installation(settings, home)
        loaded, warnings = installation.settings(), installation.settings_warnings()
    except SettingsError as error:
        if as_json:
            show_json({"valid": False, "mistakes": _records(error.problems), "warnings": []})
        raise
    parts = {"source": loaded.sources, "rule": loaded.rules, "channel": loaded.channels, "export": loaded.exports}
    if as_json:
        counted_parts = {f"{noun}s": len(entries) for noun, entries in parts.items()}
        show_json({"valid": True, "mistakes": [], "warnings": _records(warnings), **counted_parts})
    else:
        counts = ", ".join(counted(len(entries), noun) for noun, entries in parts.items())
        for warning in warnings:
            show(Text(f"Warning: {warning}"))
        show(Text(f"The settings are valid: {counts}."))


def _records(problems: "Iterable[Problem]") -> list[dict[str, object]]:
    return [{**vars(each), "text": str(each)} for each in problems]
