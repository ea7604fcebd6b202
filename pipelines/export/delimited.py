"""The flat table as CSV.

RFC 4180: commas, CRLF, quotes where needed; decimal points, ISO dates, empty for 'no value'. UTF-8 with a byte order
mark, without which Excel reads accents as ANSI; pandas (`utf-8-sig`), DuckDB and Power BI skip it. Numbers are in
full precision and in the KPI's own unit (fractions, seconds). Where Excel expects semicolons (French Windows), the
workbook is the better format.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date

from pipelines.export.rows import ExportRow
from pipelines.export.table import COLUMNS
from pipelines.kpis import Kpi

# What makes a spreadsheet take a cell for a formula, the full-width forms included (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant


def neutral(text: str) -> str:
    """`text` so that no spreadsheet runs it: with an apostrophe before what would begin a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def render(rows: Iterable[ExportRow], catalogue: Mapping[str, Kpi], language: str) -> bytes:
    """The file's bytes; the same for the same rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column.name for column in COLUMNS)
    for row in rows:
        kpi = catalogue[row.kpi]
        writer.writerow(_cell(column.read(row, kpi, language)) for column in COLUMNS)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
