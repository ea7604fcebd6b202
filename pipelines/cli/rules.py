"""`vigie rules`: the rules; `vigie rules suggest` proposes some from the KPIs' history."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, show, show_json
from pipelines.cli.inputs import did_you_mean, open_installation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.kpis import Kpi
    from pipelines.kpis.formatting import Language
    from pipelines.settings import Settings


class RuleAction(StrEnum):
    """What can be done with rules beside listing them."""

    SUGGEST = "suggest"


def rules(
    action: Annotated[
        RuleAction | None,
        typer.Argument(metavar="suggest", help="Propose rules from the history; without it, list the rules."),
    ] = None,
    kpis: options.KpiNames = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """List the rules, or propose new ones from the history of KPIs, as YAML to paste."""
    from pipelines.cli.render.suggestions import suggestions_as_json, suggestions_as_yaml
    from pipelines.cli.render.words import word
    from pipelines.services.suggest import suggest_rules

    installation, loaded = open_installation(settings, home)
    if action is None:
        _list(loaded, as_json=as_json)
        return
    chosen = _chosen(kpis or [], installation.kpis(), loaded.company.language)
    if not installation.home.warehouse.exists():
        fail(word("no_history_yet", loaded.company.language, home=home), REFUSED)
    found = list(suggest_rules(installation, chosen))
    if as_json:
        show_json(suggestions_as_json(found))
    else:
        # Lines as they are: a comment that is broken is no comment any more.
        for line in suggestions_as_yaml(found, loaded.company):
            show(Text(line, no_wrap=True, overflow="ignore"))


def _list(settings: "Settings", *, as_json: bool) -> None:
    from pipelines.cli.render.words import word

    if as_json:
        listed = [
            {"rule": each.name, "kpi": each.kpi, "grain": each.grain, "by": each.by, "condition": each.condition.key}
            for each in settings.rules
        ]
        show_json({"rules": listed})
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for key in ("rule", "kpi", "grain", "segment", "condition"):
        table.add_column(word(key, settings.company.language), overflow="fold")
    for each in settings.rules:
        table.add_row(*(escape(text) for text in (each.name, each.kpi, each.grain, each.by or "", each.condition.key)))
    show(table)


def _chosen(names: list[str], kpis: "Mapping[str, Kpi]", language: "Language") -> "Mapping[str, Kpi]":
    """Returns the named KPIs, or all. Ends the command if a name is unknown."""
    from pipelines.cli.render.words import word

    for name in names:
        if name not in kpis:
            unknown = word("unknown_kpi", language, name=name) + did_you_mean(name, kpis, language)
            fail(unknown + word("lists_kpis", language), REFUSED)
    return {name: kpis[name] for name in names or sorted(kpis)}
