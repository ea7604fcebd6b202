"""`vigie backtest`: replays rules over history."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import open_installation, parse_day, unknown_name

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.watch.rule import Rule


def backtest(
    rules: options.RuleNames = None,
    first: options.FirstDay = None,
    last: options.LastDay = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Replay rules over the KPIs' history: which alerts would have fired, and when. Sends nothing."""
    from pipelines.cli.render.backtests import backtest_parts, backtests_as_json
    from pipelines.cli.render.words import word
    from pipelines.services.evaluate import selections_of
    from pipelines.settings import watched_kpi
    from pipelines.warehouse.readings import readings
    from pipelines.watch.backtest import replay

    installation, loaded = open_installation(settings, home)
    language = loaded.company.language
    chosen = _chosen_rules(rules, loaded)
    since, until = parse_day("--from", first, language), parse_day("--to", last, language)
    warehouse = installation.home.warehouse
    if not warehouse.exists():
        fail(word("no_history_yet", language, home=home), REFUSED)
    kpis, now = installation.kpis(), datetime.now(ZoneInfo(loaded.company.timezone))
    history = readings(warehouse, selections_of(chosen))
    replays = [
        (rule, replay(rule, watched_kpi(rule, loaded, kpis), history, now, first=since, last=until)) for rule in chosen
    ]
    if as_json:
        complete = history.loc[history["is_complete"], "period_start"]
        ends = (None, None) if complete.empty else (complete.min().date(), complete.max().date())
        show_json(backtests_as_json(replays, since or ends[0], until or ends[1]))
    else:
        for rule, result in replays:
            of_rule = {rule.kpi: watched_kpi(rule, loaded, kpis)}
            show(*backtest_parts(rule, result, loaded.company, of_rule, width=results.width))


def _chosen_rules(names: Sequence[str] | None, settings: "Settings") -> "list[Rule]":
    """Returns the named rules, or all. Ends the command if a name is unknown."""
    known = [rule.name for rule in settings.rules]
    for name in names or ():
        if name not in known:
            fail(unknown_name("rule", name, known, settings.company.language), REFUSED)
    return [rule for rule in settings.rules if not names or rule.name in names]
