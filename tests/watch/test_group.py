"""Which notices of one pass make one message."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from watch_samples import NOW, plain_fold, readings, rule

from pipelines.watch.group import Group, Grouping, Story, group, topic_of, worst_first
from pipelines.watch.reading import Series
from pipelines.watch.route import Notice
from pipelines.watch.state import Event, GapEvent, State, dedup_key

[FIRED, RESOLVED] = plain_fold(State(), readings([0.5, 0.9]), rule())[1]
RULES = {name: rule(name=name) for name in ("csat-floor", "other", "third")}
GROUPING = Grouping(frozenset({"slack", "mail"}), storm_after=20)
NO_THREADS: dict[Story, str] = {}


def event(segment: str, of_rule: str = "csat-floor", number: int = 0, **changes: Any) -> Event:
    """An event of a segment; `number` tells its alerts apart."""
    series = FIRED.series._replace(rule=of_rule, segment=segment)
    reading = replace(FIRED.reading, segment=segment)
    facts = {"alert_id": f"{of_rule}-{segment}-{number}", "series": series, "reading": reading, **changes}
    return replace(FIRED, **facts)


def notice(what: Event | GapEvent, channel: str = "slack", **changes: Any) -> Notice:
    return Notice(what, RULES[what.series.rule], channel, **changes)


def fired(*segments: str, of_rule: str = "csat-floor", channel: str = "slack", **changes: Any) -> list[Notice]:
    return [notice(event(segment, of_rule), channel, **changes) for segment in segments]


def brief(groups: Sequence[Group]) -> list[tuple[str, str, list[str]]]:
    return [(each.first.channel, each.topic, [one.event.series.segment for one in each.notices]) for each in groups]


def numbered(count: int, of_rule: str = "csat-floor") -> list[Notice]:
    return fired(*(f"s{number}" for number in range(count)), of_rule=of_rule)


def test_what_a_rule_raises_for_a_channel_is_one_message() -> None:
    notices = fired("chat", "email") + fired("chat", of_rule="other") + fired("chat", "email", channel="mail")
    found = group(notices, GROUPING, NO_THREADS)
    assert brief(found) == [
        ("slack", "fired", ["chat", "email"]), ("slack", "fired", ["chat"]), ("mail", "fired", ["chat", "email"]),
    ]  # fmt: skip
    assert [each.is_summary for each in found] == [False, False, False]
    assert found[0].key.startswith("group/")
    assert found[0].incident == "/".join(found[0].key.split("/")[:2])
    # A message about one alert is what it always was.
    assert found[1].key == dedup_key(notices[2].event, "slack")
    assert found[1].incident == "alert/other-chat-0"


def test_a_channel_that_takes_no_groups_has_a_message_for_each_event_in_order() -> None:
    events = [event("chat"), event("chat", kind="resolved"), event("email")]
    found = group([notice(each, "file") for each in events], GROUPING, NO_THREADS)
    assert [each.key for each in found] == [dedup_key(each, "file") for each in events]


def test_a_message_has_one_topic() -> None:
    kinds = ("fired", "reopened", "resolved", "severity_changed", "severity_changed", "restated", "repeated")
    before = (None, None, None, "warn", "critical", None, None)
    notices = [
        notice(
            event(
                f"s{number}",
                kind=kind,
                previous_severity=severity,
                severity="warn" if severity == "critical" else "critical",
            )
        )
        for number, (kind, severity) in enumerate(zip(kinds, before, strict=True))
    ]
    found = group(notices, GROUPING, NO_THREADS)
    assert [(each.topic, len(each.notices)) for each in found] == [
        ("fired", 2), ("resolved", 1), ("worsened", 1), ("eased", 1), ("restated", 1), ("repeated", 1),
    ]  # fmt: skip


def test_what_waits_for_something_else_is_another_message() -> None:
    later, latest = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    notices = [
        *fired("a", "b"),
        *fired("c", "d", held="quiet_time", not_before=later),
        *fired("e", held="quiet_time", not_before=latest),
        *fired("f", "g", held="inhibited", held_by="one whole"),
        *fired("h", held="inhibited", held_by="another"),
        *fired("i", "j", held="silenced"),
        *(notice(event(name), held="silenced", silenced_segment=name) for name in "kl"),
    ]
    found = group(notices, GROUPING, NO_THREADS)
    assert ["".join(segments) for _, _, segments in brief(found)] == ["ab", "cd", "e", "fg", "h", "ij", "k", "l"]


def test_what_follows_goes_into_the_thread_in_which_its_alert_was_reported() -> None:
    threads = {Story(f"csat-floor-{name}-0", "slack"): "group/1" for name in "abc"}
    threads[Story("csat-floor-d-0", "slack")] = "alert/csat-floor-d-0"
    notices = [notice(event(name, kind="resolved")) for name in "abcd"] + fired("e", "f")
    found = group(notices, GROUPING, threads)
    assert brief(found) == [
        ("slack", "resolved", ["a", "b", "c"]), ("slack", "resolved", ["d"]), ("slack", "fired", ["e", "f"]),
    ]  # fmt: skip
    assert [each.incident for each in found[:2]] == ["group/1", "alert/csat-floor-d-0"]
    # One alert of the group alone is a message as ever, in the thread of the group.
    [alone] = group(notices[:1], GROUPING, threads)
    assert (alone.key, alone.incident) == (dedup_key(notices[0].event, "slack"), "group/1")


def test_what_happens_to_an_alert_later_in_the_pass_is_in_the_thread_of_the_pass() -> None:
    notices = [notice(event(name, kind=kind)) for name in "ab" for kind in ("fired", "resolved")]  # type: ignore[arg-type]
    begin, end = group(notices, GROUPING, NO_THREADS)
    assert brief([begin, end]) == [("slack", "fired", ["a", "b"]), ("slack", "resolved", ["a", "b"])]
    assert begin.incident == end.incident != ""


def test_a_storm_is_one_summary_of_all_rules() -> None:
    notices = numbered(15) + numbered(6, of_rule="other")
    [storm] = group(notices, GROUPING, NO_THREADS)
    assert (len(storm.notices), storm.is_summary, storm.key.startswith("storm/")) == (21, True, True)
    assert len(group(notices[:20], GROUPING, NO_THREADS)) == 2
    # It counts by channel, and what waits for something else apart.
    waiting = [replace(each, held="silenced") for each in numbered(6, of_rule="other")]
    assert [len(each.notices) for each in group([*numbered(15), *waiting], GROUPING, NO_THREADS)] == [15, 6]


def test_one_rule_can_raise_a_storm_alone() -> None:
    [storm] = group(numbered(21), GROUPING, NO_THREADS)
    assert storm.is_summary
    [group_of_rule] = group(numbered(20), GROUPING, NO_THREADS)
    assert not group_of_rule.is_summary


def test_the_end_of_a_storm_is_one_message_in_its_thread() -> None:
    begun = numbered(15) + numbered(15, of_rule="other")
    [storm] = group(begun, GROUPING, NO_THREADS)
    threads = {Story(each.event.alert_id, "slack"): storm.incident for each in begun}
    resolved = [notice(replace(each.event, kind="resolved")) for each in begun]  # type: ignore[arg-type]
    [end] = group(resolved, GROUPING, threads)
    assert (len(end.notices), end.is_summary, end.incident) == (30, True, storm.incident)
    # Of two rules, a few are a summary as well: no rule's words fit all of them.
    [few] = group([resolved[0], resolved[-1]], GROUPING, threads)
    assert (few.is_summary, few.incident) == (True, storm.incident)


def test_the_worst_are_critical_and_then_the_farthest_beyond_their_threshold() -> None:
    def of(name: str, value: float, threshold: float, severity: str, **changes: Any) -> Notice:
        changed = event(name, threshold=threshold, severity=severity, peak_value=value, **changes)
        return notice(replace(changed, reading=replace(changed.reading, value=value)))

    notices = [
        of("mild", 0.79, 0.8, "warn"),
        of("large numbers", 400, 500, "warn"),
        of("critical", 0.59, 0.6, "critical"),
        of("small numbers", 0.4, 0.8, "warn"),
        of("at zero", 0.1, 0, "warn", side="above"),
    ]
    names = [each.event.series.segment for each in worst_first(notices)]
    assert names == ["critical", "small numbers", "large numbers", "at zero", "mild"]


KINDS = st.sampled_from(["fired", "resolved", "reopened", "severity_changed", "restated", "repeated"])
NOTICES = st.lists(
    st.builds(
        lambda of_rule, segment, number, kind, channel, held: notice(
            event(segment, of_rule, number, kind=kind),
            channel,
            held=held,
            held_by="whole" if held == "inhibited" else None,
            not_before=NOW if held == "quiet_time" else None,
        ),
        st.sampled_from(list(RULES)),
        st.sampled_from("abcdef"),
        st.integers(0, 2),
        KINDS,
        st.sampled_from(["slack", "mail", "file"]),
        st.sampled_from([None, None, None, "silenced", "inhibited", "quiet_time"]),
    ),
    max_size=40,
)
THREADS = st.dictionaries(
    st.builds(
        lambda of_rule, segment, number, channel: Story(f"{of_rule}-{segment}-{number}", channel),
        st.sampled_from(list(RULES)),
        st.sampled_from("abcdef"),
        st.integers(0, 2),
        st.sampled_from(["slack", "mail"]),
    ),
    st.sampled_from(["group/1", "group/2", "storm/1"]),
    max_size=12,
)


def queue(each: Notice) -> tuple[str, Series]:
    return each.channel, each.event.series


@given(NOTICES, THREADS, st.integers(1, 12))
def test_every_notice_is_in_one_message_and_a_series_keeps_its_order(
    notices: list[Notice], threads: dict[Story, str], storm_after: int
) -> None:
    found = group(notices, Grouping(GROUPING.channels, storm_after), threads)
    assert Counter(map(id, notices)) == Counter(id(each) for made in found for each in made.notices)
    for name in {queue(each) for each in notices}:
        in_order = [each for each in notices if queue(each) == name]
        assert [each for made in found for each in made.notices if queue(each) == name] == in_order


@given(NOTICES, THREADS, st.integers(1, 12))
def test_the_notices_of_a_message_have_channel_topic_release_and_thread_in_common(
    notices: list[Notice], threads: dict[Story, str], storm_after: int
) -> None:
    known = dict(threads)
    for made in group(notices, Grouping(GROUPING.channels, storm_after), threads):
        in_common = {(each.channel, topic_of(each), each.held, each.not_before, each.held_by) for each in made.notices}
        assert len(in_common) == 1
        assert len({queue(each) for each in made.notices}) == len(made.notices)
        assert len(made.notices) == 1 or made.first.channel in GROUPING.channels
        assert made.is_summary or len(made.notices) <= storm_after
        stories = {Story(each.event.alert_id, each.channel) for each in made.notices}
        assert {known.get(story, made.incident) for story in stories} == {made.incident}
        known |= dict.fromkeys(stories, made.incident)


@given(NOTICES.flatmap(lambda notices: st.tuples(st.just(notices), st.permutations(notices))))
def test_the_same_events_have_the_same_keys(both: tuple[list[Notice], list[Notice]]) -> None:
    once, again = both
    # Events of different series come in no order of their own.
    single = {queue(each): each for each in once}
    some = list(single.values())
    other = [each for each in again if single.get(queue(each)) is each]
    keys = {made.key for made in group(some, GROUPING, NO_THREADS)}
    assert keys == {made.key for made in group(other, GROUPING, NO_THREADS)}


@given(NOTICES)
def test_two_messages_of_a_pass_have_different_keys_unless_an_event_comes_twice(notices: list[Notice]) -> None:
    once = list({dedup_key(each.event, each.channel): each for each in notices}.values())
    keys = [made.key for made in group(once, GROUPING, NO_THREADS)]
    assert len(set(keys)) == len(keys)
