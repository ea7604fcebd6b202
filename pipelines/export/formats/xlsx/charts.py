"""The sheet Charts: one line chart for each KPI, drawn from the lines of the trends."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from pipelines.charts.axis import fitting_axis
from pipelines.export.formats.xlsx.book import BAD, GREY, INK, PALE, Book, set_up_printing
from pipelines.export.formats.xlsx.number_formats import value_format
from pipelines.export.formats.xlsx.trends import TrendLines
from pipelines.export.series import SeriesKey, from_cell, in_cell, series_with_values
from pipelines.kpis import Kpi

_SEGMENT_COLOURS = ("#E07B39", "#5B8E7D", "#8E5B8A", "#C2A83E", "#4A90C2", "#A0522D")
_BOUND_COLOURS = {"warn": "#B86E00", "critical": BAD}
# With more segments than colours, a chart shows the whole alone.
_MOST_SEGMENTS = len(_SEGMENT_COLOURS)
_ROWS_PER_CHART, _COLUMNS_PER_CHART = 17, 10
# More names of periods than that would overlap.
_MOST_LABELS = 12


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
    drawn = [lines.series[key] for key in (*whole, *segments)]
    first, last = lines.span(drawn)
    is_point = first == last

    def add_line(line: int, style: Mapping[str, object], marker: str, size: int) -> None:
        chart.add_series(
            {
                "name": [trends, line, 1],
                "categories": [trends, 0, first, 0, last],
                "values": [trends, line, first, line, last],
                "line": dict(style),
                "marker": {"type": "circle", "size": size, "fill": {"color": marker}, "border": {"color": marker}},
            }
        )

    for key in whole:
        add_line(lines.series[key], {"color": INK, "width": 2.5}, marker=INK, size=5)
    for key, colour in zip(segments, _SEGMENT_COLOURS, strict=False):
        # Without markers, a value between two gaps would not be seen.
        add_line(lines.series[key], {"color": colour, "width": 1.25}, marker=colour, size=3)
    if kpi.name in lines.targets:
        target = lines.targets[kpi.name]
        drawn.append(target)
        add_line(target, {"color": GREY, "width": 1.25, "dash_type": "dash"}, marker=GREY, size=5 if is_point else 2)
    for severity, line in lines.bounds.get(kpi.name, ()):
        drawn.append(line)
        colour = _BOUND_COLOURS[severity]
        add_line(line, {"color": colour, "width": 1}, marker=colour, size=5 if is_point else 2)
    # The title refers to the cell of the label: written out, a label that begins with = would be a formula.
    label = [trends, lines.series[[*whole, *segments][0]], 0]
    chart.set_title({"name": label, "name_font": {"size": 12, "bold": True, "color": INK}, "overlay": False})
    chart.set_x_axis(
        {
            "num_format": book.period_format,
            "text_axis": True,
            "num_font": {"size": 8},
            "interval_unit": ceil((last - first + 1) / _MOST_LABELS),
        }
    )
    axis = fitting_axis(kpi.shown_unit, [from_cell(number, kpi) for number in lines.numbers(drawn, first, last)])
    chart.set_y_axis(
        {
            "min": in_cell(axis.least, kpi),
            "max": in_cell(axis.most, kpi),
            "major_unit": in_cell(axis.step, kpi),
            "num_format": value_format(kpi.shown_unit, axis.marks, book.content.company),
            "major_gridlines": {"visible": True, "line": {"color": PALE}},
            "num_font": {"size": 8},
            "line": {"none": True},
        }
    )
    chart.set_legend({"position": "bottom", "font": {"size": 8}})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 620, "height": 320})
    return chart
