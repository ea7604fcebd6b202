"""The open alerts in the workbook, and the ends of periods."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest
from export_samples import Lumen
from workbook_reading import ALERTS, TRENDS, number, opened

from pipelines.export.content import ExportContent
from pipelines.export.formats.xlsx import render

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension:UserWarning:openpyxl")
MakeContent = Callable[..., ExportContent]
ALERT = {
    "alert_id": "0123456789ab", "rule": "csat-floor", "kpi": "csat", "grain": "week", "segment_type": "channel",
    "segment": "chat", "severity": "warn", "status": "firing", "period_start": date(2026, 3, 16), "value": 0.72,
    "threshold": 0.8, "peak_value": 0.71, "opened_period": date(2026, 3, 9), "acknowledged_at": None, "comment": None,
}  # fmt: skip


def lines(content: bytes) -> list[dict[str, Any]]:
    sheet = opened(content).worksheets[ALERTS]
    names = [cell.value for cell in sheet[1]]
    return [dict(zip(names, line, strict=True)) for line in sheet.iter_rows(min_row=2)]


def test_open_alerts_have_a_sheet_critical_ones_first(make_content: MakeContent) -> None:
    acknowledged = datetime(2026, 3, 24, 23, 30, tzinfo=UTC)
    slow = ALERT | {
        "alert_id": "ab", "rule": "slow", "kpi": "first_response_time", "segment_type": "all", "segment": "all",
        "severity": "critical", "grain": "month", "period_start": date(2026, 2, 1), "value": 9_000.0, "threshold": 7_200.0,
        "peak_value": 9_300.0, "acknowledged_at": acknowledged, "comment": "=1+1",
    }  # fmt: skip
    first, second = lines(render(make_content(alerts=[ALERT, slow])))
    assert [first[name].value for name in ("Severity", "KPI", "Segment", "Comment", "Rule", "Id")] == [
        "Critical", "First response time", "All", "=1+1", "slow", "ab"
    ]  # fmt: skip
    assert first["Comment"].data_type == "s"
    assert (first["Period from"].value, first["to"].value) == (datetime(2026, 2, 1), datetime(2026, 2, 28))
    # In the company's time zone it was the next day.
    assert first["Acknowledged"].value == datetime(2026, 3, 25)
    assert number(first["Value"]) == pytest.approx(9_000 / 86_400)
    assert (second["Segment"].value, second["Value"].value, second["Value"].number_format) == (
        "channel: chat", 0.72, "#,##0%"
    )  # fmt: skip
    assert (second["to"].value, second["Since"].value) == (datetime(2026, 3, 22), datetime(2026, 3, 9))
    assert second["Acknowledged"].value is None


def test_without_alerts_the_sheet_says_so_and_french_readers_get_french(make_content: MakeContent) -> None:
    [line] = lines(render(make_content()))
    assert line["Severity"].value == "No open alerts."
    [line] = lines(render(make_content(alerts=[ALERT], company=Lumen(language="fr"))))
    assert (line["Gravité"].value, line["Segment"].value) == ("Avertissement", "canal\u00a0: chat")
    assert line["Seuil"].number_format == '#,##0"\u00a0"%'


def test_an_alert_on_a_kpi_that_no_longer_exists_has_plain_numbers(make_content: MakeContent) -> None:
    [line] = lines(render(make_content(alerts=[ALERT | {"kpi": "former"}])))
    assert (line["KPI"].value, line["Value"].value) == ("former", 0.72)


def test_trends_have_the_ends_of_periods_below_their_beginnings(make_content: MakeContent, rows: pd.DataFrame) -> None:
    sheet = opened(render(make_content())).worksheets[TRENDS]
    starts, ends = ([cell.value for cell in sheet[line]][2:] for line in (1, 2))
    assert sheet["B2"].value == "to"
    assert [(end - start).days for start, end in zip(starts, ends, strict=True)] == [6] * 12
    assert sheet.freeze_panes == "C3"
