"""Events, rules, KPIs and messages for tests."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from pipelines.kpis import Direction, Kpi, Unit
from pipelines.notify.compose import CompanyFacts, compose
from pipelines.notify.message import Message, message_id
from pipelines.watch.drivers import Driver, Kind
from pipelines.watch.reading import Reading, Series
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, GapEvent

NOW = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)
ENGLISH = CompanyFacts("Atelier Lumen", "en", "EUR", "Europe/Paris")
FRENCH = CompanyFacts("Atelier Lumen", "fr", "EUR", "Europe/Paris")


def kpi(
    label_en: str = "CSAT",
    label_fr: str = "CSAT",
    unit: Unit = "ratio",
    direction: Direction = "up",
    name: str = "csat",
    sample_of: str = "answers",
) -> Kpi:
    return Kpi(
        name, label_en, label_fr, "satisfaction", "", "", unit, direction, "", 0, is_additive=False, sample_of=sample_of
    )


READING = Reading(
    kpi="csat",
    grain="week",
    period_start=date(2026, 1, 5),
    segment_type="channel",
    segment="chat",
    value=0.64,
    numerator=77,
    denominator=120,
    sample_size=120,
    ci_low=0.552,
    ci_high=0.7201,
    is_complete=True,
    previous_value=0.83,
)

EVENT = Event(
    kind="fired",
    alert_id="5e1f0c2a9b77",
    series=Series("csat-floor", "csat", "week", "channel", "chat"),
    severity="critical",
    reading=READING,
    condition="below",
    threshold=0.7,
    mildest_threshold=0.8,
    side="below",
    opened_period=date(2026, 1, 5),
    peak_value=0.64,
    breached_periods=1,
    breached_period=date(2026, 1, 5),
    breached_value=0.64,
    opened_at=NOW,
    fired_at=NOW,
    at=NOW,
    reason="below 0.7",
)

RULE = Rule.model_validate(
    {
        "name": "csat-floor",
        "kpi": "csat",
        "by": "channel",
        "below": {"warn": "80%", "critical": "70%"},
        "owner": "Head of support",
        "action": "Read this week's chats, then follow https://wiki.example.com/csat?team=chat&step=1.",
    }
)


def event(reading: dict[str, Any] | None = None, **changes: Any) -> Event:
    """Returns EVENT with changes; `reading` changes its reading, and its series accordingly."""
    changed = replace(READING, **(reading or {}))
    changes.setdefault("peak_value", changed.value)
    changes.setdefault("opened_period", changed.period_start)
    series = Series("csat-floor", changed.kpi, changed.grain, changed.segment_type, changed.segment)
    return replace(EVENT, reading=changed, series=series, breached_period=changed.period_start, **changes)


def gap_event(kind: Literal["no_data", "data_again"], periods: int, reading: dict[str, Any] | None = None) -> GapEvent:
    """Returns the event of a series that has had no value since the week after that of READING, or has one again."""
    changed = event(reading)
    return GapEvent(
        kind=kind,
        alert_id="0123456789ab",
        series=changed.series,
        reading=changed.reading,
        since=date(2026, 1, 12),
        periods=periods,
        opened_at=changed.at,
        at=changed.at,
    )


_KINDS: tuple[Kind, ...] = ("rate", "mix")


def alert(segment: str = "chat", segment_type: str = "channel", company: CompanyFacts = ENGLISH) -> Message:
    """Returns the message about an alert on one segment, for the channel `support`; the segment is also its driver."""
    facts = {"segment_type": segment_type, "segment": segment}
    drivers = [Driver(segment_type, segment, kind, -0.05, 0.5, 0.25) for kind in _KINDS]
    return compose(event(facts), RULE, kpi(), "support", company, drivers=drivers)


def numbered(number: int) -> Message:
    """Returns a message that differs from the others only in its ids."""
    key = f"alert/{number}"
    return alert().model_copy(update={"message_id": message_id(key), "dedup_key": key})


HOSTILE_NAMES = (
    "<!channel>",
    "<!everyone> <@U123> <#C123>",
    "<http://evil.example|click here>",
    "http://evil.example/login",
    "*bold* _italic_ ~struck~ `code` ```block```",
    "@everyone @here",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "chat\r\nBcc: victim@example.com\r\n\r\nbody",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "\x00\x07\x1b[31mred\x9b",
    "{{ 7 * 7 }} {% raw %} %s {0} {name}",
    "=cmd|' /C calc'!A0",
    "x" * 10_000,
    "<>&" * 3_000,
    "\u2028line\u2029\x85break",
    " ",
    "\u200b\u200e",
)
