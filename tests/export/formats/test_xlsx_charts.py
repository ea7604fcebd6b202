"""The charts of the workbook."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from export_samples import KPIS
from workbook_reading import CHARTS, TRENDS, opened

from pipelines.export.content import ExportContent
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
