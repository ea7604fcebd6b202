"""The flat table as CSV.

RFC 4180: commas, CRLF, quotes where they are needed; decimal points, ISO dates, an empty cell where there is no value.
UTF-8 with a byte order mark, without which Excel reads accents in the system's own encoding; pandas (`utf-8-sig`),
DuckDB and Power BI skip it. Numbers are in full precision and in the KPI's own unit (fractions, seconds). Where Excel
expects semicolons and decimal commas (a French Windows), the export sets `delimiter` and `decimal`.
"""

from pipelines.export.content import ExportContent
from pipelines.export.flat_table import COLUMNS, flat_table

# With these characters a spreadsheet begins a formula, full-width forms included (OWASP, CSV injection).
MEDIA_TYPE = "text/csv"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant


def render(content: ExportContent) -> bytes:
    """Returns the bytes of the file; the same content gives the same bytes."""
    table = flat_table(content.rows, content.catalogue, content.company.language)
    texts = [column.name for column in COLUMNS if column.type == "text"]
    table = table.assign(**{name: table[name].map(neutralize, na_action="ignore") for name in texts})
    text = table.to_csv(
        index=False,
        sep=content.export.delimiter,
        decimal=content.export.decimal,
        lineterminator="\r\n",
        date_format="%Y-%m-%d",
    )
    return text.encode("utf-8-sig")


def neutralize(text: str) -> str:
    """Returns `text` with an apostrophe before what would begin a formula, so that no spreadsheet runs it."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
