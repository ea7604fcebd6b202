"""The sheet Charts: one line chart for each KPI, drawn from the lines of the trends."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.export.formats.xlsx.book import GREY, INK, PALE, Book, set_up_printing
from pipelines.export.formats.xlsx.series import SeriesKey, series_with_values
from pipelines.export.formats.xlsx.trends import FIRST_PERIOD_COLUMN, TrendLines
from pipelines.kpis import Kpi

_SEGMENT_COLOURS = ("#E07B39", "#5B8E7D", "#8E5B8A", "#C2A83E", "#4A90C2", "#A0522D")
# With more segments than colours, a chart shows the whole alone.
_MOST_SEGMENTS = len(_SEGMENT_COLOURS)
_ROWS_PER_CHART, _COLUMNS_PER_CHART = 17, 10


def draw_charts(book: Book, sheet: Any, lines: TrendLines) -> None:
    """Draws the charts, two in a row; a KPI without any value has none."""
    book.write_text(sheet, 0, 0, book.word("charts"), book.title)
    drawn = 0
    is_crowded = False
    series = series_with_values(book.rows)
    for kpi in book.content.kpis:
        of_kpi = series.get(kpi.name, ())
        whole = [key for key in of_kpi if key[1] == "all"]
        segments = [key for key in of_kpi if key[1] != "all"]
        if len(segments) > _MOST_SEGMENTS:
            is_crowded = True
            segments = []
        if not whole and not segments:
            continue
        chart = _chart(book, kpi, whole, segments, lines)
        sheet.insert_chart(3 + drawn // 2 * _ROWS_PER_CHART, drawn % 2 * _COLUMNS_PER_CHART, chart)
        drawn += 1
    if is_crowded:
        note = book.word("segments_not_drawn", most=_MOST_SEGMENTS, sheet=book.word("trends"))
        book.write_text(sheet, 1, 0, note, book.note)
    sheet.hide_gridlines(2)
    set_up_printing(sheet)


def _chart(book: Book, kpi: Kpi, whole: Sequence[SeriesKey], segments: Sequence[SeriesKey], lines: TrendLines) -> Any:
    trends = book.word("trends")
    chart = book.add_line_chart()

    def add_line(line: int, style: Mapping[str, object], marker: str | None = None) -> None:
        first, last = FIRST_PERIOD_COLUMN, lines.last_period_column
        chart.add_series(
            {
                "name": [trends, line, 1],
                "categories": [trends, 0, first, 0, last],
                "values": [trends, line, first, line, last],
                "line": dict(style),
                "marker": {"type": "circle", "size": 4, "fill": {"color": marker}, "border": {"color": marker}}
                if marker
                else {"type": "none"},
            }
        )

    for key in whole:
        add_line(lines.series[key], {"color": INK, "width": 2.5}, marker=INK)
    for key, colour in zip(segments, _SEGMENT_COLOURS, strict=False):
        add_line(lines.series[key], {"color": colour, "width": 1.25})
    if kpi.name in lines.targets:
        add_line(lines.targets[kpi.name], {"color": GREY, "width": 1.25, "dash_type": "dash"})
    # The title refers to the cell of the label: written out, a label that begins with = would be a formula.
    label = [trends, lines.series[[*whole, *segments][0]], 0]
    chart.set_title({"name": label, "name_font": {"size": 12, "bold": True, "color": INK}, "overlay": False})
    chart.set_x_axis({"num_format": book.period_format, "text_axis": True, "num_font": {"size": 8}})
    chart.set_y_axis(
        {
            "num_format": _axis_format(book, kpi),
            "major_gridlines": {"visible": True, "line": {"color": PALE}},
            "num_font": {"size": 8},
            "line": {"none": True},
        }
    )
    chart.set_legend({"position": "bottom", "font": {"size": 8}})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 620, "height": 320})
    return chart


def _axis_format(book: Book, kpi: Kpi) -> str:
    code = book.value_formats[kpi.name]
    # An axis is easier to read without cents.
    return re.sub(r"\.0+", "", code) if kpi.unit == "currency" else code
