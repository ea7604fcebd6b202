"""`vigie backtest`: replays rules over history."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.cli.app import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    REFUSED,
    AsJson,
    HomePath,
    SettingsPath,
    day,
    did_you_mean,
    in_words,
    out,
    stop,
)
from pipelines.cli.render import backtests as render
from pipelines.services.evaluate import selection_of
from pipelines.services.installation import Installation
from pipelines.warehouse.readings import readings
from pipelines.watch.backtest import replay


def backtest(
    rules: Annotated[list[str] | None, typer.Argument(help="The rules' names; without any, all of them.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day whose periods count.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day whose periods count.")] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Replays rules over the history of the KPIs: which alerts would have fired, and when. Sends nothing."""
    installation = Installation(settings, home)
    loaded = installation.settings()
    names = [rule.name for rule in loaded.rules]
    for name in rules or ():
        if name not in names:
            stop(
                f"There is no rule called {name}{did_you_mean(name, names)}"
                f" The settings have: {', '.join(names) or 'none'}.",
                REFUSED,
            )
    since, until = day("--from", first), day("--to", last)
    where = installation.home.warehouse
    if not where.exists():
        stop(f"There is no history in {home}: `vigie run` computes it.", REFUSED)
    chosen = [rule for rule in loaded.rules if not rules or rule.name in rules]
    history = readings(where, [selection_of(rule) for rule in chosen])
    kpis, now = installation.kpis(), datetime.now(UTC)
    replays = [(rule, replay(rule, kpis[rule.kpi], history, now, first=since, last=until)) for rule in chosen]
    if as_json:
        complete = history.loc[history["is_complete"], "period_start"]
        periods = (None, None) if complete.empty else (complete.min().date(), complete.max().date())
        ends = (since or periods[0], until or periods[1])
        out.print_json(json.dumps(render.backtests_as_json(replays, *ends), default=str))
    else:
        render.show_backtests(replays, loaded.company, installation.kpis(), out)


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("backtest")(in_words(backtest))
