"""A rule, readings and messages for the tests of the ledger."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from pipelines.kpis import Kpi
from pipelines.ledger import Ledger, OutboxItem, Silence
from pipelines.watch.reading import Reading, Series, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, SeriesChange, dedup_key

NOW = datetime(2024, 6, 3, 7, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
SERIES = Series("csat-floor", "csat", "week", "channel", "chat")
RULE = Rule.model_validate(
    {"name": "csat-floor", "kpi": "csat", "by": "channel", "below": {"warn": 0.8, "critical": 0.6}}
)
KPI = Kpi(
    "csat", "CSAT", "CSAT", "satisfaction", "", "", "ratio", "up", "", 0, is_additive=False, segments=("channel",)
)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def readings(values: Sequence[float], series: Series = SERIES) -> list[Reading]:
    """Weekly values from 2024-01-01 on."""
    weeks = [date(2024, 1, 1) + timedelta(weeks=number) for number in range(len(values))]
    return [
        Reading("csat", "week", start, series.segment_type, series.segment, value, None, None, 100, None, None, True)
        for start, value in zip(weeks, values, strict=True)
    ]


def message(event: Event, channel: str = "support") -> OutboxItem:
    """The message about an event of an alert."""
    key = dedup_key(event, channel)
    return OutboxItem(f"id of {key}", key, channel, event.alert_id, {"kind": "alert", "title": event.reason}, event.at)


def notice(name: str, created_at: datetime = NOW, channel: str = "operators") -> OutboxItem:
    """A message that is about no alert."""
    return OutboxItem(f"id of {name}", name, channel, None, {"kind": "pipeline", "title": name}, created_at)


def silence(segment: str | None = None, hours: float = 24) -> Silence:
    """A silence that begins at NOW."""
    return Silence("csat-floor", segment, "a move of offices", NOW, at(hours))


def evaluate(
    ledger: Ledger, values: Sequence[float], now: datetime = NOW, series: Series = SERIES
) -> tuple[SeriesChange, list[OutboxItem]]:
    """What an evaluation of a series would save."""
    [change] = evaluate_series(RULE, KPI, frame_of(readings(values, series)), ledger.states(RULE.name), now)
    return change, [message(event) for event in change.events]


def run_pass(ledger: Ledger, values: Sequence[float], now: datetime = NOW, series: Series = SERIES) -> int:
    """Evaluates a series and saves the result; returns how many messages are new."""
    change, messages = evaluate(ledger, values, now, series)
    return ledger.record_pass([change], messages, now)


def deliver(ledger: Ledger, now: datetime = NOW) -> list[str]:
    """Sends every due message to a receiver that accepts all of them; returns their keys in order."""
    sent = []
    while items := ledger.claim(now, LEASE, 10):
        for item in items:
            ledger.mark_sent(item.message_id, now)
            sent.append(item.dedup_key)
    return sent
