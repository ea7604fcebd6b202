"""`vigie entities`: what sources are mapped to, or one entity with its columns."""

from collections.abc import Mapping, Sequence

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import did_you_mean
from pipelines.cli.render.entities import entities_table, entity_as_json, entity_parts
from pipelines.config import SettingsError
from pipelines.services.installation import Installation


def entities(
    name: options.EntityName = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Show the entities that sources fill, or one with its columns, their names in products, and the KPIs."""
    from pipelines.services.entity_guide import entity_guides

    installation = Installation(settings, home)
    guides = entity_guides(installation.kpis().values())
    if name is not None and name not in guides:
        fail(f"Unknown entity {name}{did_you_mean(name, guides, 'en')} `vigie entities` lists all entities.", REFUSED)
    sources, problem = _sources(installation)
    if as_json:
        found = {key: entity_as_json(guide, sources.get(key, ())) for key, guide in guides.items()}
        show_json({"entities": list(found.values())} if name is None else found[name])
    elif name is None:
        show(entities_table(guides.values(), sources))
    else:
        known = sources.get(name, ()) if problem is None else None
        show(*entity_parts(guides[name], known, width=results.width))
    if problem is not None and not as_json:
        show(Text(problem, style="dim"))


def _sources(installation: Installation) -> tuple[Mapping[str, Sequence[str]], str | None]:
    """Returns the sources that fill each entity; none, and the reason, if there are no valid settings."""
    from pipelines.services.preview import entities_of

    if not installation.settings_path.exists():
        return {}, f"There are no settings in {installation.settings_path}, so no sources are shown."
    try:
        configured = installation.settings().sources
    except SettingsError:
        return {}, "The settings are not valid, so no sources are shown: `vigie check` says why."
    filled: dict[str, list[str]] = {}
    for source in configured:
        for entity in entities_of(source):
            filled.setdefault(entity, []).append(source.name)
    return filled, None
