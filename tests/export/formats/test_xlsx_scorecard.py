"""The scorecard of the workbook."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from export_samples import KPIS
from workbook_reading import CHARTS, SCORECARD, TRENDS, number, opened, records, scores

from pipelines.export.content import ExportContent
from pipelines.export.formats.xlsx import render

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension:UserWarning:openpyxl")
MakeContent = Callable[..., ExportContent]


def test_the_scorecard_shows_the_latest_complete_period_and_its_comparisons(book: Any) -> None:
    assert book.sheetnames == ["Scorecard", "Alerts", "Charts", "Trends", "Data", "Definitions"]
    sheet = book.worksheets[SCORECARD]
    assert sheet["A1"].value == "Atelier Lumen"
    assert sheet["A2"].value == (
        "weekly · Periods complete by 30 March 2026, 07:00 (Europe/Paris) · values as known on 2 April 2026, 06:15 · "
        "by week (Monday to Sunday) · "
        "the last 12 complete periods of each KPI"
    )
    assert sheet.freeze_panes == "C5"
    line = scores(book)["Customer satisfaction", "All"]
    assert line["Period from"].value == datetime(2026, 3, 23)
    assert line["to"].value == datetime(2026, 3, 29)
    assert line["Value"].value == pytest.approx(0.71)
    assert line["Previous"].value == pytest.approx(0.72)
    assert line["Change"].value == pytest.approx(-1.0)
    assert line["Target"].value == 0.8
    assert line["n"].value == 200
    assert line["Previous year"].value is None


@pytest.mark.parametrize(
    ("label", "value", "value_format", "change", "change_format", "colour"),
    [
        ("Customer satisfaction", 0.71, "#,##0%", -1.0, '+0.0" pp";-0.0" pp";0.0" pp"', "B3261E"),
        ("Net promoter score", 54.5, "#,##0.0", 1.5, "+0.0;-0.0;0.0", "1E7B34"),
        ("First response time", 5250 / 86400, "[h]:mm:ss", -250 / 5500, "+0.0%;-0.0%;0.0%", "1E7B34"),
        ("Revenue", 151254.25, '"€"#,##0', 1750.25 / 149504.0, "+0.0%;-0.0%;0.0%", "1E7B34"),
        ("Tickets", 405, "#,##0", 7 / 398, "+0.0%;-0.0%;0.0%", None),
        ("Sales cycle", 45.25, '#,##0.0" days"', 0.25 / 45.0, "+0.0%;-0.0%;0.0%", "B3261E"),
    ],
)
def test_numbers_have_the_format_of_their_unit(
    book: Any, label: str, value: float, value_format: str, change: float, change_format: str, colour: str | None
) -> None:
    line = scores(book)[label, "All"]
    assert number(line["Value"]) == pytest.approx(value)
    assert line["Value"].number_format == value_format
    assert line["Change"].value == pytest.approx(change)
    assert line["Change"].number_format == change_format
    written = line["Change"].font.color.rgb if line["Change"].font.color.type == "rgb" else None
    assert written == (colour and "FF" + colour)


def test_no_change_has_no_colour_and_a_percentage_of_zero_is_missing(
    make_content: MakeContent, rows: pd.DataFrame
) -> None:
    same = rows.assign(previous_value=rows["value"].where(rows["kpi"] != "revenue", 0.0))
    lines = scores(opened(render(make_content(rows=same))))
    unchanged = lines["First response time", "All"]["Change"]
    assert (unchanged.value, unchanged.font.color.type) == (0, "theme")
    assert lines["Revenue", "All"]["Previous"].value == 0
    assert lines["Revenue", "All"]["Change"].value is None


def test_the_status_is_coloured_by_its_word(book: Any) -> None:
    sheet = book.worksheets[SCORECARD]
    assert scores(book)["Customer satisfaction", "channel: email"]["Status"].value == "Critical"
    assert scores(book)["Revenue", "All"]["Status"].value == "-"
    ((where, rules),) = [(str(area.sqref), area.rules) for area in sheet.conditional_formatting]
    assert where == f"J5:J{4 + len(scores(book))}"
    assert {rule.formula[0]: rule.dxf.fill.bgColor.rgb for rule in rules} == {
        '"Good"': "FFC6EFCE",
        '"Warning"': "FFFFEB9C",
        '"Critical"': "FFFFC7CE",
    }


def test_each_line_has_a_sparkline_of_its_trend(book: Any, workbook: bytes) -> None:
    xml = zipfile.ZipFile(io.BytesIO(workbook)).read("xl/worksheets/sheet1.xml").decode()
    pairs = re.findall(r"<xm:f>Trends!C(\d+):N\1</xm:f><xm:sqref>L(\d+)</xm:sqref>", xml)
    assert len(pairs) == len(scores(book)) == 24
    trends, scorecard = book.worksheets[TRENDS], book.worksheets[SCORECARD]
    for trend, score in pairs:
        for column in "AB":
            assert trends[f"{column}{trend}"].value == scorecard[f"{column}{score}"].value


def test_a_segment_without_the_latest_period_is_blank_there_and_not_zero(
    make_content: MakeContent, rows: pd.DataFrame
) -> None:
    is_missing = (rows["segment"] == "chat") & (rows["period_start"].dt.date == date(2026, 3, 23))
    book = opened(render(make_content(rows=rows[~is_missing])))
    line = scores(book)["Customer satisfaction", "channel: chat"]
    assert [line[name].value for name in ("Value", "Previous", "Change", "Target", "n")] == [None] * 5
    assert line["Status"].value == "-"


def test_a_missing_value_is_blank_and_zero_is_zero(make_content: MakeContent, rows: pd.DataFrame) -> None:
    sizes = rows["sample_size"].where(rows["segment"] != "chat")
    values = rows["value"].where(rows["segment"] == "all").where(rows["segment"] != "all", 0.0)
    book = opened(render(make_content(rows=rows.assign(value=values, sample_size=sizes))))
    lines = scores(book)
    assert lines["Customer satisfaction", "All"]["Value"].value == 0
    chat = lines["Customer satisfaction", "channel: chat"]
    assert (chat["Value"].value, chat["Change"].value, chat["n"].value) == (None, None, None)
    trends = {(line[0].value, line[1].value): line[2:] for line in book.worksheets[TRENDS].iter_rows(min_row=2)}
    assert {cell.value for cell in trends["Customer satisfaction", "All"]} == {0}
    assert {cell.value for cell in trends["Customer satisfaction", "channel: chat"]} == {None}


def test_a_kpi_without_rows_has_a_line_that_says_so(make_content: MakeContent, rows: pd.DataFrame) -> None:
    book = opened(render(make_content(rows=rows[rows["kpi"] != "nps"])))
    assert ("Net promoter score", "no complete period yet") in scores(book)
    assert len(book.worksheets[CHARTS]._charts) == len(KPIS) - 1
    empty = opened(render(make_content(rows=rows.iloc[:0])))
    assert len(scores(empty)) == len(KPIS)


def test_a_segment_has_its_name_on_the_sheets_and_its_id_in_the_data(make_content: MakeContent) -> None:
    book = opened(render(make_content(segment_names={("channel", "chat"): "Live chat"})))
    assert ("Customer satisfaction", "channel: Live chat") in scores(book)
    segments = {record["segment"].value for record in records(book)}
    assert "chat" in segments
    assert "Live chat" not in segments
