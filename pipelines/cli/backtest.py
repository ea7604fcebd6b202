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
    replays = []
    periods = []
    for rule in loaded.rules:
        if not rules or rule.name in rules:
            history = readings(where, selection_of(rule))
            periods += [reading.period_start for found in history.values() for reading in found if reading.is_complete]
            replays.append((rule, replay(rule, history, datetime.now(UTC), first=since, last=until)))
    if as_json:
        ends = (since or min(periods, default=None), until or max(periods, default=None))
        out.print_json(json.dumps(render.backtests_as_json(replays, *ends), default=str))
    else:
        render.show_backtests(replays, loaded.company, installation.kpis(), out)


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("backtest")(in_words(backtest))
