from datetime import date, timedelta

from ledger_samples import NOW, SERIES, deliver, run_pass

from pipelines.ledger import Acknowledgement, Ledger
from pipelines.watch.state import alert_id


def test_the_table_of_alerts_follows_an_incident(ledger: Ledger) -> None:
    run_pass(ledger, [0.9], NOW)
    run_pass(ledger, [0.9, 0.7], NOW + timedelta(weeks=1))
    run_pass(ledger, [0.9, 0.7, 0.5], NOW + timedelta(weeks=2))
    [alert] = ledger.alerts()
    assert alert == {
        "alert_id": alert_id(SERIES, date(2024, 1, 8)),
        "rule": "csat-floor",
        "kpi": "csat",
        "grain": "week",
        "segment_type": "channel",
        "segment": "chat",
        "severity": "critical",
        "status": "firing",
        "opened_at": NOW + timedelta(weeks=1),
        "fired_at": NOW + timedelta(weeks=1),
        "acknowledged_at": None,
        "resolved_at": None,
        "period_start": date(2024, 1, 15),
        "value": 0.5,
        "threshold": 0.6,
        "peak_value": 0.5,
        "messages_sent": 0,
    }
    [opened] = ledger.open_alerts()
    assert opened == alert | {
        "opened_period": date(2024, 1, 8),
        "breached_periods": 2,
        "acknowledged_by": None,
        "comment": None,
    }
    assert ledger.every_alert() == [opened]

    assert len(deliver(ledger, NOW + timedelta(weeks=2))) == 2
    assert ledger.acknowledge(alert["alert_id"], NOW + timedelta(weeks=2, hours=1))
    run_pass(ledger, [0.9, 0.7, 0.5, 0.9], NOW + timedelta(weeks=3))
    [resolved] = ledger.alerts()
    assert resolved == alert | {
        "status": "resolved",
        "resolved_at": NOW + timedelta(weeks=3),
        "acknowledged_at": NOW + timedelta(weeks=2, hours=1),
        "messages_sent": 2,
    }
    assert ledger.open_alerts() == []
    assert [alert["status"] for alert in ledger.every_alert()] == ["resolved"]
    assert [(message.state, message.sent_at is not None) for message in ledger.messages_about(alert["alert_id"])] == [
        ("sent", True),
        ("sent", True),
        ("pending", False),
    ]


def test_a_period_without_an_event_updates_the_value_of_an_open_alert(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    assert run_pass(ledger, [0.9, 0.7, 0.65]) == 0
    [alert] = ledger.alerts()
    assert (alert["value"], alert["period_start"]) == (0.65, date(2024, 1, 15))


def test_only_an_open_alert_can_be_acknowledged_and_the_first_time_counts(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    [alert] = ledger.alerts()
    assert ledger.acknowledge(alert["alert_id"], NOW)
    assert ledger.acknowledge(alert["alert_id"], NOW + timedelta(hours=1))
    assert ledger.alerts()[0]["acknowledged_at"] == NOW
    assert not ledger.acknowledge("nothing", NOW)
    run_pass(ledger, [0.9, 0.7, 0.9])
    assert not ledger.acknowledge(alert["alert_id"], NOW)


def test_who_acknowledged_an_alert_is_known_until_it_is_withdrawn(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    [alert] = ledger.open_alerts()
    its_id, hour = alert["alert_id"], timedelta(hours=1)
    assert not ledger.withdraw_acknowledgement(its_id, NOW)
    assert ledger.acknowledge(its_id, NOW, person="Ann", comment="calls are rerouted")
    assert ledger.acknowledge(its_id, NOW + hour, person="Bob")
    assert ledger.acknowledge(its_id, NOW + hour, person="Bob")
    [alert] = ledger.open_alerts()
    # Who came last is named; the moment stays that of the first, and the log keeps every person and comment.
    assert (alert["acknowledged_at"], alert["acknowledged_by"], alert["comment"]) == (NOW, "Bob", None)
    assert ledger.acknowledge(its_id, NOW + 2 * hour, person="Bob", comment="done tomorrow")
    [alert] = ledger.open_alerts()
    assert (alert["acknowledged_at"], alert["acknowledged_by"], alert["comment"]) == (NOW, "Bob", "done tomorrow")

    assert ledger.withdraw_acknowledgement(its_id, NOW + 3 * hour, person="Ann")
    assert not ledger.withdraw_acknowledgement(its_id, NOW + 4 * hour, person="Ann")
    [alert] = ledger.open_alerts()
    assert (alert["acknowledged_at"], alert["acknowledged_by"], alert["comment"]) == (None, None, None)
    assert ledger.acknowledgements(its_id) == [
        Acknowledgement("acknowledged", NOW, "Ann", "calls are rerouted"),
        Acknowledgement("acknowledged", NOW + hour, "Bob", None),
        Acknowledgement("acknowledged", NOW + 2 * hour, "Bob", "done tomorrow"),
        Acknowledgement("withdrawn", NOW + 3 * hour, "Ann", None),
    ]
    assert ledger.acknowledgements("another") == []
    assert ledger.acknowledge(its_id, NOW + 5 * hour)
    assert ledger.open_alerts()[0]["acknowledged_at"] == NOW + 5 * hour


def test_the_acknowledgement_of_a_resolved_alert_stays(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    its_id = ledger.open_alerts()[0]["alert_id"]
    ledger.acknowledge(its_id, NOW, person="Ann")
    run_pass(ledger, [0.9, 0.7, 0.9])
    assert not ledger.withdraw_acknowledgement(its_id, NOW, person="Ann")
    [alert] = ledger.every_alert()
    assert (alert["status"], alert["acknowledged_by"]) == ("resolved", "Ann")


def test_an_alert_that_reopens_is_not_acknowledged_any_more(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    [alert] = ledger.open_alerts()
    assert ledger.acknowledge(alert["alert_id"], NOW, person="Ann")
    # That it is worse does not change who works on it.
    run_pass(ledger, [0.9, 0.7, 0.5])
    assert ledger.open_alerts()[0]["acknowledged_by"] == "Ann"
    run_pass(ledger, [0.9, 0.7, 0.5, 0.9], NOW + timedelta(weeks=1))
    assert ledger.every_alert()[0]["acknowledged_by"] == "Ann"
    run_pass(ledger, [0.9, 0.7, 0.5, 0.9, 0.7], NOW + timedelta(weeks=2))
    [again] = ledger.open_alerts()
    assert (again["alert_id"], again["acknowledged_at"], again["acknowledged_by"]) == (alert["alert_id"], None, None)
    entries = [(each.action, each.at, each.person) for each in ledger.acknowledgements(alert["alert_id"])]
    assert entries == [("acknowledged", NOW, "Ann"), ("withdrawn", NOW + timedelta(weeks=2), None)]
