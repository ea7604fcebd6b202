"""The workbook, opened again: typed cells, formats, charts, limits."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from export_samples import KPIS, TICK, Lumen

from pipelines.export import workbook
from pipelines.export.errors import ExportError
from pipelines.export.rows import ExportRow
from pipelines.export.settings import Export
from pipelines.export.table import COLUMNS, definition_version
from pipelines.kpis import Kpi

pytestmark = [
    pytest.mark.filterwarnings("error::UserWarning:xlsxwriter"),
    pytest.mark.filterwarnings("ignore:Sparkline Group extension:UserWarning:openpyxl"),
]
MakeExport = Callable[..., Export]
KNOWN_AT = datetime(2026, 4, 2, 4, 15, tzinfo=UTC)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture
def content(export: Export, rows: list[ExportRow]) -> bytes:
    return workbook.render(export, rows, KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT)


@pytest.fixture
def book(content: bytes) -> Any:
    return opened(content)


def number(cell: Any) -> float:
    """The number in the cell; openpyxl reads durations as such."""
    value = cell.value
    assert isinstance(value, int | float | timedelta)
    return value / timedelta(days=1) if isinstance(value, timedelta) else value


def scores(book: Any) -> dict[tuple[str, str], dict[str, Any]]:
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[4]]
    lines = [dict(zip(headings, line, strict=True)) for line in sheet.iter_rows(min_row=5)]
    return {(line["KPI"].value, line["Segment"].value): line for line in lines if line["Segment"].value}


def records(book: Any) -> list[dict[str, Any]]:
    sheet = book.worksheets[3]
    names = [cell.value for cell in sheet[1]]
    return [dict(zip(names, line, strict=True)) for line in sheet.iter_rows(min_row=2)]


def test_the_scorecard_shows_the_latest_complete_period_against_what_it_is_compared_with(book: Any) -> None:
    assert book.sheetnames == ["Scorecard", "Charts", "Trends", "Data", "Definitions"]
    sheet = book.worksheets[0]
    assert sheet["A1"].value == "Atelier Lumen"
    assert sheet["A2"].value == (
        "weekly · Periods complete by March 30, 2026, 07:00 (Europe/Paris) · values as known on April 2, 2026, 06:15 · "
        "by week (Monday to Sunday) · "
        "the last 12 complete periods of each KPI"
    )
    assert sheet.freeze_panes == "C5"
    line = scores(book)["Customer satisfaction", "All"]
    assert line["Period from"].value == datetime(2026, 3, 23)
    assert line["Value"].value == pytest.approx(0.71)
    assert line["Previous"].value == pytest.approx(0.72)
    assert line["Change"].value == pytest.approx(-1.0)
    assert line["Target"].value == 0.8
    assert line["n"].value == 200
    assert line["Year before"].value is None


@pytest.mark.parametrize(
    ("label", "value", "value_format", "change", "change_format", "colour"),
    [
        ("Customer satisfaction", 0.71, "0.0%", -1.0, '+0.0" pp";-0.0" pp";0.0" pp"', "B3261E"),
        ("Net promoter score", 54.5, "0.0", 1.5, "+0.0;-0.0;0.0", "1E7B34"),
        ("First response time", 5250 / 86400, "[h]:mm:ss", -250 / 5500, "+0.0%;-0.0%;0.0%", "1E7B34"),
        ("Revenue", 151254.25, "[$€]#,##0.00", 1750.25 / 149504.0, "+0.0%;-0.0%;0.0%", "1E7B34"),
        ("Tickets", 405, "#,##0.00", 7 / 398, "+0.0%;-0.0%;0.0%", None),
        ("Sales cycle", 45.25, '#,##0.0" d"', 0.25 / 45.0, "+0.0%;-0.0%;0.0%", "B3261E"),
    ],
)
def test_numbers_are_numbers_in_the_form_of_their_unit(
    book: Any, label: str, value: float, value_format: str, change: float, change_format: str, colour: str | None
) -> None:
    line = scores(book)[label, "All"]
    assert number(line["Value"]) == pytest.approx(value)
    assert line["Value"].number_format == value_format
    assert line["Change"].value == pytest.approx(change)
    assert line["Change"].number_format == change_format
    written = line["Change"].font.color.rgb if line["Change"].font.color.type == "rgb" else None
    assert written == (colour and "FF" + colour)


def test_the_status_is_coloured_by_its_word(book: Any) -> None:
    sheet = book.worksheets[0]
    assert scores(book)["Customer satisfaction", "channel: email"]["Status"].value == "Critical"
    assert scores(book)["Revenue", "All"]["Status"].value == "-"
    ((where, rules),) = [(str(area.sqref), area.rules) for area in sheet.conditional_formatting]
    assert where == f"I5:I{4 + len(scores(book))}"
    assert {rule.formula[0]: rule.dxf.fill.bgColor.rgb for rule in rules} == {
        '"Good"': "FFC6EFCE",
        '"Warning"': "FFFFEB9C",
        '"Critical"': "FFFFC7CE",
    }


def test_each_line_has_a_sparkline_of_its_own_trend(book: Any, content: bytes) -> None:
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    pairs = re.findall(r"<xm:f>Trends!C(\d+):N\1</xm:f><xm:sqref>K(\d+)</xm:sqref>", xml)
    assert len(pairs) == len(scores(book)) == 24
    trends, scorecard = book.worksheets[2], book.worksheets[0]
    for trend, score in pairs:
        for column in "AB":
            assert trends[f"{column}{trend}"].value == scorecard[f"{column}{score}"].value


def test_each_kpi_has_a_chart_of_the_whole_its_segments_and_its_target(book: Any) -> None:
    charts = book.worksheets[1]._charts
    assert len(charts) == len(KPIS)
    trends = book.worksheets[2]
    named = []
    for chart in charts:
        lines = []
        for series in chart.series:
            cell = series.tx.strRef.f.replace("Trends!", "").replace("$", "")
            first, last = series.val.numRef.f.replace("Trends!", "").replace("$", "").split(":")
            assert (first[0], last[0], first[1:]) == ("C", "N", cell[1:])
            assert any(trends.cell(int(cell[1:]), column).value is not None for column in range(3, 15))
            lines.append(trends[cell].value)
        named.append(lines)
    segments = ["All", "channel: chat", "channel: email", "channel: phone"]
    assert named == [[*segments, "Target"]] * 3 + [segments] * 3


def test_the_data_sheet_is_the_flat_table_typed_and_filtered(book: Any, rows: list[ExportRow]) -> None:
    sheet = book.worksheets[3]
    assert [cell.value for cell in sheet[1]] == [column.name for column in COLUMNS]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:Q{len(rows) + 1}"
    found = records(book)
    assert len(found) == len(rows)
    for cells, row in zip(found, rows, strict=True):
        assert cells["period_start"].value.date() == row.period_start
        assert cells["period_start"].number_format == "yyyy-mm-dd"
        scale = 86400 if row.kpi == "first_response_time" else 1
        assert row.value is not None
        assert number(cells["value"]) == pytest.approx(row.value / scale, rel=1e-9)
        assert cells["sample_size"].value == row.sample_size
        assert cells["status"].value == row.status
    duration = found[12 * 4 * 2]
    assert duration["kpi"].value == "first_response_time"
    assert {duration[name].number_format for name in ("value", "numerator", "ci_low", "target")} == {"[h]:mm:ss"}
    assert duration["denominator"].number_format == "General"
    assert number(duration["numerator"]) / number(duration["denominator"]) == pytest.approx(number(duration["value"]))


def test_definitions_come_with_the_numbers(book: Any, export: Export) -> None:
    sheet = book.worksheets[4]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2, max_row=1 + len(KPIS))]
    assert [line[0] for line in lines] == export.kpis
    assert lines[3][1:] == [
        "Revenue", "support", "What Revenue tells.", "positive answers ÷ answers", "amount (EUR)", "higher", 0, "C1"
    ]  # fmt: skip
    version = definition_version(export.kpis, KPIS)
    assert any(cell.value == f"Version of these definitions: {version}" for cell in sheet["A"])


def test_french_readers_get_french_headings_and_analysts_the_same_columns(
    export: Export, rows: list[ExportRow]
) -> None:
    book = opened(workbook.render(export, rows, KPIS, Lumen(language="fr"), tick=TICK, known_at=KNOWN_AT))
    assert book.sheetnames == ["Tableau de bord", "Graphiques", "Tendances", "Données", "Définitions"]
    sheet = book.worksheets[0]
    assert "Périodes complètes au 30 mars 2026, 07:00 (Europe/Paris)" in sheet["A2"].value
    assert [cell.value for cell in sheet[4]][:4] == ["Indicateur", "Segment", "Période du", "Valeur"]
    assert sheet["A5"].value == "Satisfaction client"
    assert sheet["D17"].number_format == "#,##0.00 [$€]"
    assert [cell.value for cell in book.worksheets[3][1]] == [column.name for column in COLUMNS]
    rules = next(iter(sheet.conditional_formatting)).rules
    assert {rule.formula[0] for rule in rules} == {'"Bon"', '"Attention"', '"Critique"'}


def test_nothing_is_written_as_a_formula_or_a_link(export: Export, rows: list[ExportRow]) -> None:
    texts = ['=HYPERLINK("http://evil.example")', "@SUM(1)", "+1", "-1", "https://evil.example", "12", "{=1}", "\t=1"]
    evil = [replace(rows[0], segment_type="channel", segment=text) for text in texts]
    company = Lumen(name="=cmd|' /C calc'!A0")
    kpis = {name: replace(kpi, label_en="=1+1", formula="=2+2") for name, kpi in KPIS.items()}
    content = workbook.render(export, evil, kpis, company, tick=TICK, known_at=KNOWN_AT)
    book = opened(content)
    assert [cells["segment"].value for cells in records(book)] == texts
    for sheet in book.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            xml = parts.read(name).decode()
            assert "<f>" not in xml
            assert "relationships/hyperlink" not in xml


def test_the_same_rows_make_the_same_bytes(export: Export, rows: list[ExportRow], content: bytes) -> None:
    assert workbook.render(export, list(rows), dict(KPIS), Lumen(), tick=TICK, known_at=KNOWN_AT) == content
    created = opened(content).properties.created
    assert created.replace(tzinfo=UTC) == TICK


def test_a_segment_without_the_latest_period_is_blank_there_not_zero(export: Export, rows: list[ExportRow]) -> None:
    latest = date(2026, 3, 23)
    fewer = [row for row in rows if not (row.segment == "chat" and row.period_start == latest)]
    line = scores(opened(workbook.render(export, fewer, KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT)))[
        "Customer satisfaction", "channel: chat"
    ]
    assert [line[name].value for name in ("Value", "Previous", "Change", "Target", "n")] == [None] * 5
    assert line["Status"].value == "-"


def test_a_kpi_without_rows_is_named_all_the_same(export: Export, rows: list[ExportRow]) -> None:
    book = opened(
        workbook.render(export, [row for row in rows if row.kpi != "nps"], KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT)
    )
    assert ("Net promoter score", "no complete period yet") in scores(book)
    assert len(book.worksheets[1]._charts) == len(KPIS) - 1
    empty = opened(workbook.render(export, [], KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT))
    assert len(scores(empty)) == len(KPIS)


def test_many_segments_stay_out_of_the_chart_and_the_sheet_says_so(export: Export, rows: list[ExportRow]) -> None:
    crowd = [replace(row, segment=f"agent {n}") for row in rows if row.segment == "chat" for n in range(7)]
    book = opened(
        workbook.render(
            export, [row for row in rows if row.segment == "all"] + crowd, KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT
        )
    )
    assert {len(chart.series) for chart in book.worksheets[1]._charts} == {1, 2}
    assert book.worksheets[1]["A2"].value.startswith("With more than 6 segments")
    assert "Trends" in book.worksheets[1]["A2"].value


def test_small_rates_whole_counts_and_odd_currencies_are_readable(export: Export, rows: list[ExportRow]) -> None:
    def formats(company: Lumen, values: dict[str, float]) -> dict[str, str]:
        few = [
            replace(row, value=values[row.kpi], previous_value=None, previous_year_value=None, target=None)
            for row in rows
            if row.kpi in values
        ]
        return {cells["kpi"].value: cells["value"].number_format for cells in
                records(opened(workbook.render(export, few, KPIS, company, tick=TICK, known_at=KNOWN_AT)))}  # fmt: skip

    values = {"csat": 0.0123, "ticket_volume": 1200.0, "revenue": 5.0}
    assert formats(Lumen(currency="JPY"), values) == {
        "csat": "0.00%", "ticket_volume": "#,##0", "revenue": "[$¥]#,##0"
    }  # fmt: skip
    assert formats(Lumen(currency="CHF", language="fr"), values)["revenue"] == "#,##0.00 [$CHF]"
    assert formats(Lumen(currency="CHF"), values)["revenue"] == "[$CHF] #,##0.00"


def test_what_excel_cannot_hold_is_an_error_that_says_so(export: Export, rows: list[ExportRow]) -> None:
    with pytest.raises(ExportError, match=r"1,048,576 rows are more than an Excel sheet holds \(1,048,576\).*csv"):
        workbook.render(export, [rows[0]] * workbook.MAX_ROWS, KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT)
    long = replace(rows[0], segment_type="campaign", segment="😀" * 16_384)
    with pytest.raises(ExportError, match=r"of 32,7\d\d characters .* longer than an Excel cell holds \(32,767\)"):
        workbook.render(export, [long], KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT)
    fits = replace(rows[0], segment_type="campaign", segment="x" * (32_767 - len("campaign: ")))
    assert (
        len(
            records(opened(workbook.render(export, [fits], KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT)))[0][
                "segment"
            ].value
        )
        == 32_757
    )
    days = [replace(rows[0], period_start=date(1980, 1, 1) + timedelta(days=n)) for n in range(workbook.MAX_COLUMNS)]
    with pytest.raises(ExportError, match="16,384 periods side by side"):
        workbook.render(export, days, KPIS, Lumen(), tick=TICK, known_at=KNOWN_AT)


def test_a_changed_definition_changes_the_version() -> None:
    before = definition_version(["csat", "nps"], KPIS)
    changed: dict[str, Kpi] = {**KPIS, "csat": replace(KPIS["csat"], formula="happy ÷ all")}
    assert definition_version(["csat", "nps"], changed) != before
    assert definition_version(["nps", "csat"], KPIS) == before
    assert definition_version(["nps"], changed) == definition_version(["nps"], KPIS)
