"""From what happened to what a person reads: pure, in English or French."""

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from babel import Locale
from babel.numbers import format_percent

from pipelines.kpis import Kpi
from pipelines.notify.forms import Language, ValueForm, duration, moment, period, periods, plural, whole
from pipelines.notify.layout import Row, written
from pipelines.notify.message import Message, message_id
from pipelines.notify.plain import cleaned, is_plain_name, readable, shortened
from pipelines.notify.words import WORDS, Words
from pipelines.watch.limit import Severity
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, dedup_key

Subject = Literal["source", "run", "export", "channel"]

_NAME_LENGTH = 80
_KEY_LENGTH = 255
_REASON_LENGTH = 300
_ACTION_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What of the company decides how a message is written; `timezone` is an IANA name, `currency` an ISO code."""

    name: str
    language: Language
    currency: str
    timezone: str


@dataclass(frozen=True, slots=True)
class PipelineEvent:
    """Something in the pipeline itself failed, or works again.

    `incident` names this failure from its beginning to its end, no other one. `failures` counts those in a row.
    `since` is when it began, `at` the moment told of; both aware. `reason` is an error in words, without secrets.
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
    event: Event, rule: Rule, kpi: Kpi, channel_name: str, company: CompanyFacts, *, confidence: float = 0.95
) -> Message:
    """The message that tells `channel_name` of `event`; `confidence` is that of the readings' intervals (0 to 1)."""
    language, reading = company.language, event.reading
    words = WORDS[language]
    value, previous = _finite(reading.value), _finite(reading.previous_value)
    if value is None:
        raise ValueError(f"{event.kind} of {rule.name} without a value")
    threshold = event.mildest_threshold if event.kind == "resolved" else event.threshold
    others = () if previous is None else (previous,)
    form = ValueForm.with_bound(kpi.unit, language, company.currency, value=value, bound=threshold, others=others)

    name = _series_name(event, kpi, language)
    bound = words.bound_of(event.condition, event.side).format(form.write_bound(threshold))
    length = periods(event.breached_periods, reading.grain, language)
    was = ""
    if previous is not None:
        was = words.was.format(previous=form.write(previous), before=words.before[reading.grain])

    match event.kind:
        case "resolved":
            status_word = words.resolved
            title = words.title_resolved.format(name=name, value=form.write(value), duration=length)
            lead = words.back.format(name=name, value=form.write(value), was=was, duration=length, bound=bound)
        case "severity_changed":
            status_word = words.worsened if event.has_worsened else words.eased
            title = words.title.format(name=name, value=form.write(value), bound=bound)
            change = (words.now if event.has_worsened else words.still).format(bound)
            lead = _movement(words, form, event, value, previous).format(
                name=name, value=form.write(value), was=was, bound=change
            )
        case "fired":
            status_word = words.critical if event.severity == "critical" else words.warn
            title = words.title.format(name=name, value=form.write(value), bound=bound)
            lead = _movement(words, form, event, value, previous).format(
                name=name, value=form.write(value), was=was, bound=bound
            )

    owner, action = _written_or_none(rule.owner, _NAME_LENGTH), _written_or_none(rule.action, _ACTION_LENGTH)
    rows = [*_when(words, form, event, value, language), *_how_sure(words, form, event, language, confidence)]
    if action is not None and event.kind != "resolved":
        rows.append(Row(words.action, action))
    if owner is not None:
        rows.append(Row(words.owner, owner))
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
        title=f"{status_word}{words.colon}{title}",
        text=written(lead, rows, words),
        owner=owner,
        action=action,
    )


def compose_pipeline(event: PipelineEvent, channel_name: str, company: CompanyFacts) -> Message:
    """The message that tells `channel_name` of a failure of the pipeline itself, or of its end."""
    language = company.language
    words = WORDS[language]
    name = _quoted_unless_plain(readable(event.name, _NAME_LENGTH), words)
    subject = words.subjects[event.subject].format(name)
    failed = event.state == "failed"
    if not failed:
        length = duration((event.at - event.since).total_seconds(), language)
        lead = words.works_again.format(subject=subject, duration=length)
    elif event.failures > 1:
        lead = words.failed_again.format(subject=subject, count=whole(event.failures, language))
    else:
        lead = words.failed_once.format(subject=subject)

    owner, action = _written_or_none(event.owner, _NAME_LENGTH), _written_or_none(event.action, _ACTION_LENGTH)
    reason = _written_or_none(event.reason, _REASON_LENGTH)
    rows = [Row(words.since if failed else words.began, moment(event.since, company.timezone, language))]
    if reason is not None and failed:
        rows.append(Row(words.reason, reason))
    if action is not None and failed:
        rows.append(Row(words.action, action))
    if owner is not None:
        rows.append(Row(words.owner, owner))
    key = "/".join(("pipeline", quote(event.incident, safe=""), event.state, quote(channel_name, safe="")))
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind="pipeline",
        status="firing" if failed else "resolved",
        severity=event.severity,
        title=f"{words.failed if failed else words.recovered}{words.colon}{lead.removesuffix('.')}",
        text=written(lead, rows, words),
        owner=owner,
        action=action,
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _written_or_none(text: str | None, limit: int) -> str | None:
    return shortened(cleaned(text), limit) or None if text else None


def _quoted_unless_plain(name: str, words: Words) -> str:
    """Quotation marks show where a name begins and ends that could be taken for words of the sentence."""
    return name if is_plain_name(name) else words.quoted.format(name)


def _series_name(event: Event, kpi: Kpi, language: Language) -> str:
    """The KPI and the segment, as the subject of a sentence; the KPI as a whole goes without one."""
    words = WORDS[language]
    label, kind, raw = kpi.label(language), event.series.segment_type, event.series.segment
    if kind == "all":
        return label
    noun = words.segment_nouns.get(kind)
    plain_kind = noun.noun if noun else readable(kind).replace("_", " ")
    if raw == "unknown":
        segment = noun.unknown if noun else words.unknown_of.format(plain_kind)
    elif kind == "country" and raw in Locale(language).territories and len(raw) == 2:
        segment = Locale(language).territories[raw]
    else:
        segment = f"{plain_kind} {_quoted_unless_plain(readable(raw, _NAME_LENGTH), words)}".strip()
    return (words.in_channel if kind == "channel" else words.segment).format(label=label, segment=segment)


def _movement(words: Words, form: ValueForm, event: Event, value: float, previous: float | None) -> str:
    """`fell` and `rose` are for values that moved out of bounds; others just stand where they stand."""
    if previous is None or form.write(value) == form.write(previous):
        return words.stands
    if event.side == "below" and value < previous:
        return words.fell
    if event.side == "above" and value > previous:
        return words.rose
    return words.stands


def _when(words: Words, form: ValueForm, event: Event, value: float, language: Language) -> list[Row]:
    reading = event.reading

    def named(start: date) -> str:
        return period(start, reading.grain, language)

    rows = [Row(words.period, named(reading.period_start))]
    if event.kind == "resolved":
        rows.append(Row(words.began, named(event.opened_period)))
    elif event.opened_period != reading.period_start:
        length = periods(event.breached_periods, reading.grain, language)
        rows.append(Row(words.since, words.out_of_bounds.format(period=named(event.opened_period), duration=length)))
    peak = _finite(event.peak_value)
    if peak is not None and form.write(peak) != form.write(value):
        rows.append(Row(words.lowest if event.side == "below" else words.highest, form.write(peak)))
    return rows


def _how_sure(words: Words, form: ValueForm, event: Event, language: Language, confidence: float) -> list[Row]:
    reading = event.reading
    facts = []
    if reading.sample_size is not None:
        one, other = words.observations
        facts.append(plural(reading.sample_size, one, other, language).format(whole(reading.sample_size, language)))
    low, high = _finite(reading.ci_low), _finite(reading.ci_high)
    if low is not None and high is not None:
        sure = format_percent(confidence, locale=language)
        # An interval is no better known for its value lying close to the bound.
        coarse = replace(form, fineness=0)
        facts.append(words.interval.format(low=coarse.write(low), high=coarse.write(high), confidence=sure))
    return [Row(words.certainty, ", ".join(facts))] if facts else []
