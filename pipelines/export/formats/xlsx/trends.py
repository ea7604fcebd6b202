"""The sheet Trends: the periods of each series side by side. Charts and sparklines draw its lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isnan, nan
from typing import Any

import pandas as pd

from pipelines.export.content import Bound
from pipelines.export.formats.xlsx.book import GREY, INK, Book, set_up_printing
from pipelines.export.formats.xlsx.number_formats import date_format
from pipelines.export.series import SeriesKey, by_kpi, in_cell, last_day, side_by_side
from pipelines.kpis import Kpi
from pipelines.watch.limit import Severity

FIRST_PERIOD_COLUMN = 2
# Above are the first and the last days of the periods.
FIRST_LINE = 2


@dataclass(slots=True)
class TrendLines:
    """Where things are on the sheet, counted from 0: the line of each series, those of a KPI's target and bounds, the
    periods.

    `values` has the numbers of each line by period, as cells hold them; what is missing is NaN.
    """

    periods: int
    series: dict[SeriesKey, int] = field(default_factory=dict)
    targets: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, list[tuple[Severity, int]]] = field(default_factory=dict)
    values: dict[int, Sequence[float]] = field(default_factory=dict)

    @property
    def last_period_column(self) -> int:
        """Returns the column of the latest period."""
        return FIRST_PERIOD_COLUMN + self.periods - 1

    def span(self, lines: Sequence[int]) -> tuple[int, int]:
        """Returns the first and the last column in which one of some lines, not all of them empty, has a number."""
        columns = [
            FIRST_PERIOD_COLUMN + place
            for line in lines
            for place, number in enumerate(self.values[line])
            if not isnan(number)
        ]
        return min(columns), max(columns)

    def numbers(self, lines: Sequence[int], first: int, last: int) -> list[float]:
        """Returns the numbers of some lines from column `first` to column `last`."""
        places = slice(first - FIRST_PERIOD_COLUMN, last - FIRST_PERIOD_COLUMN + 1)
        return [number for line in lines for number in self.values[line][places] if not isnan(number)]


def write_trends(book: Book, sheet: Any) -> TrendLines:
    """Writes the sheet and returns where its lines are."""
    content = book.content
    values = side_by_side(book.rows, "value")
    targets = side_by_side(book.rows[book.rows["segment_type"] == "all"], "target").dropna(how="all")
    targets = targets.reindex(columns=values.columns)
    values_by_kpi, targets_by_kpi = by_kpi(values), by_kpi(targets)
    lines = TrendLines(periods=len(values.columns))
    for column, key in enumerate(("kpi", "segment")):
        book.write_text(sheet, 0, column, book.word(key), book.heading)
    heading = book.style(bold=True, font_color="#FFFFFF", bg_color=INK, num_format=book.period_format)
    end = book.style(font_color=GREY, align="left", num_format=date_format(content.company.language))
    book.write_text(sheet, 1, 1, book.word("period_end"), book.style(font_color=GREY))
    for column, period in enumerate(pd.DatetimeIndex(values.columns).date, start=FIRST_PERIOD_COLUMN):
        sheet.write_datetime(0, column, period, heading)
        sheet.write_datetime(1, column, last_day(content.export.grain, period), end)
    line = FIRST_LINE
    for kpi in content.kpis:
        label = kpi.label(content.company.language)
        for (_, segment_type, segment), numbers in _lines_of(values_by_kpi.get(kpi.name)):
            lines.series[kpi.name, segment_type, segment] = line
            book.write_text(sheet, line, 0, label)
            book.write_text(sheet, line, 1, book.segment_label(segment_type, segment))
            lines.values[line] = numbers
            _write_line(book, sheet, line, kpi, numbers)
            line += 1
        for _, numbers in _lines_of(targets_by_kpi.get(kpi.name)):
            lines.targets[kpi.name] = line
            italic = {"italic": True, "font_color": GREY}
            book.write_text(sheet, line, 0, label, book.style(**italic))
            book.write_text(sheet, line, 1, book.word("target"), book.style(**italic))
            lines.values[line] = numbers
            _write_line(book, sheet, line, kpi, numbers, **italic)
            line += 1
        for bound in content.bounds:
            numbers = _thresholds(bound, kpi, pd.DatetimeIndex(values.columns).date)
            if bound.kpi != kpi.name or all(map(isnan, numbers)):
                continue
            italic = {"italic": True, "font_color": GREY}
            lines.bounds.setdefault(kpi.name, []).append((bound.severity, line))
            book.write_text(sheet, line, 0, label, book.style(**italic))
            book.write_text(sheet, line, 1, book.word(f"severity_{bound.severity}"), book.style(**italic))
            lines.values[line] = numbers
            _write_line(book, sheet, line, kpi, numbers, **italic)
            line += 1
    sheet.freeze_panes(FIRST_LINE, FIRST_PERIOD_COLUMN)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 24)
    sheet.set_column(FIRST_PERIOD_COLUMN, max(lines.last_period_column, FIRST_PERIOD_COLUMN), 12)
    set_up_printing(sheet)
    return lines


def _thresholds(bound: Bound, kpi: Kpi, periods: Iterable[date]) -> list[float]:
    """Returns the threshold of each period as a cell holds it; NaN where there is none."""
    return [in_cell(bound.thresholds.get(period, nan), kpi) for period in periods]


def _lines_of(table: pd.DataFrame | None) -> Iterator[tuple[SeriesKey, Sequence[float]]]:
    """Yields the key of each series of a KPI with its numbers by period."""
    if table is not None:
        yield from zip(table.index.tolist(), table.to_numpy().tolist(), strict=True)


def _write_line(book: Book, sheet: Any, line: int, kpi: Kpi, numbers: Sequence[float], **properties: object) -> None:
    for column, number in enumerate(numbers, start=FIRST_PERIOD_COLUMN):
        if not isnan(number):
            sheet.write_number(line, column, number, book.value_style(kpi, number, **properties))
