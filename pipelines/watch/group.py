"""Grouping: which notices of one pass make one message. Pure: no I/O and no clock.

What a rule raises for a channel in one pass is one message, and what more incidents than `storm_after` raise is one
summary for all rules. Whatever follows is sent into the thread in which its alert was reported: one message for each
thread and topic.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, NamedTuple
from urllib.parse import quote

from pipelines.watch.limit import Severity, Threshold
from pipelines.watch.route import Notice
from pipelines.watch.state import Event, dedup_key, incident_of

Topic = Literal["fired", "worsened", "eased", "resolved", "restated", "repeated", "no_data", "data_again"]

_HASH_LENGTH = 16


class Story(NamedTuple):
    """An alert, as one channel is notified of it."""

    alert_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Group:
    """Notices of one topic for one channel that make one message, each about another series.

    `key` is the dedup key of the message, `incident` names the thread in which it is sent. `is_summary` says that they
    are too many, or too different, to be described one by one.
    """

    notices: tuple[Notice, ...]
    key: str
    incident: str
    is_summary: bool = False

    @property
    def first(self) -> Notice:
        """The first notice: channel and conditions of release are the same for all of them."""
        return self.notices[0]

    @property
    def topic(self) -> Topic:
        """What happened to all of the alerts."""
        return topic_of(self.first)

    @property
    def alert_ids(self) -> tuple[str, ...]:
        """The alerts that the message is about."""
        return tuple(dict.fromkeys(notice.event.alert_id for notice in self.notices))


@dataclass(frozen=True, slots=True)
class Grouping:
    """How an operator wants messages to be grouped: for which channels, and from how many incidents on it is a storm.

    Channels that keep an incident for each alert, or a record for each event, are not among them.
    """

    channels: Collection[str]
    storm_after: int


class _Bucket(NamedTuple):
    """What the notices of one message have in common; `rule` is None in a thread, which says enough."""

    channel: str
    topic: Topic
    release: tuple[object, ...]
    thread: str | None
    rule: str | None


def group(notices: Sequence[Notice], grouping: Grouping, threads: Mapping[Story, str]) -> list[Group]:
    """Returns the messages that the notices of one pass make.

    Of the notices about one series for one channel each is in a later message than the one before it. Those that wait
    for something are together only with those that wait for the same.

    Args:
        notices: those of all rules, in the order of the events of each series.
        grouping: which channels get groups, and what is a storm.
        threads: the incidents in whose threads earlier messages about the alerts are, by alert and channel.
    """
    known = dict(threads)
    found = [_group([notice], known, grouping) for notice in notices if notice.channel not in grouping.channels]
    for tier in _tiers([notice for notice in notices if notice.channel in grouping.channels]):
        buckets: dict[_Bucket | int, list[Notice]] = {}
        for position, notice in enumerate(tier):
            # A silence on one segment may end at any time, without those on others.
            is_alone = notice.silenced_segment is not None
            buckets.setdefault(position if is_alone else _bucket(notice, known), []).append(notice)
        of_tier = [_group(each, known, grouping) for each in _with_storms(buckets, grouping)]
        for made in of_tier:
            known |= {Story(notice.event.alert_id, notice.channel): made.incident for notice in made.notices}
        found += of_tier
    return found


def topic_of(notice: Notice) -> Topic:
    """Returns what a message about a notice says happened."""
    event = notice.event
    if event.kind == "severity_changed":
        return "worsened" if isinstance(event, Event) and event.has_worsened else "eased"
    return "fired" if event.kind == "reopened" else event.kind


def worst_first(notices: Iterable[Notice]) -> list[Notice]:
    """Returns notices by severity, then by how far the value is beyond the threshold, relative to the threshold."""
    return sorted(notices, key=_badness, reverse=True)


def worst_severity(notices: Iterable[Notice]) -> Severity:
    """Returns the most severe severity of the notices."""
    return "critical" if any(notice.event.severity == "critical" for notice in notices) else "warn"


def _badness(notice: Notice) -> tuple[bool, float]:
    event = notice.event
    excess = 0.0
    if isinstance(event, Event):
        # Of what has recovered, how bad it was.
        value = event.peak_value if event.kind == "resolved" else event.reading.value
        beyond = Threshold(event.side, event.threshold).excess(event.threshold if value is None else value)
        excess = beyond / abs(event.threshold) if event.threshold else beyond
    return event.severity == "critical", excess


def _tiers(notices: Sequence[Notice]) -> list[list[Notice]]:
    """Returns the first notice of every series and channel, then the second of each, and so on."""
    tiers: list[list[Notice]] = []
    counts: dict[tuple[object, ...], int] = {}
    for notice in notices:
        series = (notice.channel, notice.event.series)
        rank = counts.get(series, 0)
        counts[series] = rank + 1
        if rank == len(tiers):
            tiers.append([])
        tiers[rank].append(notice)
    return tiers


def _bucket(notice: Notice, threads: Mapping[Story, str]) -> _Bucket:
    thread = threads.get(Story(notice.event.alert_id, notice.channel))
    release = (notice.held, notice.not_before, notice.held_by)
    return _Bucket(notice.channel, topic_of(notice), release, thread, None if thread else notice.rule.name)


def _with_storms(buckets: Mapping[_Bucket | int, list[Notice]], grouping: Grouping) -> list[list[Notice]]:
    """Returns the notices of each message: of what begins, all rules together where they are too many."""
    merged: dict[_Bucket | int, list[Notice]] = {}
    counts: dict[_Bucket, int] = {}
    for bucket, notices in buckets.items():
        if isinstance(bucket, _Bucket) and bucket.thread is None:
            of_all_rules = bucket._replace(rule=None)
            counts[of_all_rules] = counts.get(of_all_rules, 0) + len(notices)
    for bucket, notices in buckets.items():
        key = bucket
        if isinstance(bucket, _Bucket) and counts.get(bucket._replace(rule=None), 0) > grouping.storm_after:
            key = bucket._replace(rule=None)
        merged.setdefault(key, []).extend(notices)
    return list(merged.values())


def _group(notices: Sequence[Notice], threads: Mapping[Story, str], grouping: Grouping) -> Group:
    first = notices[0]
    thread = threads.get(Story(first.event.alert_id, first.channel))
    if len(notices) == 1:
        key = dedup_key(first.event, first.channel)
        return Group((first,), key, thread or incident_of(key))
    is_summary = len(notices) > grouping.storm_after or len({notice.rule.name for notice in notices}) > 1
    key = _key("storm" if is_summary else "group", notices)
    return Group(tuple(notices), key, thread or incident_of(key), is_summary)


def _key(kind: str, notices: Sequence[Notice]) -> str:
    """Returns a dedup key that is the same for the same events, whatever their order."""
    keys = sorted(dedup_key(notice.event, notice.channel) for notice in notices)
    name = sha256(json.dumps(keys).encode()).hexdigest()[:_HASH_LENGTH]
    return "/".join((kind, name, topic_of(notices[0]), quote(notices[0].channel, safe="")))
