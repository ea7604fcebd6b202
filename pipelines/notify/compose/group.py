"""Messages about several alerts: those of a rule one by one, or a storm as a summary, and the state of their thread."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from pipelines.kpis import Grain, Kpi
from pipelines.kpis.dimensions import dimension_label
from pipelines.kpis.formatting import (
    Language,
    ValueFormat,
    format_count,
    format_period,
    format_period_count,
)
from pipelines.kpis.nouns import format_sample
from pipelines.notify.compose.figures import figures_of
from pipelines.notify.compose.parts import (
    ACTION_LENGTH,
    NAME_LENGTH,
    CompanyFacts,
    action_and_owner,
    cleaned,
    group_footer,
    segment_name,
    series_name,
)
from pipelines.notify.message import (
    Block,
    Content,
    Fact,
    Lines,
    Message,
    Overview,
    Paragraph,
    Status,
    message_id,
    plain_text,
)
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS
from pipelines.notify.translations.groups import alerts, critical, text
from pipelines.watch.group import Group, Topic, worst_first, worst_severity
from pipelines.watch.limit import SEVERITIES, Severity
from pipelines.watch.reading import Series
from pipelines.watch.route import Notice
from pipelines.watch.rule import Rule
from pipelines.watch.state import AlertRecord, Event, GapEvent
from pipelines.watch.wording import text_of

# A summary describes so many alerts and rules; a list has so many lines.
_WORST = 10
_MOST_RULES = 15
_MOST_LINES = 30

_STATUSES: Mapping[Topic, Status] = {
    "resolved": "resolved", "data_again": "resolved", "no_data": "no_data",
}  # fmt: skip
# What is over needs no action.
_IS_FIRING: frozenset[Topic] = frozenset({"fired", "worsened", "eased", "repeated"})

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class AlertState:
    """An alert as it is after a pass, its rule (None if it was removed), and what that compares."""

    record: AlertRecord
    kpi: Kpi
    rule: Rule | None = None


def compose_group(group: Group, kpis: Mapping[str, Kpi], company: CompanyFacts) -> Message:
    """Returns the message about several alerts for one channel; `kpis` has what each rule compares, by rule."""
    texts, language = TRANSLATIONS[company.language], company.language
    notices = worst_first(group.notices)
    severity = worst_severity(notices)
    rules = {notice.rule.name: notice.rule for notice in notices}
    rule = next(iter(rules.values())) if len(rules) == 1 else None
    name = None if rule is None else _title(rule, notices[0].event.series, kpis[rule.name], language)
    status_label = _status_label(group.topic, severity, language)
    headline = _headline(name, notices, language)
    period = _common(_period_of(notice.event) for notice in notices)
    lead, lines = _lines(group, notices, kpis, company, shows_period=period is None)
    blocks: list[Block] = [Paragraph(text=lead)]
    if period is not None:
        blocks.append(Fact(label=texts.period, value=format_period(*period, language)))
    blocks += lines
    owner = action = None
    if rule is not None:
        owner = cleaned(text_of(rule.owner, language), NAME_LENGTH)
        if group.topic == "no_data":
            action = texts.no_data_action.format(kpi=rule.kpi)
        elif group.topic in _IS_FIRING:
            action = cleaned(text_of(rule.action, language), ACTION_LENGTH)
    blocks += action_and_owner(texts, action, owner)
    series = [notice.event.series for notice in notices]
    grain = _common(each.grain for each in series)
    is_open = group.topic in _IS_FIRING or group.topic == "no_data"
    blocks += group_footer(
        company, [notice.event.alert_id for notice in notices], rule.name if rule else None, grain, is_open=is_open
    )
    return Message(
        message_id=message_id(group.key),
        dedup_key=group.key,
        channel=group.first.channel,
        kind="alert",
        status=_STATUSES.get(group.topic, "firing"),
        severity=severity,
        rule=None if rule is None else rule.name,
        kpi=_common(each.kpi for each in series),
        grain=grain,
        period_start=None if period is None else period[0],
        segment_type=_common(each.segment_type for each in series),
        title=f"{status_label}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        owner=owner,
        action=action,
        content=Content(language=language, status_label=status_label, headline=headline, blocks=tuple(blocks)),
        incident=group.incident,
    )


def compose_overview(states: Sequence[AlertState], company: CompanyFacts) -> Overview:
    """Returns what the first message of a thread shows of the alerts that the thread is about."""
    texts, language = TRANSLATIONS[company.language], company.language
    still_open = [state for state in states if state.record.status != "resolved"]
    shown = still_open or states
    severity: Severity = "critical" if any(each.record.severity == "critical" for each in shown) else "warn"
    is_of_one_rule = len({state.record.series.rule for state in states}) == 1
    rule = states[0].rule if is_of_one_rule else None
    counted = _counted_open(len(still_open), len(states), language)
    headline = counted
    if is_of_one_rule:
        name = _title(rule, states[0].record.series, states[0].kpi, language)
        headline = text("of_rule", language, name=name, alerts=counted, critical="")
    status = _status_of(states)
    label = texts.label_critical if severity == "critical" else texts.label_warn
    status_label = {"resolved": texts.label_resolved, "no_data": texts.label_no_data}.get(status, label)
    blocks: list[Block] = []
    for each, of_severity in _by_severity(still_open, lambda state: state.record.severity):
        lines = _limited([_state_line(state, company, is_short=is_of_one_rule) for state in of_severity], language)
        blocks.append(Lines(label=texts.label_critical if each == "critical" else texts.label_warn, lines=lines))
    over = [state for state in states if state.record.status == "resolved"]
    if over:
        names = [_name(state.record.series, state.kpi, language, is_short=is_of_one_rule) for state in over]
        blocks.append(Lines(label=texts.label_resolved, lines=_limited(names, language)))
    if rule is not None and still_open:
        action, owner = text_of(rule.action, language), text_of(rule.owner, language)
        blocks += action_and_owner(texts, cleaned(action, ACTION_LENGTH), cleaned(owner, NAME_LENGTH))
    series = states[0].record.series
    ids = [state.record.alert_id for state in still_open]
    name_of_rule = series.rule if is_of_one_rule else None
    blocks += group_footer(company, ids, name_of_rule, series.grain, is_open=bool(still_open))
    return Overview(
        status=status,
        severity=severity,
        title=f"{status_label}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        content=Content(language=language, status_label=status_label, headline=headline, blocks=tuple(blocks)),
    )


def _counted_open(number: int, count: int, language: Language) -> str:
    """Returns how many of the alerts of a thread are open, or how many there were."""
    if not number:
        return alerts(count, language)
    facts = {"open": format_count(number, language), "all": format_count(count, language)}
    words = {"open_alerts": alerts(number, language), "all_alerts": alerts(count, language)}
    return text("some_open", language, **facts, **words)


def _status_of(states: Iterable[AlertState]) -> Status:
    statuses = {state.record.status for state in states} - {"resolved"}
    if not statuses:
        return "resolved"
    return "no_data" if statuses == {"no_data"} else "firing"


def _status_label(topic: Topic, severity: Severity, language: Language) -> str:
    texts = TRANSLATIONS[language]
    labels = {
        "worsened": texts.label_worsened, "eased": texts.label_eased, "resolved": texts.label_resolved,
        "restated": texts.label_restated, "no_data": texts.label_no_data, "data_again": texts.label_data_again,
    }  # fmt: skip
    return labels.get(topic, texts.label_critical if severity == "critical" else texts.label_warn)


def _headline(name: str | None, notices: Sequence[Notice], language: Language) -> str:
    """Returns how many alerts there are; how many are critical where that is not the same."""
    number = sum(notice.event.severity == "critical" for notice in notices)
    counted = alerts(len(notices), language)
    of_these = critical(number, language) if 0 < number < len(notices) else ""
    if name is None:
        return text("at_once", language, alerts=counted, critical=of_these)
    return text("of_rule", language, name=name, alerts=counted, critical=of_these)


def _lines(
    group: Group, notices: Sequence[Notice], kpis: Mapping[str, Kpi], company: CompanyFacts, *, shows_period: bool
) -> tuple[str, list[Block]]:
    """Returns the first sentence of a message and the lists of its alerts, of which the worst come first."""
    texts, language = TRANSLATIONS[company.language], company.language
    is_short = len({notice.rule.name for notice in notices}) == 1

    def line(notice: Notice) -> str:
        return _line(notice, kpis[notice.rule.name], company, is_short=is_short, shows_period=shows_period)

    worst_event, kpi = notices[0].event, kpis[notices[0].rule.name]
    if isinstance(worst_event, Event) and group.topic in _IS_FIRING:
        name = _name(worst_event.series, kpi, language, is_short=is_short)
        lead = _alert_line("worst", worst_event, name, kpi, company)
    else:
        lead = text(f"lead_{group.topic}", language)
    if group.is_summary:
        worst = notices[:_WORST]
        label = text("worst_ones", language, count=format_count(len(worst), language))
        described: list[Block] = [] if is_short else [_by_rule(notices, language)]
        return lead, [*described, Lines(label=label, lines=tuple(line(notice) for notice in worst))]
    if group.topic not in _IS_FIRING:
        label = _status_label(group.topic, "warn", language)
        return lead, [Lines(label=label, lines=_limited([line(notice) for notice in notices], language))]
    return lead, [
        Lines(
            label=texts.label_critical if severity == "critical" else texts.label_warn,
            lines=_limited([line(notice) for notice in of_severity], language),
        )
        for severity, of_severity in _by_severity(notices, lambda notice: notice.event.severity)
    ]


def _by_rule(notices: Sequence[Notice], language: Language) -> Lines:
    by_rule: dict[str, list[Notice]] = {}
    for notice in notices:
        by_rule.setdefault(notice.rule.name, []).append(notice)

    def line(of_rule: Sequence[Notice]) -> str:
        rule: Rule = of_rule[0].rule
        number = sum(notice.event.severity == "critical" for notice in of_rule)
        owner = cleaned(text_of(rule.owner, language), NAME_LENGTH)
        return text(
            "line_of_rule",
            language,
            rule=rule.name,
            alerts=alerts(len(of_rule), language),
            critical=critical(number, language) if number else "",
            owner=f", {owner}" if owner else "",
        )

    ordered = sorted(by_rule.values(), key=len, reverse=True)
    lines = _limited([line(of_rule) for of_rule in ordered], language, _MOST_RULES)
    return Lines(label=text("by_rule", language), lines=lines)


def _line(notice: Notice, kpi: Kpi, company: CompanyFacts, *, is_short: bool, shows_period: bool) -> str:
    event, language = notice.event, company.language
    name = _name(event.series, kpi, language, is_short=is_short)
    if shows_period:
        start, grain = _period_of(event)
        name += f", {format_period(start, grain, language)}"
    if isinstance(event, GapEvent):
        return _gap_line(event, name, kpi, company)
    return _alert_line("line_resolved" if event.kind == "resolved" else "line", event, name, kpi, company)


def _alert_line(template: str, event: Event, name: str, kpi: Kpi, company: CompanyFacts) -> str:
    """Returns what happened to one alert."""
    texts, language, reading = TRANSLATIONS[company.language], company.language, event.reading
    value, previous, threshold, numbers = figures_of(event, kpi, company)
    beyond = texts.beyond(event.condition, event.side).format(numbers.format_threshold(threshold))
    adverbs = {"reopened": texts.again, "restated": texts.not_after_all, "repeated": texts.still}
    sample = ""
    # Where the sample is the value itself, as of a count, it says nothing.
    if reading.sample_size is not None and reading.sample_size != value:
        sample = f", {format_sample(reading.sample_size, kpi.sample_of, language)}"
    return text(
        template,
        language,
        name=name,
        value=numbers.format(value),
        compared="" if previous is None else text("compared", language, previous=numbers.format(previous)),
        threshold=adverbs.get(event.kind, "{}").format(beyond),
        duration=format_period_count(event.breached_periods, reading.grain, language),
        sample=sample,
    )


def _gap_line(event: GapEvent, name: str, kpi: Kpi, company: CompanyFacts) -> str:
    language, reading = company.language, event.reading
    value = 0.0 if reading.value is None else reading.value
    return text(
        "line_no_data" if event.kind == "no_data" else "line_data_again",
        language,
        name=name,
        value=ValueFormat.for_values(kpi.shown_unit, language, company.currency, [value]).format(value),
        period=format_period(reading.period_start, reading.grain, language),
        duration=format_period_count(max(event.periods, 1), reading.grain, language),
    )


def _state_line(state: AlertState, company: CompanyFacts, *, is_short: bool) -> str:
    record, language = state.record, company.language
    name = _name(record.series, state.kpi, language, is_short=is_short)
    if record.value is None or record.threshold is None:
        return text("line_without_value", language, name=name)
    numbers = ValueFormat.beside_threshold(
        state.kpi.shown_unit, language, company.currency, value=record.value, threshold=record.threshold
    )
    return text(
        "line_open",
        language,
        name=name,
        value=numbers.format(record.value),
        threshold=numbers.format_threshold(record.threshold),
    )


def _title(rule: Rule | None, series: Series, kpi: Kpi, language: Language) -> str:
    """Returns what the alerts of a rule are about, in the operator's words if there are any: CSAT by channel."""
    given = None if rule is None else cleaned(text_of(rule.title, language), NAME_LENGTH)
    label = given or kpi.label(language)
    if series.segment_type == "all":
        return label
    dimension = readable(dimension_label(series.segment_type, language))
    return text("by", language, label=label, dimension=dimension)


def _name(series: Series, kpi: Kpi, language: Language, *, is_short: bool) -> str:
    """Returns the name of a series; the short one where all are of one rule, whose KPI the headline names."""
    if is_short and series.segment_type != "all":
        return segment_name(series.segment_type, series.segment, language)
    return series_name(kpi.label(language), series.segment_type, series.segment, language)


def _period_of(event: Event | GapEvent) -> tuple[date, Grain]:
    start = event.since if event.kind == "no_data" else event.reading.period_start
    return start, event.reading.grain


def _by_severity(items: Iterable[_T], severity_of: Callable[[_T], Severity]) -> list[tuple[Severity, list[_T]]]:
    """Returns items by severity, the most severe first, without severities that none has."""
    given = list(items)
    found = [(severity, [item for item in given if severity_of(item) == severity]) for severity in SEVERITIES]
    return [(severity, of_severity) for severity, of_severity in found if of_severity]


def _limited(lines: Sequence[str], language: Language, most: int = _MOST_LINES) -> tuple[str, ...]:
    """Returns the first lines, and how many more there are."""
    if len(lines) <= most:
        return tuple(lines)
    rest = text("and_more", language, count=format_count(len(lines) - most, language))
    return (*lines[:most], rest)


def _common(values: Iterable[_T]) -> _T | None:
    """Returns the one value that all have, None if they differ."""
    [first, *others] = set(values)
    return None if others else first
