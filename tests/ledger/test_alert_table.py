from datetime import date, timedelta

from ledger_samples import NOW, SERIES, deliver, run_pass

from pipelines.ledger import Ledger
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
    assert opened == alert | {"opened_period": date(2024, 1, 8), "breached_periods": 2}

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
