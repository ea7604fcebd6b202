"""The sheet Data: the flat table with typed cells."""

from datetime import date
from typing import Any

import pandas as pd

from pipelines.export.flat_table import COLUMNS, Column, flat_table
from pipelines.export.formats.xlsx.book import Book, set_up_printing
from pipelines.export.series import in_unit_of_cells, last_day
from pipelines.kpis import Kpi

_WIDTHS = {"label": 34, "segment": 24, "kpi": 28, "segment_type": 18}
_LEAST_WIDTH = 14
# The last day of each period is beside its first one: a reader need not compute it.
_SHEET_COLUMNS = tuple(
    each
    for column in COLUMNS
    for each in ([column, Column("period_end", "date")] if column.name == "period_start" else [column])
)


def write_data(book: Book, sheet: Any) -> None:
    """Writes the sheet; the cell of a missing value is empty."""
    for position, column in enumerate(_SHEET_COLUMNS):
        book.write_text(sheet, 0, position, column.name, book.heading)
        sheet.set_column(position, position, _WIDTHS.get(column.name, max(_LEAST_WIDTH, len(column.name) + 4)))
    dates = book.style(num_format="yyyy-mm-dd", align="left")
    for line, cells in enumerate(_cells(book).itertuples(index=False, name=None), start=1):
        kpi = book.content.catalogue[cells[0]]
        for position, (column, value) in enumerate(zip(_SHEET_COLUMNS, cells, strict=True)):
            if isinstance(value, str):
                book.write_text(sheet, line, position, value)
            elif isinstance(value, date):
                sheet.write_datetime(line, position, value, dates)
            elif value is not None:
                sheet.write_number(line, position, value, _number_style(book, kpi, column, value))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(book.content.rows), len(_SHEET_COLUMNS) - 1)
    set_up_printing(sheet)


def _cells(book: Book) -> pd.DataFrame:
    """Returns the flat table as cells hold it: dates, durations in days, and None where a value is missing."""
    content = book.content
    table = flat_table(content.rows, content.catalogue, content.company.language)
    for column in COLUMNS:
        if "seconds" in column.units:
            table[column.name] = in_unit_of_cells(table[column.name], table["unit"])
    starts = table["period_start"].dt.date
    ends = [last_day(content.export.grain, start) for start in starts]
    table = table.assign(period_start=starts, period_end=ends)[[column.name for column in _SHEET_COLUMNS]]
    return table.astype(object).where(table.notna(), None)


def _number_style(book: Book, kpi: Kpi, column: Column, number: float) -> Any:
    # As the unit in the row says: programs read this sheet, too, and a difference of shares is no percentage.
    if kpi.unit in column.units and kpi.shown_unit != "points":
        return book.value_style(kpi, number)
    return book.style(num_format="#,##0" if column.type == "integer" else "General")
