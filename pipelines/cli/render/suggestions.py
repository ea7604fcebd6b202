"""Suggested rules as YAML that can be pasted into the settings, and as JSON."""

from collections.abc import Iterator, Mapping, Sequence

from pipelines.cli.render.values import write_value
from pipelines.cli.render.words import counted_words, word
from pipelines.kpis import Kpi
from pipelines.kpis.formatting import Language, format_count, format_decimals, format_period_count
from pipelines.settings import Company
from pipelines.watch.suggest import NothingSuggested, Suggestion

Suggested = tuple[Kpi, list[Suggestion] | NothingSuggested]


def suggestions_as_yaml(found: Sequence[Suggested], company: Company) -> Iterator[str]:
    """Yields the lines of a YAML document with the rules; comments say why, and what has none."""
    language = company.language
    if any(isinstance(suggested, list) for _, suggested in found):
        yield "rules:"
    else:
        yield "rules: []"
    for kpi, suggested in found:
        if isinstance(suggested, NothingSuggested):
            continue
        yield f"  # {_usual(kpi, suggested[0], company)}"
        for each in suggested:
            yield f"  # {_reason(each, language)}"
            yield from _lines(each.keys)
    without = [(kpi, suggested) for kpi, suggested in found if isinstance(suggested, NothingSuggested)]
    if without:
        yield f"# {word('nothing_suggested', language)}"
        for kpi, nothing in without:
            yield f"#   {kpi.name}{word('colon', language)}{_obstacle(nothing, language)}"


def _usual(kpi: Kpi, suggestion: Suggestion, company: Company) -> str:
    language = company.language
    return word(
        "usual_values",
        language,
        label=kpi.label(language),
        periods=format_period_count(suggestion.periods, suggestion.rule.grain, language),
        low=write_value(kpi, suggestion.low, company),
        high=write_value(kpi, suggestion.high, company),
    )


def _reason(suggestion: Suggestion, language: Language) -> str:
    """Returns why a rule is as it is and what it would have raised, in a line."""
    rule = suggestion.rule
    why = (
        word("why_bounds", language, beyond=format_count(suggestion.beyond, language))
        if suggestion.kind == "bounds"
        else word("why_baseline", language)
    )
    rate = suggestion.alerts_a_year
    if rate is None:
        return f"{why}, {word('not_backtested', language)}"
    alerts = word(
        "alerts_a_year",
        language,
        rate=format_decimals(rate, 1, language),
        incidents=counted_words(len(suggestion.found.incidents), "incident", language),
        periods=format_period_count(suggestion.found.periods_evaluated, rule.grain, language),
    )
    return f"{why}, {alerts}"


def _lines(keys: Mapping[str, object]) -> Iterator[str]:
    for number, (key, value) in enumerate(keys.items()):
        yield f"  {'-' if number == 0 else ' '} {key}: {_flow(value)}"


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value)


def _obstacle(nothing: NothingSuggested, language: Language) -> str:
    return word(
        f"obstacle_{nothing.obstacle}",
        language,
        periods=format_period_count(nothing.periods, nothing.grain, language),
        needed=format_count(nothing.needed, language),
    )


def suggestions_as_json(found: Sequence[Suggested]) -> dict[str, object]:
    """Returns the rules and what has none as one object; amounts in rules are as written, others in the KPI's unit."""
    return {
        "suggestions": [
            {
                "kpi": kpi.name,
                "kind": each.kind,
                "rule": dict(each.keys),
                "periods": each.periods,
                "usual": [each.low, each.high],
                "periods_judged": each.found.periods_evaluated,
                "periods_breached": each.found.periods_breached,
                "incidents": len(each.found.incidents),
                "alerts_per_year": None if each.alerts_a_year is None else round(each.alerts_a_year, 2),
            }
            for kpi, suggested in found
            if isinstance(suggested, list)
            for each in suggested
        ],
        "nothing_suggested": [
            {
                "kpi": nothing.kpi,
                "reason": nothing.obstacle,
                "grain": nothing.grain,
                "periods": nothing.periods,
                "needed": nothing.needed,
            }
            for _, nothing in found
            if isinstance(nothing, NothingSuggested)
        ],
    }
