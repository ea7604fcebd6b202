"""What Excel can hold. An export with too many rows is an error; a text that is too long is cut, and a note says so."""

from pipelines.export.content import ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.series import series_of

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_TEXT = 32_767

# The lines that sheets need beside their rows: titles, headings and notes.
_OTHER_LINES = 5
# The columns that the trends need beside their periods.
_OTHER_COLUMNS = 3


def check_size(content: ExportContent) -> None:
    """Checks that the sheets can hold the rows and the periods of an export.

    Raises:
        ExportError: there are too many.
    """
    name = content.export.name
    # In the trends, each KPI has a line for each series, or one that says that there is none, and one for its target
    # and each of its bounds.
    trend_lines = len(series_of(content.rows)) + 2 * len(content.kpis) + len(content.bounds)
    lines = max(len(content.rows), trend_lines)
    if lines + _OTHER_LINES > MAX_ROWS:
        raise ExportError(
            f"export '{name}': {lines:,} rows are more than an Excel sheet holds ({MAX_ROWS:,}); "
            "export fewer periods, KPIs or dimensions, or choose format csv"
        )
    periods = content.rows["period_start"].nunique()
    if periods + _OTHER_COLUMNS > MAX_COLUMNS:
        raise ExportError(
            f"export '{name}': {periods:,} periods side by side are more than the columns of an Excel sheet "
            f"({MAX_COLUMNS:,}); export fewer periods, or choose format csv"
        )


def fitting(text: str) -> str:
    """Returns a text as a cell can hold it: one that is too long is cut, with an ellipsis at its end."""
    # Excel counts UTF-16 units; a character has at most two.
    if len(text) <= MAX_TEXT // 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * MAX_TEXT:
        return text
    # Half a character at the cut is none.
    return units[: 2 * (MAX_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
