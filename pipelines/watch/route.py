"""Routing: which channels are notified of which events, and why a message is not sent. Stores and sends nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pipelines.kpis import Grain
from pipelines.watch.mute import quiet_until
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, GapEvent

Reason = Literal["rule_removed", "no_channel", "silenced", "acknowledged", "waiting", "quiet_time", "inhibited"]
Held = Literal["silenced", "quiet_time", "inhibited"]

# What of its segments waits while an alert of the whole is open; their ends, and missing data, do not.
_INHIBITED = frozenset({"fired", "reopened", "severity_changed", "repeated"})


class Silence(Protocol):
    """A time during which the messages about a rule, or about one of its segments, wait."""

    @property
    def since(self) -> datetime:
        """When it begins, aware."""

    @property
    def until(self) -> datetime:
        """When it ends, aware."""

    @property
    def segment(self) -> str | None:
        """The one segment of the rule that it is about; None if it is about all of them."""

    def covers(self, rule: str, segment: str) -> bool:
        """Whether messages about a segment of a rule wait."""


@dataclass(frozen=True, slots=True)
class Inhibitor:
    """An open alert of a KPI as a whole, and the channels that are notified of it."""

    alert_id: str
    kpi: str
    grain: Grain
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to be made: an event for a channel.

    `held` says why it waits before it is sent: it is queued, and the delivery sends it when the reason has ended, in a
    quiet time not before `not_before`, and not while the alert `held_by` of the whole is open. A silence on a single
    segment, `silenced_segment`, may end at any time without those on others.
    """

    event: Event | GapEvent
    rule: Rule
    channel: str
    held: Held | None = None
    not_before: datetime | None = None
    held_by: str | None = None
    silenced_segment: str | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that is not made, and why; `channel` is None where no channel was meant."""

    event: Event | GapEvent
    channel: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Routing:
    """The messages to be made, in the order of the events, and those that are not."""

    notices: tuple[Notice, ...]
    unsent: tuple[Unsent, ...]

    def reasons(self) -> Mapping[Reason, int]:
        """Returns how many messages are not sent, or not yet, by reason."""
        found: dict[Reason, int] = {}
        for reason in (*(each.held for each in self.notices), *(each.reason for each in self.unsent)):
            if reason is not None:
                found[reason] = found.get(reason, 0) + 1
        return found


def route(
    events: Iterable[Event | GapEvent],
    rules: Mapping[str, Rule],
    channels: Collection[str],
    default_channels: Sequence[str],
    silences: Iterable[Silence],
    now: datetime,
    *,
    timezone: str = "UTC",
    acknowledged: Collection[str] = (),
    waiting: Collection[tuple[str, str]] = (),
    inhibitors: Collection[Inhibitor] = (),
) -> Routing:
    """Returns which channel is notified of which event.

    Args:
        events: what happened.
        rules: the rules by name.
        channels: the names of all channels.
        default_channels: the channels of rules that name none.
        silences: those that are known.
        now: the moment of the routing, aware.
        timezone: the company's, an IANA name; quiet times are in it.
        acknowledged: the ids of the open alerts that somebody acknowledged; they are not repeated.
        waiting: the alerts and channels with a message that has not been sent; it says what a repetition would say.
        inhibitors: the open alerts of wholes; messages about their own segments wait for their end.
    """
    active = [silence for silence in silences if silence.since <= now < silence.until]
    notices: list[Notice] = []
    unsent: list[Unsent] = []
    for event in events:
        rule = rules.get(event.series.rule)
        if rule is None:
            unsent.append(Unsent(event, None, "rule_removed"))
            continue
        if event.kind == "repeated" and event.alert_id in acknowledged:
            unsent.append(Unsent(event, None, "acknowledged"))
            continue
        chosen = rule.notify or tuple(default_channels)
        if not chosen:
            unsent.append(Unsent(event, None, "no_channel"))
        quiet = quiet_until(rule.mute, timezone, now) if rule.mute else None
        silencing = [silence for silence in active if silence.covers(rule.name, event.series.segment)]
        is_of_segment = bool(silencing) and all(silence.segment is not None for silence in silencing)
        silenced_segment = event.series.segment if is_of_segment else None
        for channel in chosen:
            if event.kind == "repeated" and (event.alert_id, channel) in waiting:
                unsent.append(Unsent(event, channel, "waiting"))
            elif channel in channels:
                held_by = _inhibitor(event, channel, inhibitors)
                held: Held | None = None
                if silencing:
                    held = "silenced"
                elif held_by is not None:
                    held = "inhibited"
                elif quiet is not None:
                    held = "quiet_time"
                notices.append(Notice(event, rule, channel, held, quiet, held_by, silenced_segment))
            else:
                unsent.append(Unsent(event, channel, "no_channel"))
    return Routing(tuple(notices), tuple(unsent))


def _inhibitor(event: Event | GapEvent, channel: str, inhibitors: Collection[Inhibitor]) -> str | None:
    """Returns the id of the alert of the whole for whose end a channel's message about a segment waits."""
    series = event.series
    if series.segment_type == "all" or event.kind not in _INHIBITED:
        return None
    found = (
        each.alert_id
        for each in inhibitors
        if (each.kpi, each.grain) == (series.kpi, series.grain) and channel in each.channels
    )
    return next(found, None)
