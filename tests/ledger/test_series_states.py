from dataclasses import replace
from datetime import date, timedelta

import pytest
from ledger_samples import NOW, RULE, SERIES, deliver, evaluate, run_pass
from sqlalchemy import text

from pipelines.ledger import Ledger, LedgerConflict, LedgerError
from pipelines.ledger.database import Database
from pipelines.watch.state import State


def test_states_are_read_as_they_were_saved(url: str, ledger: Ledger) -> None:
    assert ledger.states(RULE.name) == {}
    change, _ = evaluate(ledger, [0.9, 0.7])
    assert run_pass(ledger, [0.9, 0.7]) == 1
    with Ledger(url) as later:
        assert later.states(RULE.name) == {SERIES: change.after}
    assert ledger.states("another-rule") == {}


def test_the_same_evaluation_again_adds_nothing(ledger: Ledger) -> None:
    assert run_pass(ledger, [0.9, 0.7]) == 1
    assert run_pass(ledger, [0.9, 0.7]) == 0
    assert len(ledger.undelivered(NOW)) == 1
    assert len(ledger.alerts()) == 1


def test_an_evaluation_from_an_outdated_state_is_refused_and_saves_nothing(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    slow, slow_messages = evaluate(ledger, [0.9, 0.7])
    email = SERIES._replace(segment="email")
    other, other_messages = evaluate(ledger, [0.5], series=email)
    run_pass(ledger, [0.9, 0.7], NOW + timedelta(seconds=1))
    with pytest.raises(
        LedgerConflict, match=r"another process has evaluated csat-floor \(csat by week, channel chat\) in the meantime"
    ):
        ledger.record_pass([other, slow], [*other_messages, *slow_messages], NOW)
    assert email not in ledger.states(RULE.name)
    assert len(ledger.alerts()) == 1
    assert run_pass(ledger, [0.9, 0.7]) == 0


def test_two_first_evaluations_of_a_series_conflict(ledger: Ledger) -> None:
    change, messages = evaluate(ledger, [0.7])
    assert ledger.record_pass([change], messages, NOW) == 1
    with pytest.raises(LedgerConflict):
        ledger.record_pass([change], messages, NOW)


def test_an_outdated_evaluation_that_changes_nothing_is_no_conflict(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    unchanged, messages = evaluate(ledger, [0.9])
    run_pass(ledger, [0.9, 0.7])
    stored = ledger.states(RULE.name)
    assert ledger.record_pass([unchanged], messages, NOW) == 0
    assert ledger.states(RULE.name) == stored


def test_an_evaluation_that_fails_half_way_saves_nothing(ledger: Ledger) -> None:
    change, [wanted] = evaluate(ledger, [0.9, 0.7])
    orphan = replace(wanted, message_id="orphan", dedup_key="orphan", alert_id="no such alert")
    with pytest.raises(LedgerError, match=r"(?i)foreign key"):
        ledger.record_pass([change], [wanted, orphan], NOW)
    unwritable = replace(wanted, message_id="odd", dedup_key="odd", record={"value": object()})
    with pytest.raises(Exception, match="not JSON serializable"):
        ledger.record_pass([change], [wanted, unwritable], NOW)
    assert (ledger.states(RULE.name), ledger.alerts(), ledger.undelivered(NOW)) == ({}, [], [])
    assert ledger.record_pass([change], [wanted], NOW) == 1


def test_the_alerts_of_a_removed_rule_are_closed_without_a_message(ledger: Ledger) -> None:
    phone = SERIES._replace(segment="phone")
    run_pass(ledger, [0.9, 0.7])
    run_pass(ledger, [0.9, 0.7], series=phone)
    deliver(ledger)

    assert ledger.close_unwatched(lambda series: series.segment != "phone", NOW + timedelta(days=1)) == 1
    assert {row["segment"]: (row["status"], row["resolved_at"]) for row in ledger.alerts()} == {
        "chat": ("firing", None),
        "phone": ("resolved", NOW + timedelta(days=1)),
    }
    states = ledger.states(RULE.name)
    assert states[SERIES].status == "firing"
    # What stays is that it was reported once.
    assert states[phone] == State(removals=1)
    assert ledger.close_unwatched(lambda series: series.segment != "phone", NOW + timedelta(days=2)) == 0
    assert deliver(ledger) == []

    # The rule is back and finds the same incident, which is reported once more.
    assert run_pass(ledger, [0.9, 0.7], NOW + timedelta(days=3), phone) == 1
    assert run_pass(ledger, [0.9, 0.7], NOW + timedelta(days=4), phone) == 0
    assert len(ledger.open_alerts()) == 2
    assert len(deliver(ledger)) == 1


def test_a_removed_rule_without_an_open_alert_leaves_no_state(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    assert ledger.close_unwatched(lambda _: False, NOW) == 0
    assert ledger.states(RULE.name) == {}


def test_a_state_of_a_newer_version_is_refused(url: str, ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    database = Database(url, patience=timedelta(seconds=1))
    with database.writing() as connection:
        connection.execute(text("""UPDATE series_state SET state = '{"version": 2, "state": {}}'"""))
    database.close()
    with pytest.raises(LedgerError, match=r"unreadable state of csat-floor .*format 2 of a series' state is unknown"):
        ledger.states(RULE.name)


def test_a_state_with_dates_survives(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7, 0.65])
    [state] = ledger.states(RULE.name).values()
    assert state.incident is not None
    assert (state.incident.opened_period, state.last_period) == (date(2024, 1, 8), date(2024, 1, 15))
    assert state.incident.opened_at == NOW
