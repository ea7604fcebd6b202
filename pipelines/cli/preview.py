"""`vigie preview`: what would be loaded."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.completion import complete_sources_and_tables
from pipelines.cli.console import FAILED, REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, AsJson, HomePath, SettingsPath, unknown_name


def preview(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE[.TABLE]]",
            help="A source, or one entity of it; all without it.",
            autocompletion=complete_sources_and_tables,
        ),
    ] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show what would be loaded: files, rows, dates, ten mapped rows, and what is wrong. Writes nothing."""
    from pipelines.cli.render.previews import preview_parts
    from pipelines.services.installation import Installation
    from pipelines.services.preview import entities_of, preview_source

    installation = Installation(settings, home)
    loaded = installation.settings()
    name, _, entity = (target or "").partition(".")
    chosen = [source for source in loaded.sources if name in ("", source.name)]
    if not chosen:
        fail(unknown_name("source", name, [source.name for source in loaded.sources]), REFUSED)
    if entity and entity not in entities_of(chosen[0]):
        fail(unknown_name(f"table of {name}", entity, entities_of(chosen[0])), REFUSED)
    found = {source.name: list(preview_source(installation, source, entity or None)) for source in chosen}
    if as_json:
        show_json(
            {"tables": [{"source": source, **asdict(each)} for source, previews in found.items() for each in previews]}
        )
    else:
        for source, previews in found.items():
            show(*preview_parts(source, previews, timezone=loaded.company.timezone, width=results.width))
    raise typer.Exit(FAILED if any(each.problems for previews in found.values() for each in previews) else 0)
