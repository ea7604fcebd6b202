"""Puts the sheets of the workbook together."""

from pipelines.export.content import ExportContent
from pipelines.export.formats.xlsx.alerts import write_alerts
from pipelines.export.formats.xlsx.book import Book
from pipelines.export.formats.xlsx.charts import draw_charts
from pipelines.export.formats.xlsx.data import write_data
from pipelines.export.formats.xlsx.definitions import write_definitions
from pipelines.export.formats.xlsx.limits import check_size
from pipelines.export.formats.xlsx.scorecard import write_scorecard
from pipelines.export.formats.xlsx.trends import write_trends

# In the order in which they are in the file.
_SHEETS = ("scorecard", "alerts", "charts", "trends", "data", "definitions")


def render(content: ExportContent) -> bytes:
    """Returns the bytes of the workbook; the same content gives the same bytes.

    Raises:
        ExportError: a sheet or a cell cannot hold its content.
    """
    check_size(content)
    book = Book(content)
    sheets = {name: book.add_sheet(name) for name in _SHEETS}
    lines = write_trends(book, sheets["trends"])
    write_scorecard(book, sheets["scorecard"], lines)
    write_alerts(book, sheets["alerts"])
    draw_charts(book, sheets["charts"], lines)
    write_data(book, sheets["data"])
    write_definitions(book, sheets["definitions"])
    return book.finish()
