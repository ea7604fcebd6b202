"""What assets show of their content: open alerts as a table, KPI values as plots."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipelines.orchestration.metadata import MOST_ALERTS, MOST_PLOTS, PERIODS, alert_table, kpi_values
from pipelines.warehouse.readings import Score

FIRED = datetime(2025, 11, 10, 7, 0, tzinfo=UTC)


def alert(**changes: object) -> dict[str, Any]:
    return {
        "rule": "csat-floor", "kpi": "csat", "grain": "week", "segment_type": "channel", "segment": "chat",
        "severity": "warn", "value": 2 / 3, "threshold": 0.8, "fired_at": FIRED, **changes,
    }  # fmt: skip


def score(kpi: str, value: float | None = 1.0) -> Score:
    return Score(kpi, date(2025, 11, 3), value, None, None, None, 10, "none")


def test_an_open_alert_is_a_row_with_its_segment_and_local_time() -> None:
    table = alert_table([alert()], "Europe/Paris")
    assert [column.name for column in table.schema.columns] == [
        "rule", "kpi", "segment", "severity", "value", "threshold", "since",
    ]  # fmt: skip
    assert all(column.description for column in table.schema.columns)
    assert [record.data for record in table.records] == [
        {
            "rule": "csat-floor", "kpi": "csat", "segment": "channel: chat", "severity": "warn",
            "value": 0.666667, "threshold": 0.8, "since": "2025-11-10 08:00",
        }
    ]  # fmt: skip


def test_the_whole_company_is_the_segment_all() -> None:
    [record] = alert_table([alert(segment_type="all", segment="all")], "UTC").records
    assert record.data["segment"] == "all"


def test_critical_alerts_come_first_and_then_the_latest() -> None:
    hour = timedelta(hours=1)
    alerts = [
        alert(rule="old", fired_at=FIRED - hour),
        alert(rule="old-critical", severity="critical", fired_at=FIRED - 9 * hour),
        alert(rule="new", fired_at=FIRED),
        alert(rule="new-critical", severity="critical", fired_at=FIRED - 8 * hour),
    ]
    shown = [record.data["rule"] for record in alert_table(alerts, "UTC").records]
    assert shown == ["new-critical", "old-critical", "new", "old"]


def test_without_alerts_the_table_is_empty_and_has_its_columns() -> None:
    table = alert_table([], "UTC")
    assert list(table.records) == []
    assert len(table.schema.columns) == 7


def test_a_flood_of_alerts_is_cut_at_the_end() -> None:
    alerts = [alert(rule=f"r{number}") for number in range(MOST_ALERTS + 1)]
    alerts.append(alert(rule="critical", severity="critical", fired_at=FIRED - timedelta(days=9)))
    shown = [record.data["rule"] for record in alert_table(alerts, "UTC").records]
    assert len(shown) == MOST_ALERTS
    assert shown[0] == "critical"


def test_a_kpi_with_a_value_is_a_number_under_its_name() -> None:
    values = kpi_values([score("revenue", 1400), score("csat", 0.9), score("nps", None)], set())
    del values[PERIODS]
    assert [(name, value.value) for name, value in values.items()] == [("csat", 0.9), ("revenue", 1400.0)]
    assert all(isinstance(value.value, float) for value in values.values())


def test_the_period_of_each_value_is_there_because_some_kpis_are_complete_later() -> None:
    scores = [score("csat"), score("revenue"), replace(score("win_rate"), period_start=date(2025, 10, 27))]
    assert kpi_values(scores, set())[PERIODS].value == "- 2025-11-03: csat, revenue\n- 2025-10-27: win_rate"
    assert kpi_values([], set()) == {}


def test_of_many_kpis_those_that_the_settings_watch_are_plotted() -> None:
    scores = [score(f"kpi_{number:03}") for number in range(MOST_PLOTS + 10)]
    last = scores[-1].kpi
    values = kpi_values(scores, {last})
    del values[PERIODS]
    assert len(values) == MOST_PLOTS
    assert last in values
    assert list(values) == sorted(values)
