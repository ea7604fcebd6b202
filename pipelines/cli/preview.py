"""`vigie preview`: what would be loaded."""

from dataclasses import asdict

import typer

from pipelines.cli import options
from pipelines.cli.console import FAILED, REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import open_installation, unknown_name


def preview(
    target: options.SourceOrTable = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Show what would be loaded: files, rows, dates, ten mapped rows, and what is wrong. Writes nothing."""
    from pipelines.cli.render.previews import preview_parts
    from pipelines.services.preview import entities_of, preview_source

    installation, loaded = open_installation(settings, home)
    company = loaded.company
    name, _, entity = (target or "").partition(".")
    chosen = [source for source in loaded.sources if name in ("", source.name)]
    if not chosen:
        names = [source.name for source in loaded.sources]
        fail(unknown_name("source", name, names, company.language), REFUSED)
    if entity and entity not in (known := entities_of(chosen[0])):
        fail(unknown_name("table", entity, known, company.language, source=name), REFUSED)
    found = {source.name: list(preview_source(installation, source, entity or None)) for source in chosen}
    if as_json:
        show_json(
            {"tables": [{"source": source, **asdict(each)} for source, previews in found.items() for each in previews]}
        )
    else:
        for source, previews in found.items():
            show(*preview_parts(source, previews, company, width=results.width))
    raise typer.Exit(FAILED if any(each.problems for previews in found.values() for each in previews) else 0)
