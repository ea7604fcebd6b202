"""The charts of the workbook."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from export_samples import KPIS, WEEKS
from workbook_reading import CHARTS, TRENDS, number, opened

from pipelines.export.content import Bound, ExportContent
from pipelines.export.formats.xlsx import render

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension:UserWarning:openpyxl")
MakeContent = Callable[..., ExportContent]


def names_of_lines(book: Any) -> list[list[str]]:
    """Returns the names of the lines of each chart; every line must be one line of the trends, with values."""
    trends = book.worksheets[TRENDS]
    names = []
    for chart in book.worksheets[CHARTS]._charts:
        lines = []
        for series in chart.series:
            cell = series.tx.strRef.f.replace("Trends!", "").replace("$", "")
            first, last = series.val.numRef.f.replace("Trends!", "").replace("$", "").split(":")
            assert (first[0], last[0], first[1:]) == ("C", "N", cell[1:])
            axis = series.cat.numRef or series.cat.strRef
            assert axis.f == "Trends!$C$1:$N$1"
            assert any(trends.cell(int(cell[1:]), column).value is not None for column in range(3, 15))
            lines.append(trends[cell].value)
        names.append(lines)
    return names


def test_each_kpi_has_a_chart_of_the_whole_its_segments_and_its_target(book: Any) -> None:
    segments = ["All", "channel: chat", "channel: email", "channel: phone"]
    assert names_of_lines(book) == [[*segments, "Target"]] * 3 + [segments] * 3


def test_a_series_without_values_is_not_drawn(make_content: MakeContent, rows: pd.DataFrame) -> None:
    blank = rows.assign(value=rows["value"].where((rows["segment"] != "chat") & (rows["kpi"] != "revenue")))
    names = names_of_lines(opened(render(make_content(rows=blank))))
    assert len(names) == len(KPIS) - 1
    assert all("channel: chat" not in lines and "channel: email" in lines for lines in names)


def test_many_segments_are_not_drawn_and_a_note_says_so(make_content: MakeContent, rows: pd.DataFrame) -> None:
    chat = rows[rows["segment"] == "chat"]
    crowd = pd.concat([rows[rows["segment"] == "all"], *(chat.assign(segment=f"agent {n}") for n in range(7))])
    sheet = opened(render(make_content(rows=crowd))).worksheets[CHARTS]
    assert {len(chart.series) for chart in sheet._charts} == {1, 2}
    assert sheet["A2"].value.startswith("With more than 6 segments")
    assert "Trends" in sheet["A2"].value


def drawn(book: Any) -> list[dict[str, Any]]:
    """Returns of each chart its axis and the numbers of its lines."""
    trends = book.worksheets[TRENDS]
    found = []
    for chart in book.worksheets[CHARTS]._charts:
        ranges = [series.val.numRef.f.replace("Trends!", "").replace("$", "") for series in chart.series]
        numbers = [number(cell) for each in ranges for cell in trends[each][0] if cell.value is not None]
        axis = chart.y_axis
        found.append(
            {
                "ranges": ranges,
                "numbers": numbers,
                "least": axis.scaling.min,
                "most": axis.scaling.max,
                "step": axis.majorUnit,
                "format": axis.numFmt.formatCode,
            }
        )
    return found


def test_axes_fit_the_numbers_of_their_charts(book: Any) -> None:
    for chart in drawn(book):
        least, most, low, high = chart["least"], chart["most"], min(chart["numbers"]), max(chart["numbers"])
        assert least <= low <= high <= most
        # The lines use most of the height.
        assert (high - low) / (most - least) > 0.5
        assert 3 <= (most - least) / chart["step"] <= 9
    shares, _, durations, *_ = drawn(book)
    assert (shares["format"], shares["most"]) == ("#,##0%", 0.9)
    assert durations["step"] * 86_400 in {600, 900, 1_800}


def test_a_chart_covers_the_periods_in_which_its_kpi_has_values(make_content: MakeContent, rows: pd.DataFrame) -> None:
    weeks = sorted(rows["period_start"].unique())
    is_late = rows["period_start"].isin(weeks[-3:])
    few = rows[(rows["kpi"] != "csat") | is_late]
    charts = drawn(opened(render(make_content(rows=few))))
    assert [each[0] for each in charts[0]["ranges"]] == ["L"] * 5
    assert [each[0] for each in charts[1]["ranges"]] == ["C"] * 5
    # A single period is a mark, because there is no line.
    alone = rows[(rows["kpi"] != "csat") | rows["period_start"].isin(weeks[-1:])]
    [first, *_] = opened(render(make_content(rows=alone))).worksheets[CHARTS]._charts
    assert {series.marker.symbol for series in first.series} == {"circle"}


def test_bounds_of_rules_are_lines_of_the_trends_and_of_the_chart(make_content: MakeContent) -> None:
    bounds = [
        Bound("csat", "critical", dict.fromkeys(WEEKS, 0.7)),
        Bound("first_response_time", "warn", dict.fromkeys(WEEKS, 10_800.0)),
        Bound("nps", "warn", {date(2019, 1, 7): 1.0}),
    ]
    book = opened(render(make_content(bounds=bounds)))
    names = names_of_lines(book)
    assert [lines[5:] for lines in names] == [["Critical"], [], ["Warning"], [], [], []]
    assert next(chart["least"] for chart in drawn(book)) <= 0.7
    trends = book.worksheets[TRENDS]
    [row] = [row for row in trends.iter_rows(min_row=3) if row[1].value == "Warning"]
    assert {number(cell) for cell in row[2:14]} == {0.125}
