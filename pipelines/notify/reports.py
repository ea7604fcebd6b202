"""The messages that bring reports: an export as an attachment, and the digest. Pure: no I/O and no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from pipelines.kpis import Grain, Kpi
from pipelines.kpis.formatting import ValueFormat, format_count, format_moment, format_period, format_period_count
from pipelines.notify.attachment import Attachment
from pipelines.notify.compose import CompanyFacts, series_name
from pipelines.notify.message import Block, Content, Fact, Kind, Message, Paragraph, message_id, plain_text
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS
from pipelines.notify.translations.reports import sentence_case, text
from pipelines.watch.limit import Severity

# Of each group a digest describes so many; of all others it gives the names.
_DESCRIBED = 10
_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class KpiReading:
    """A KPI as a whole in its latest complete period; numbers are in its unit, None where there is none."""

    kpi: Kpi
    period_start: date
    value: float
    previous_value: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """An alert that is open, or was until a moment ago; one about missing data has neither value nor threshold."""

    kpi: Kpi
    grain: Grain
    segment_type: str
    segment: str
    severity: Severity
    breached_periods: int
    value: float | None
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a report is about.

    Attributes:
        name: the name of the export.
        tick: the moment of its schedule, aware.
        known_at: the moment that counted as now when the values were computed, aware.
        grain: the length of a period.
        period_start: the first day of the latest period; None if there is no complete period yet.
        with_target: how many KPIs have a target or benchmark.
        off_target: those that miss it.
        improved: those that have moved to the better by more than chance.
        open_alerts: the open alerts, the most severe first.
        resolved: the alerts that were resolved since the tick before.
    """

    name: str
    tick: datetime
    known_at: datetime
    grain: Grain
    period_start: date | None
    with_target: int = 0
    off_target: Sequence[KpiReading] = ()
    improved: Sequence[KpiReading] = ()
    open_alerts: Sequence[Incident] = ()
    resolved: Sequence[Incident] = ()


def compose_export(situation: Situation, file: Attachment, channel_name: str, company: CompanyFacts) -> Message:
    """Returns the message that brings the file of an export through one channel."""
    language = company.language
    names = ", ".join(each.kpi.label(language) for each in situation.off_target)
    alerts = format_count(len(situation.open_alerts), language)
    moment = format_moment(situation.known_at, company.timezone, language)
    blocks: list[Block] = [
        Paragraph(text=text("attached", language, file=file.name, moment=moment)),
        Fact(label=text("off_target", language), value=names or text("nothing", language)),
        Fact(
            label=text("open_alerts", language), value=alerts if situation.open_alerts else text("none_open", language)
        ),
    ]
    headline = ", ".join(filter(None, (situation.name, _period(situation, company))))
    return _message("export", situation, headline, text("report", language), blocks, channel_name, company, file)


def compose_digest(situation: Situation, channel_name: str, company: CompanyFacts) -> Message:
    """Returns the digest for one channel: what is off target, what has improved, and what is still open."""
    language = company.language
    period = _period(situation, company)
    lead = _lead(situation, company)
    begin = f"{sentence_case(period)}{text('colon', language)}{lead}" if period else sentence_case(lead)
    blocks: list[Block] = [Paragraph(text=f"{begin}.")]
    blocks += _scores("off", situation.off_target, "is_off", situation, company)
    blocks += _scores("improved", situation.improved, "has_improved", situation, company)
    blocks += _incidents(situation, company)
    headline = ", ".join((*_headline(situation, company), period or situation.name))
    return _message("digest", situation, headline, text("digest", language), blocks, channel_name, company)


def _message(
    kind: Kind,
    situation: Situation,
    headline: str,
    label: str,
    blocks: Sequence[Block],
    channel_name: str,
    company: CompanyFacts,
    file: Attachment | None = None,
) -> Message:
    language = company.language
    colon = TRANSLATIONS[language].colon
    # The name of an export is written as its settings have it.
    shown = headline if kind == "export" else sentence_case(headline)
    # The first two parts name what a message is about: a report is answered by none that follows.
    about = f"{situation.name} {situation.tick.isoformat()}"
    key = "/".join((kind, quote(about, safe=""), quote(channel_name, safe="")))
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind=kind,
        grain=situation.grain,
        period_start=situation.period_start,
        title=f"{label}{colon}{headline}",
        text=plain_text(blocks, colon),
        content=Content(language=language, status_label=label, headline=shown, blocks=tuple(blocks)),
        attachment=file,
    )


def _period(situation: Situation, company: CompanyFacts) -> str:
    if situation.period_start is None:
        return ""
    return format_period(situation.period_start, situation.grain, company.language)


def _headline(situation: Situation, company: CompanyFacts) -> Iterator[str]:
    language = company.language
    if situation.off_target:
        yield text("head_off", language, count=format_count(len(situation.off_target), language))
    elif situation.with_target:
        yield text("head_on", language)
    if situation.open_alerts:
        key = "head_alert" if len(situation.open_alerts) == 1 else "head_alerts"
        yield text(key, language, count=format_count(len(situation.open_alerts), language))


def _lead(situation: Situation, company: CompanyFacts) -> str:
    """Returns how things are in one sentence, without its period."""
    language = company.language

    def counted(number: int, one: str, some: str) -> str:
        return text(
            one if number == 1 else some,
            language,
            count=format_count(number, language),
            all=format_count(situation.with_target, language),
        )

    clauses = []
    if situation.off_target and situation.with_target == 1:
        clauses.append(text("only_one_off", language))
    elif situation.off_target:
        clauses.append(counted(len(situation.off_target), "one_off", "some_off"))
    elif situation.with_target:
        clauses.append(
            text("only_one_on_target", language)
            if situation.with_target == 1
            else text("all_on_target", language, all=format_count(situation.with_target, language))
        )
    else:
        clauses.append(text("no_targets", language))
    if situation.improved:
        clauses.append(counted(len(situation.improved), "one_improved", "some_improved"))
    alerts = len(situation.open_alerts)
    clauses.append(counted(alerts, "one_alert", "some_alerts") if alerts else text("no_alert", language))
    return f"{', '.join(clauses[:-1])}{text('and', language)}{clauses[-1]}"


def _scores(
    group: Literal["off", "improved"],
    readings: Sequence[KpiReading],
    said: str,
    situation: Situation,
    company: CompanyFacts,
) -> Iterator[Block]:
    language = company.language
    texts = TRANSLATIONS[language]
    for reading in readings[:_DESCRIBED]:
        numbers = ValueFormat.for_values(reading.kpi.shown_unit, language, company.currency, [reading.value])
        target = ""
        if reading.target is not None:
            target = text("target", language, target=numbers.format_threshold(reading.target))
        compared = ""
        if reading.previous_value is not None:
            compared = texts.compared.format(
                previous=numbers.format(reading.previous_value), before=texts.before[situation.grain]
            )
        value = text(said, language, value=numbers.format(reading.value), target=target, compared=compared)
        yield Fact(label=reading.kpi.label(language), value=value)
    if rest := readings[_DESCRIBED:]:
        names = ", ".join(each.kpi.label(language) for each in rest)
        yield Fact(label=text(f"more_{group}", language), value=names)


def _incidents(situation: Situation, company: CompanyFacts) -> Iterator[Block]:
    language = company.language
    for incident in situation.open_alerts[:_DESCRIBED]:
        yield Fact(label=_name(incident, company), value=_described(incident, company))
    if rest := situation.open_alerts[_DESCRIBED:]:
        yield Fact(label=text("more_open", language), value=", ".join(_name(each, company) for each in rest))
    if situation.resolved:
        names = ", ".join(_name(each, company) for each in situation.resolved)
        yield Fact(label=text("resolved", language), value=names)


def _described(incident: Incident, company: CompanyFacts) -> str:
    language = company.language
    severity = text(f"severity_{incident.severity}", language)
    duration = format_period_count(incident.breached_periods, incident.grain, language)
    if incident.value is None or incident.threshold is None:
        return text("has_no_data", language, severity=severity, duration=duration)
    numbers = ValueFormat.beside_threshold(
        incident.kpi.shown_unit, language, company.currency, value=incident.value, threshold=incident.threshold
    )
    value, threshold = numbers.format(incident.value), numbers.format_threshold(incident.threshold)
    return text("is_open", language, severity=severity, duration=duration, value=value, threshold=threshold)


def _name(incident: Incident, company: CompanyFacts) -> str:
    segment = readable(incident.segment, _NAME_LENGTH)
    return series_name(incident.kpi.label(company.language), incident.segment_type, segment, company.language)
