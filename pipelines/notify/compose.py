"""Turns events into the messages that people read, in English or French. Pure: no I/O and no clock."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from babel import Locale

from pipelines.kpis import Kpi
from pipelines.kpis.formatting import (
    Language,
    ValueFormat,
    format_count,
    format_duration,
    format_moment,
    format_period,
    format_period_count,
    format_share,
    plural,
)
from pipelines.notify.driver_lines import driver_lines, message_drivers
from pipelines.notify.message import Action, Block, Content, Fact, Message, Paragraph, message_id, plain_text
from pipelines.notify.sanitize import is_plain_name, readable, shorten, single_line
from pipelines.notify.translations import TRANSLATIONS, Translation
from pipelines.notify.translations.reasons import reason_in_french
from pipelines.watch.drivers import Driver
from pipelines.watch.limit import Severity
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, dedup_key

Subject = Literal["source", "run", "export", "channel", "conversion"]

_NAME_LENGTH = 80
_KEY_LENGTH = 255
_REASON_LENGTH = 400
_ACTION_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """How a company's messages are written; `timezone` is an IANA name, `currency` an ISO 4217 code."""

    name: str
    language: Language
    currency: str
    timezone: str


@dataclass(frozen=True, slots=True)
class PipelineEvent:
    """A failure of the pipeline itself, or its recovery.

    `incident` identifies this failure from its beginning to its end. `failures` counts the failures in a row. `since`
    is when the failure began, `at` when this event happened; both are aware. `reason` is an error in words, without
    secrets.
    """

    subject: Subject
    name: str
    incident: str
    state: Literal["failed", "recovered"]
    since: datetime
    at: datetime
    reason: str | None = None
    failures: int = 1
    severity: Severity = "critical"
    owner: str | None = None
    action: str | None = None


def compose(
    event: Event,
    rule: Rule,
    kpi: Kpi,
    channel_name: str,
    company: CompanyFacts,
    *,
    drivers: Sequence[Driver] = (),
    confidence: float = 0.95,
) -> Message:
    """Returns the message about an alert's event for one channel.

    `drivers` are what drove the change of the reading's value since the period before. `confidence` is the confidence
    level (0 to 1) of the intervals in the readings.

    Raises:
        ValueError: the event's reading has no value.
    """
    language, reading = company.language, event.reading
    texts = TRANSLATIONS[language]
    value, previous = _finite(reading.value), _finite(reading.previous_value)
    if value is None:
        raise ValueError(f"the event {event.kind} of rule {rule.name} has a reading without a value")
    # The threshold that all breached periods of a resolved incident have crossed is the mildest one.
    threshold = event.mildest_threshold if event.kind == "resolved" else event.threshold
    numbers = ValueFormat.beside_threshold(
        kpi.unit,
        language,
        company.currency,
        value=value,
        threshold=threshold,
        others=() if previous is None else (previous,),
    )
    status_label, headline, lead = _alert_sentences(
        event, _series_name(event, kpi, language), texts, numbers, value, previous, threshold
    )
    owner, action = _cleaned(rule.owner, _NAME_LENGTH), _cleaned(rule.action, _ACTION_LENGTH)
    blocks: list[Block] = [Paragraph(text=lead)]
    blocks += _when(texts, numbers, event, value)
    blocks += _how_sure(texts, numbers, event, confidence)
    if drivers:
        blocks.append(driver_lines(drivers, kpi, reading.grain, language, company.currency))
    blocks += _action_and_owner(texts, None if event.kind == "resolved" else action, owner)
    key = dedup_key(event, channel_name)
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind="alert",
        status="resolved" if event.kind == "resolved" else "firing",
        severity=event.severity,
        rule=rule.name,
        kpi=kpi.name,
        grain=reading.grain,
        period_start=reading.period_start,
        segment_type=reading.segment_type,
        segment=readable(reading.segment, _KEY_LENGTH),
        value=value,
        threshold=threshold,
        previous_value=previous,
        sample_size=reading.sample_size,
        title=f"{status_label}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        drivers=message_drivers(drivers),
        owner=owner,
        action=action,
        content=Content(language=language, status_label=status_label, headline=headline, blocks=tuple(blocks)),
    )


def compose_pipeline(event: PipelineEvent, channel_name: str, company: CompanyFacts) -> Message:
    """Returns the message about a failure of the pipeline itself, or about its recovery, for one channel."""
    language = company.language
    texts = TRANSLATIONS[language]
    name = _quoted_unless_plain(readable(event.name, _NAME_LENGTH), texts)
    subject = texts.subjects[event.subject].format(name)
    has_failed = event.state == "failed"
    if not has_failed:
        length = format_duration((event.at - event.since).total_seconds(), language)
        lead = texts.recovered.format(subject=subject, duration=length)
    elif event.failures > 1:
        lead = texts.failed_again.format(subject=subject, count=format_count(event.failures, language))
    else:
        lead = texts.failed_once.format(subject=subject)
    status_label = texts.label_failed if has_failed else texts.label_recovered
    headline = lead.removesuffix(".")

    owner, action = _cleaned(event.owner, _NAME_LENGTH), _cleaned(event.action, _ACTION_LENGTH)
    label, said = _reason(event.reason or "", language, texts)
    # A line is a reason of its own, for instance a file each.
    reason = _cleaned("; ".join(said.splitlines()), _REASON_LENGTH)
    began = format_moment(event.since, company.timezone, language)
    blocks: list[Block] = [
        Paragraph(text=lead),
        Fact(label=texts.since if has_failed else texts.began, value=began),
    ]
    if reason is not None and has_failed:
        blocks.append(Fact(label=label, value=reason))
    blocks += _action_and_owner(texts, action if has_failed else None, owner)
    key = "/".join(("pipeline", quote(event.incident, safe=""), event.state, quote(channel_name, safe="")))
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind="pipeline",
        status="firing" if has_failed else "resolved",
        severity=event.severity,
        title=f"{status_label}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        owner=owner,
        action=action,
        content=Content(language=language, status_label=status_label, headline=headline, blocks=tuple(blocks)),
    )


def _reason(reason: str, language: Language, texts: Translation) -> tuple[str, str]:
    """Returns the label of a reason and the reason, in French if it can be; otherwise the label says that it is not."""
    if language == "en":
        return texts.reason, reason
    translated = reason_in_french(reason)
    return (texts.reason_in_english, reason) if translated is None else (texts.reason, translated)


def compose_test(channel_name: str, at: datetime, company: CompanyFacts) -> Message:
    """Returns a message that says that it is a test of a channel; no two tests have the same `at` (aware)."""
    texts = TRANSLATIONS[company.language]
    name = _quoted_unless_plain(readable(channel_name, _NAME_LENGTH), texts)
    headline = texts.test_headline.format(name=name)
    lead = texts.test_lead.format(name=name, company=readable(company.name, _NAME_LENGTH))
    blocks = (Paragraph(text=lead),)
    key = "/".join(("test", quote(at.isoformat(), safe=""), quote(channel_name, safe="")))
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind="pipeline",
        title=f"{texts.label_test}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        content=Content(language=company.language, status_label=texts.label_test, headline=headline, blocks=blocks),
    )


def _alert_sentences(
    event: Event,
    name: str,
    texts: Translation,
    numbers: ValueFormat,
    value: float,
    previous: float | None,
    threshold: float,
) -> tuple[str, str, str]:
    """Returns the status label, the headline and the first sentence of an alert's message."""
    grain = event.reading.grain
    shown = numbers.format(value)
    beyond = texts.beyond(event.condition, event.side).format(numbers.format_threshold(threshold))
    duration = format_period_count(event.breached_periods, grain, numbers.language)
    compared = ""
    if previous is not None:
        compared = texts.compared.format(previous=numbers.format(previous), before=texts.before[grain])
    if event.kind == "resolved":
        headline = texts.title_resolved.format(name=name, value=shown, duration=duration)
        lead = texts.back_to_normal.format(
            name=name, value=shown, compared=compared, duration=duration, threshold=beyond
        )
        return texts.label_resolved, headline, lead

    headline = texts.title.format(name=name, value=shown, threshold=beyond)
    if event.kind == "severity_changed":
        status_label = texts.label_worsened if event.has_worsened else texts.label_eased
        beyond = (texts.now if event.has_worsened else texts.still).format(beyond)
    else:
        status_label = texts.label_critical if event.severity == "critical" else texts.label_warn
    movement = _movement(texts, numbers, event, value, previous)
    return status_label, headline, movement.format(name=name, value=shown, compared=compared, threshold=beyond)


def _movement(texts: Translation, numbers: ValueFormat, event: Event, value: float, previous: float | None) -> str:
    """Returns the sentence for the way a value moved; one that moved towards its threshold has a neutral sentence."""
    if previous is None or numbers.format(value) == numbers.format(previous):
        return texts.steady
    if event.side == "below" and value < previous:
        return texts.fell
    if event.side == "above" and value > previous:
        return texts.rose
    return texts.steady


def _when(texts: Translation, numbers: ValueFormat, event: Event, value: float) -> list[Block]:
    """Returns the period of the message, the time since the incident began, and its worst value."""
    reading = event.reading

    def named(start: date) -> str:
        return format_period(start, reading.grain, numbers.language)

    blocks: list[Block] = [Fact(label=texts.period, value=named(reading.period_start))]
    if event.kind == "resolved":
        blocks.append(Fact(label=texts.began, value=named(event.opened_period)))
    elif event.opened_period != reading.period_start:
        length = format_period_count(event.breached_periods, reading.grain, numbers.language)
        since = texts.out_of_bounds.format(period=named(event.opened_period), duration=length)
        blocks.append(Fact(label=texts.since, value=since))
    peak = _finite(event.peak_value)
    if peak is not None and numbers.format(peak) != numbers.format(value):
        blocks.append(Fact(label=texts.lowest if event.side == "below" else texts.highest, value=numbers.format(peak)))
    return blocks


def _how_sure(texts: Translation, numbers: ValueFormat, event: Event, confidence: float) -> list[Block]:
    """Returns the sample size and the confidence interval, as far as the reading has them.

    Without an interval a sample size does not say how sure a value is; where it is the value itself, as of a count, it
    says nothing.
    """
    reading, language = event.reading, numbers.language
    facts = []
    if reading.sample_size is not None:
        one, other = texts.observations
        noun = plural(reading.sample_size, one, other, language)
        facts.append(noun.format(format_count(reading.sample_size, language)))
    low, high = _finite(reading.ci_low), _finite(reading.ci_high)
    if low is not None and high is not None:
        # A value close to its threshold needs more digits; its interval does not.
        coarse = replace(numbers, extra_precision=0)
        facts.append(
            texts.interval.format(
                low=coarse.format(low), high=coarse.format(high), confidence=format_share(confidence, language)
            )
        )
    has_interval = low is not None and high is not None
    if not has_interval and reading.sample_size == reading.value:
        return []
    label = texts.confidence if has_interval else texts.sample
    return [Fact(label=label, value=", ".join(facts))] if facts else []


def _action_and_owner(texts: Translation, action: str | None, owner: str | None) -> Sequence[Block]:
    blocks: list[Block] = []
    if action is not None:
        blocks.append(Action(label=texts.action, text=action))
    if owner is not None:
        blocks.append(Fact(label=texts.owner, value=owner))
    return blocks


def _series_name(event: Event, kpi: Kpi, language: Language) -> str:
    """Returns the KPI and the segment as the subject of a sentence; the KPI as a whole has no segment."""
    texts = TRANSLATIONS[language]
    label, segment_type, raw = kpi.label(language), event.series.segment_type, event.series.segment
    if segment_type == "all":
        return label
    noun = texts.segment_nouns.get(segment_type)
    plain_type = noun.noun if noun else readable(segment_type).replace("_", " ")
    if raw == "unknown":
        segment = noun.unknown if noun else texts.unknown_of.format(plain_type)
    elif segment_type == "country" and raw in Locale(language).territories and len(raw) == 2:
        segment = Locale(language).territories[raw]
    else:
        segment = f"{plain_type} {_quoted_unless_plain(readable(raw, _NAME_LENGTH), texts)}".strip()
    if segment_type == "channel":
        return texts.in_channel.format(label=label, segment=segment)
    if label.endswith(")"):
        # One pair of brackets: Customer satisfaction (CSAT, team Returns).
        return f"{label[:-1]}, {segment})"
    return texts.segment.format(label=label, segment=segment)


def _quoted_unless_plain(name: str, texts: Translation) -> str:
    """Returns `name`, in quotation marks if it could be taken for words of the sentence."""
    return name if is_plain_name(name) else texts.quoted.format(name)


def _cleaned(text: str | None, limit: int) -> str | None:
    return shorten(single_line(text), limit) or None if text else None


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
