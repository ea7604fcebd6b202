"""Messages about the events of alerts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pipelines.kpis import Kpi
from pipelines.kpis.formatting import (
    ValueFormat,
    format_period,
    format_period_count,
    format_share,
)
from pipelines.kpis.nouns import format_sample
from pipelines.notify.compose.figures import figures_of, finite
from pipelines.notify.compose.parts import (
    ACTION_LENGTH,
    KEY_LENGTH,
    NAME_LENGTH,
    CompanyFacts,
    action_and_owner,
    alert_footer,
    cleaned,
    series_name,
)
from pipelines.notify.driver_lines import driver_lines, message_drivers
from pipelines.notify.message import Block, Content, Fact, Message, Paragraph, message_id, plain_text
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS, Translation
from pipelines.watch.drivers import Driver
from pipelines.watch.normal import Normal
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, dedup_key
from pipelines.watch.wording import text_of


def compose_alert(
    event: Event,
    rule: Rule,
    kpi: Kpi,
    channel_name: str,
    company: CompanyFacts,
    *,
    drivers: Sequence[Driver] = (),
    normal: Normal | None = None,
    confidence: float = 0.95,
) -> Message:
    """Returns the message about an alert's event for one channel.

    `drivers` are what drove the change of the reading's value since the period before, `normal` is what is normal for
    the series. `confidence` is the confidence level (0 to 1) of the intervals in the readings.

    Raises:
        ValueError: the event's reading has no value.
    """
    language, reading = company.language, event.reading
    texts = TRANSLATIONS[language]
    value, previous, threshold, numbers = figures_of(event, kpi, company)
    facts = _Facts(event, texts, numbers, value, previous, threshold)
    segment = event.series.segment_type, event.series.segment
    name = series_name(kpi.label(language), *segment, language)
    title = cleaned(text_of(rule.title, language), NAME_LENGTH)
    status_label = _status_label(event, texts)
    if title is None:
        headline, lead = facts.headline(name), facts.first_line()
    else:
        headline, lead = series_name(title, *segment, language), facts.sentence(name)
    owner = cleaned(text_of(rule.owner, language), NAME_LENGTH)
    action = cleaned(text_of(rule.action, language), ACTION_LENGTH)
    blocks: list[Block] = [Paragraph(text=lead)]
    blocks += _when(texts, numbers, event, value)
    blocks += [] if normal is None else _comparison(texts, numbers, normal, event)
    blocks += _how_sure(texts, numbers, event, kpi, confidence)
    # What brought a value back towards its threshold does not explain an alert.
    if drivers and (previous is None or facts.is_worse(previous)):
        blocks.append(driver_lines(drivers, kpi, reading.grain, language, company.currency))
    blocks += action_and_owner(texts, None if event.kind in ("resolved", "restated") else action, owner)
    blocks += alert_footer(company, event.alert_id, reading.grain, is_open=event.kind != "resolved")
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
        segment=readable(reading.segment, KEY_LENGTH),
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


def _status_label(event: Event, texts: Translation) -> str:
    match event.kind:
        case "resolved":
            return texts.label_resolved
        case "severity_changed":
            return texts.label_worsened if event.has_worsened else texts.label_eased
        case "restated":
            return texts.label_restated
        case _:
            return texts.label_critical if event.severity == "critical" else texts.label_warn


@dataclass(frozen=True, slots=True)
class _Facts:
    """What happened to a value, as words; `threshold` is that of the message."""

    event: Event
    texts: Translation
    numbers: ValueFormat
    value: float
    previous: float | None
    threshold: float

    def headline(self, name: str) -> str:
        """Returns where the value is, `name` its subject."""
        template = self.texts.title
        if self.event.kind == "resolved":
            template, _ = self.texts.resolution(self.event.condition)
        return self._filled(template, name, self._beyond())

    def first_line(self) -> str:
        """Returns where the value comes from, for readers of the headline."""
        fired, resolved = self.texts.leads.get(self.event.condition, ("", ""))
        if self.event.kind == "resolved":
            template = self.texts.was_beyond if self.previous is None else self.texts.was_beyond_and
            return self._filled(resolved or template, "", self._beyond())
        if self.previous is None:
            template = self.texts.nothing_before
        else:
            movements = {"fell": self.texts.fell_from, "rose": self.texts.rose_from, "steady": self.texts.was}
            template = movements[self._movement()]
        return self._filled(fired or template, "", self._beyond())

    def sentence(self, name: str) -> str:
        """Returns what happened in one sentence, `name` its subject, for readers of another title."""
        if self.event.kind == "resolved":
            _, template = self.texts.resolution(self.event.condition)
            return self._filled(template, name, self._beyond())
        beyond = self._beyond()
        if self.event.kind == "severity_changed" and self.event.has_worsened:
            beyond = self.texts.now.format(beyond)
        movements = {"fell": self.texts.fell, "rose": self.texts.rose, "steady": self.texts.steady}
        return self._filled(movements[self._movement()], name, beyond)

    def _filled(self, template: str, name: str, beyond: str) -> str:
        before = self.texts.before[self.event.reading.grain]
        previous = "" if self.previous is None else self.numbers.format(self.previous)
        return template.format(
            name=name,
            value=self.numbers.format(self.value),
            previous=previous,
            before=before,
            compared=self.texts.compared.format(previous=previous, before=before) if previous else "",
            threshold=beyond,
            duration=format_period_count(self.event.breached_periods, self.event.reading.grain, self.numbers.language),
        )

    def _beyond(self) -> str:
        texts, event = self.texts, self.event
        beyond = texts.beyond(event.condition, event.side).format(self.numbers.format_threshold(self.threshold))
        if event.kind == "severity_changed":
            return beyond if event.has_worsened else texts.still.format(beyond)
        adverbs = {"reopened": texts.again, "restated": texts.not_after_all, "repeated": texts.still}
        return adverbs.get(event.kind, "{}").format(beyond)

    def is_worse(self, previous: float) -> bool:
        """Whether the value is farther from the good side of the threshold than a previous one."""
        return self.value < previous if self.event.side == "below" else self.value > previous

    def _movement(self) -> Literal["fell", "rose", "steady"]:
        """Returns the way a value moved; that of one that moved towards its threshold is neutral."""
        event, numbers = self.event, self.numbers
        is_old = event.kind in ("restated", "repeated")
        if is_old or self.previous is None or numbers.format(self.value) == numbers.format(self.previous):
            return "steady"
        if not self.is_worse(self.previous):
            return "steady"
        return "fell" if event.side == "below" else "rose"


def _when(texts: Translation, numbers: ValueFormat, event: Event, value: float) -> list[Block]:
    """Returns the period of the message, the time since the incident began, and its worst value."""
    reading = event.reading

    def named(start: date) -> str:
        return format_period(start, reading.grain, numbers.language)

    blocks: list[Block] = [Fact(label=texts.period, value=named(reading.period_start))]
    restated = finite(event.restated_value)
    if restated is not None:
        blocks.append(Fact(label=texts.late_data, value=texts.changed_from.format(numbers.format(restated))))
    if event.kind == "resolved":
        blocks.append(Fact(label=texts.began, value=named(event.opened_period)))
    elif event.opened_period != reading.period_start:
        length = format_period_count(event.breached_periods, reading.grain, numbers.language)
        since = texts.out_of_bounds.format(period=named(event.opened_period), duration=length)
        blocks.append(Fact(label=texts.since, value=since))
    peak = finite(event.peak_value)
    if peak is not None and numbers.format(peak) != numbers.format(value):
        blocks.append(Fact(label=texts.lowest if event.side == "below" else texts.highest, value=numbers.format(peak)))
    return blocks


def _comparison(texts: Translation, numbers: ValueFormat, normal: Normal, event: Event) -> list[Block]:
    """Returns what is normal for the series, as far as it is known and the first line does not say it."""
    # A value close to its threshold needs more digits; what it is compared with does not.
    coarse = replace(numbers, extra_precision=0)
    found = []
    if normal.usual is not None:
        low, high = (coarse.format(end) for end in normal.usual)
        found.append(texts.usual.format(low=low, high=high))
    before, year_ago, target = map(finite, (normal.before, normal.year_ago, normal.target))
    if before is not None:
        found.append(texts.before_incident.format(coarse.format(before)))
    if year_ago is not None and event.reading.grain != "year":
        found.append(texts.year_ago.format(coarse.format(year_ago)))
    if target is not None and event.condition != "target":
        found.append(texts.target.format(coarse.format_threshold(target)))
    return [Fact(label=texts.comparison, value=", ".join(found))] if found else []


def _how_sure(texts: Translation, numbers: ValueFormat, event: Event, kpi: Kpi, confidence: float) -> list[Block]:
    """Returns the sample size and the confidence interval, as far as the reading has them.

    Without an interval a sample size does not say how sure a value is; where it is the value itself, as of a count, it
    says nothing.
    """
    reading, language = event.reading, numbers.language
    facts = []
    if reading.sample_size is not None:
        facts.append(format_sample(reading.sample_size, kpi.sample_of, language))
    low, high = finite(reading.ci_low), finite(reading.ci_high)
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
