"""`vigie backtest`: replays rules over history, alone or side by side with others."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import open_installation, parse_day, unknown_name

if TYPE_CHECKING:
    from pipelines.services.installation import Installation
    from pipelines.settings import Settings
    from pipelines.watch.rule import Rule


def backtest(
    rules: options.RuleNames = None,
    first: options.FirstDay = None,
    last: options.LastDay = None,
    against: options.Against = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Replay rules over the KPIs' history: which alerts would have fired, and when. Sends nothing."""
    from pipelines.cli.render.backtests import backtest_parts, backtests_as_json, comparison_parts
    from pipelines.cli.render.words import word
    from pipelines.services.backtest import history_of, replay_rules, side_by_side
    from pipelines.services.evaluate import selections_of

    installation, loaded = open_installation(settings, home)
    language = loaded.company.language
    chosen = _chosen_rules(rules, loaded)
    others = None if against is None else _others(against, loaded, installation)
    pairs = [] if others is None else _pairs(chosen, others, loaded, is_chosen=bool(rules))
    since, until = parse_day("--from", first, language), parse_day("--to", last, language)
    if since is not None and until is not None and since > until:
        fail(word("days_reversed", language, first=since, last=until), REFUSED)
    if not installation.home.warehouse.exists():
        fail(word("no_history_yet", language, home=home), REFUSED)
    if others is not None:
        chosen = [rule for rule in chosen if rule.name in {name for name, _ in pairs}]
    needed = [*chosen, *(rule for _, versions in pairs for rule in versions)]
    kpis, history = installation.kpis(), history_of(installation, selections_of(needed))
    replays = replay_rules(chosen, loaded, kpis, history, first=since, last=until)
    by_rule = {one.rule.name: one for one in replays}
    compared = [
        side_by_side(by_rule[name], replay_rules(versions, loaded, kpis, history, first=since, last=until)[0])
        for name, versions in pairs
    ]
    if as_json:
        show_json(backtests_as_json(replays, since or history.span[0], until or history.span[1], compared))
    elif others is None:
        for one in replays:
            show(*backtest_parts(one.rule, one.found, loaded.company, one.kpi, width=results.width))
    else:
        file = None if against is None or _is_rule(against, loaded) else Path(against).name
        for pair in compared:
            show(*comparison_parts(pair, loaded.company, file=file))


def _chosen_rules(names: Sequence[str] | None, settings: "Settings") -> "list[Rule]":
    """Returns the named rules, or all. Ends the command if a name is unknown."""
    known = [rule.name for rule in settings.rules]
    for name in names or ():
        if name not in known:
            fail(unknown_name("rule", name, known, settings.company.language), REFUSED)
    return [rule for rule in settings.rules if not names or rule.name in names]


def _is_rule(name: str | None, settings: "Settings") -> bool:
    return any(rule.name == name for rule in settings.rules)


def _others(against: str, settings: "Settings", installation: "Installation") -> "Sequence[Rule]":
    """Returns the rule of a name, or those of a file. Ends the command if there is neither.

    Raises:
        SettingsError: every mistake in the file.
    """
    from pipelines.settings import load_rules

    if _is_rule(against, settings):
        return [rule for rule in settings.rules if rule.name == against]
    if not Path(against).exists():
        known = [rule.name for rule in settings.rules]
        fail(unknown_name("rule", against, known, settings.company.language), REFUSED)
    return load_rules(Path(against), settings, installation.kpis())


def _pairs(
    chosen: "Sequence[Rule]", others: "Sequence[Rule]", settings: "Settings", *, is_chosen: bool
) -> "list[tuple[str, Sequence[Rule]]]":
    """Returns the name of each rule with the versions of one that it is compared with.

    Without rules on the command line, they are those with the name of another one. Ends the command where there is
    nothing to compare, or where two rules watch other series.
    """
    from pipelines.cli.render.words import word
    from pipelines.services.backtest import counterparts, different_series
    from pipelines.watch.versions import by_name

    language, names = settings.company.language, by_name(others)
    listed = ", ".join(names) or word("none", language)
    found: list[tuple[str, Sequence[Rule]]] = []
    for name, versions in by_name(chosen).items():
        if not is_chosen and name not in names:
            continue
        others_of_it = counterparts(versions[0], others)
        if not others_of_it and len(names) > 1:
            fail(word("no_counterpart", language, name=name, names=listed), REFUSED)
        for other in others_of_it or list(names.values()):
            key = different_series(versions[0], other[0])
            if key is not None:
                fail(word("other_series", language, first=name, second=other[0].name, difference=key), REFUSED)
            found.append((name, other))
    if not found:
        fail(word("nothing_to_compare", language, names=listed), REFUSED)
    return found
