"""`vigie backtest`: replays rules over history."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.completion import complete_rules
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    AsJson,
    HomePath,
    SettingsPath,
    parse_day,
    unknown_name,
)

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.watch.rule import Rule


def backtest(
    rules: Annotated[
        list[str] | None,
        typer.Argument(help="The names of rules; all rules without it.", autocompletion=complete_rules),
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day whose periods are evaluated.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day whose periods are evaluated.")] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Replay rules over the KPIs' history: which alerts would have fired, and when. Sends nothing."""
    from pipelines.cli.render.backtests import backtest_parts, backtests_as_json
    from pipelines.services.evaluate import selections_of
    from pipelines.services.installation import Installation
    from pipelines.warehouse.readings import readings
    from pipelines.watch.backtest import replay

    installation = Installation(settings, home)
    loaded = installation.settings()
    chosen = _chosen_rules(rules, loaded)
    since, until = parse_day("--from", first), parse_day("--to", last)
    warehouse = installation.home.warehouse
    if not warehouse.exists():
        fail(f"{home} has no history yet: `vigie run` computes it.", REFUSED)
    kpis, now = installation.kpis(), datetime.now(UTC)
    history = readings(warehouse, selections_of(chosen))
    replays = [(rule, replay(rule, kpis[rule.kpi], history, now, first=since, last=until)) for rule in chosen]
    if as_json:
        complete = history.loc[history["is_complete"], "period_start"]
        ends = (None, None) if complete.empty else (complete.min().date(), complete.max().date())
        show_json(backtests_as_json(replays, since or ends[0], until or ends[1]))
    else:
        for rule, result in replays:
            show(*backtest_parts(rule, result, loaded.company, kpis, width=results.width))


def _chosen_rules(names: Sequence[str] | None, settings: "Settings") -> "list[Rule]":
    """Returns the named rules, or all. Ends the command if a name is unknown."""
    known = [rule.name for rule in settings.rules]
    for name in names or ():
        if name not in known:
            fail(unknown_name("rule", name, known), REFUSED)
    return [rule for rule in settings.rules if not names or rule.name in names]
