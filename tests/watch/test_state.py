"""States, events and alerts as they are stored and identified."""

import json

import pytest
from hypothesis import given
from watch_samples import (
    FIRST_WEEK,
    NOW,
    SERIES,
    Week,
    evaluate,
    plain_fold,
    readings,
    rule,
    rules_of_all_kinds,
    week,
    weeks_of_all_kinds,
)

from pipelines.watch.reading import Series
from pipelines.watch.rule import Rule
from pipelines.watch.state import State, alert_id, alert_records, dedup_key


def test_ids_and_keys_are_reproducible_and_unique() -> None:
    assert alert_id(SERIES, week(0)) == alert_id(Series(*SERIES), FIRST_WEEK)
    neighbours = {alert_id(SERIES, week(1)), alert_id(SERIES, week(0))}
    others = [
        SERIES._replace(rule="other"),
        SERIES._replace(kpi="other"),
        SERIES._replace(grain="month"),
        SERIES._replace(segment_type="other"),
        SERIES._replace(segment="other"),
    ]
    assert len(neighbours | {alert_id(other, week(0)) for other in others}) == 7
    # The same letters, cut into the names of a series elsewhere, are another series.
    assert alert_id(SERIES._replace(segment_type="a,b", segment="c"), week(0)) != alert_id(
        SERIES._replace(segment_type="a", segment="b,c"), week(0)
    )
    _, [fired, worse, eased, again] = plain_fold(State(), readings([0.7, 0.5, 0.7, 0.5]), rule())
    keys = {dedup_key(event, channel) for event in (fired, worse, eased, again) for channel in ("a", "b")}
    assert len(keys) == 8
    assert dedup_key(fired, "support") == f"alert/{fired.alert_id}/fired/warn/2024-01-01/support"


def test_records_of_the_alerts_of_an_evaluation() -> None:
    watched = rule(keep_firing=2, reopen_within=0)
    state, events = plain_fold(State(), readings([0.7, 0.5, 0.9, 0.9, 0.75, 0.9]), watched)
    old, new = alert_records(SERIES, state, events)
    assert (old.alert_id, old.status, old.resolved_at) == (alert_id(SERIES, week(0)), "resolved", NOW)
    assert (old.period_start, old.value, old.threshold, old.severity) == (week(1), 0.5, 0.6, "critical")
    assert (old.opened_period, old.breached_periods, old.peak_value) == (week(0), 2, 0.5)
    assert (new.alert_id, new.status, new.resolved_at) == (alert_id(SERIES, week(4)), "recovering", None)
    assert (new.period_start, new.value, new.threshold, new.severity) == (week(4), 0.75, 0.8, "warn")
    assert alert_records(SERIES, State(), ()) == ()
    pending, _ = plain_fold(State(), readings([0.7]), rule(**{"for": 2}))
    assert alert_records(SERIES, pending, ()) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "not the state of a series"),
        ("{}", "not the state of a series"),
        (json.dumps({"version": 99, "state": {}}), "format 99 of a series' state is unknown"),
        (json.dumps({"version": 1, "state": {"status": "asleep"}}), "status: "),
        (json.dumps({"version": 1}), "dictionary or an instance"),
    ],
)
def test_a_text_that_is_not_a_state_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        State.from_json(text)


@given(weeks_of_all_kinds, rules_of_all_kinds)
def test_a_state_survives_json(weeks: list[Week], watched: Rule) -> None:
    state, _ = plain_fold(State(), readings(weeks), watched)
    assert State.from_json(state.to_json()) == state
    assert State.from_json(state.to_json()).to_json() == state.to_json()


def test_a_state_stored_by_the_first_version_is_read() -> None:
    stored = {
        "version": 1,
        "state": {
            "status": "recovering",
            "last_period": "2024-01-29",
            "recoveries": 1,
            "incident": {
                "alert_id": "0f1e2d3c4b5a",
                "severity": "critical",
                "side": "below",
                "threshold": 0.6,
                "value": 0.55,
                "peak_value": 0.5,
                "opened_period": "2024-01-15",
                "breached_period": "2024-01-22",
                "breached_periods": 2,
                "opened_at": "2024-01-22T06:00:00Z",
                "fired_at": "2024-01-29T06:00:00Z",
            },
        },
    }
    text = json.dumps(stored, sort_keys=True)
    state = State.from_json(text)
    assert state.to_json() == text
    history = readings([0.9, 0.9, 0.5, 0.55, 0.9, 0.9])
    _, [resolved] = evaluate(state, history, rule(keep_firing=2))
    assert (resolved.alert_id, resolved.kind, resolved.peak_value) == ("0f1e2d3c4b5a", "resolved", 0.5)
