"""Which channels are notified, and why a message is not sent."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watch_samples import NOW, plain_fold, readings, rule

from pipelines.watch.route import Inhibitor, Routing, route
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, State

CHANNELS = ("support", "log", "operators")
DEFAULTS = ("support", "log")
[FIRED, RESOLVED] = plain_fold(State(), readings([0.5, 0.9]), rule())[1]


@dataclass(frozen=True)
class Silenced:
    """A silence on one segment of a rule, or on all of them."""

    rule: str
    segment: str | None
    since: datetime
    until: datetime

    def covers(self, rule: str, segment: str) -> bool:
        return self.rule == rule and self.segment in (None, segment)


def routed(
    watched: Rule | None = None,
    *events: Event,
    defaults: tuple[str, ...] = DEFAULTS,
    silences: tuple[Silenced, ...] = (),
) -> Routing:
    rules = {} if watched is None else {watched.name: watched}
    return route(events or (FIRED,), rules, CHANNELS, defaults, silences, NOW)


def silence(segment: str | None, *, since: int = -1, until: int = 1) -> Silenced:
    return Silenced("csat-floor", segment, NOW + timedelta(hours=since), NOW + timedelta(hours=until))


def test_a_rule_notifies_its_own_channels_else_the_default_ones() -> None:
    own = routed(rule(notify=["operators"]))
    assert [(notice.channel, notice.wait.reason) for notice in own.notices] == [("operators", None)]
    assert [notice.channel for notice in routed(rule()).notices] == ["support", "log"]
    assert own.unsent == ()


def test_notices_follow_the_order_of_the_events() -> None:
    found = routed(rule(), FIRED, RESOLVED)
    assert [(notice.event.kind, notice.channel) for notice in found.notices] == [
        ("fired", "support"),
        ("fired", "log"),
        ("resolved", "support"),
        ("resolved", "log"),
    ]


def test_the_events_of_a_removed_rule_are_sent_to_nobody() -> None:
    found = routed(None, FIRED, RESOLVED)
    assert found.notices == ()
    assert [(unsent.event.kind, unsent.channel, unsent.reason) for unsent in found.unsent] == [
        ("fired", None, "rule_removed"),
        ("resolved", None, "rule_removed"),
    ]
    assert found.reasons() == {"rule_removed": 2}


def test_without_a_channel_no_message_is_made() -> None:
    found = routed(rule(), defaults=())
    assert [(unsent.channel, unsent.reason) for unsent in found.unsent] == [(None, "no_channel")]
    found = routed(rule(notify=["pager", "log"]))
    assert [notice.channel for notice in found.notices] == ["log"]
    assert [(unsent.channel, unsent.reason) for unsent in found.unsent] == [("pager", "no_channel")]


def test_a_silenced_message_is_made_and_waits() -> None:
    for active in (silence(None), silence("chat"), silence("chat", since=0)):
        found = routed(rule(notify=["log"]), silences=(silence("email"), active))
        assert [(notice.channel, notice.wait.reason) for notice in found.notices] == [("log", "silenced")]
        assert found.reasons() == {"silenced": 1}


def test_a_silence_that_does_not_apply_holds_nothing_back() -> None:
    others = (silence("email"), silence(None, since=1, until=2), silence("chat", since=-2, until=0))
    found = routed(rule(), silences=others)
    assert [notice.wait.reason for notice in found.notices] == [None, None]
    assert found.reasons() == {}


def test_an_acknowledged_alert_is_not_repeated() -> None:
    repeated = replace(FIRED, kind="repeated")
    rules = {"csat-floor": rule()}
    found = route((repeated, RESOLVED), rules, CHANNELS, DEFAULTS, (), NOW, acknowledged={FIRED.alert_id})
    assert [notice.event.kind for notice in found.notices] == ["resolved", "resolved"]
    assert found.reasons() == {"acknowledged": 1}
    assert len(route((repeated,), rules, CHANNELS, DEFAULTS, (), NOW, acknowledged={"another"}).notices) == 2


def test_a_message_in_a_quiet_time_is_made_and_waits_for_its_end() -> None:
    # NOW is a Monday at 07:00 UTC, 09:00 in Paris.
    rules = {"csat-floor": rule(mute={"mon": ["08:00-10:00"]}, notify=["log"])}
    [notice] = route((FIRED,), rules, CHANNELS, DEFAULTS, (), NOW, timezone="Europe/Paris").notices
    assert (notice.wait.reason, notice.wait.not_before) == ("quiet_time", NOW + timedelta(hours=1))
    [notice] = route((FIRED,), rules, CHANNELS, DEFAULTS, (), NOW, timezone="UTC").notices
    assert (notice.wait.reason, notice.wait.not_before) == (None, None)


def test_an_alert_of_the_whole_holds_back_what_its_segments_raise() -> None:
    rules = {"csat-floor": rule(notify=["support", "log"])}
    whole = Inhibitor("whole", "csat", "week", frozenset({"support"}))
    found = route((FIRED, RESOLVED), rules, CHANNELS, DEFAULTS, (), NOW, inhibitors=[whole])
    assert [(each.event.kind, each.channel, each.wait.reason, each.wait.held_by) for each in found.notices] == [
        ("fired", "support", "inhibited", "whole"),
        ("fired", "log", None, None),
        ("resolved", "support", None, None),
        ("resolved", "log", None, None),
    ]
    others = [replace(whole, kpi="nps"), replace(whole, grain="day")]
    assert route((FIRED,), rules, CHANNELS, DEFAULTS, (), NOW, inhibitors=others).reasons() == {}
    of_whole = replace(FIRED, series=FIRED.series._replace(segment_type="all", segment="all"))
    assert route((of_whole,), rules, CHANNELS, DEFAULTS, (), NOW, inhibitors=[whole]).reasons() == {}


def test_the_end_of_what_a_channel_has_never_heard_of_is_no_message() -> None:
    rules = {"csat-floor": rule(notify=["support", "log"])}

    def sent(*events: Event, heard: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        found = route(events, rules, CHANNELS, DEFAULTS, (), NOW, heard=heard)
        assert found.reasons() == ({"unheard": len(found.unsent)} if found.unsent else {})
        return [(each.event.kind, each.channel) for each in found.notices]

    known = {(RESOLVED.alert_id, "support")}
    assert sent(RESOLVED, heard=known) == [("resolved", "support")]
    assert sent(replace(RESOLVED, kind="restated"), heard=known) == [("restated", "support")]
    # What begins, or goes on, is news; so is its end then.
    assert sent(replace(FIRED, kind="severity_changed"), heard=()) == [
        ("severity_changed", "support"), ("severity_changed", "log"),
    ]  # fmt: skip
    assert len(sent(FIRED, replace(RESOLVED, alert_id=FIRED.alert_id), heard=())) == 4
