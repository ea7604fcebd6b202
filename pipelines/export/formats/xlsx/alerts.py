"""The sheet Alerts: the alerts that are open when the file is written, critical ones first."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.export.formats.xlsx.book import BAD, Book, set_up_printing
from pipelines.export.formats.xlsx.number_formats import date_format
from pipelines.export.series import as_day, in_cell, last_day
from pipelines.kpis import Kpi

# The words of the headings, and the widths of their columns.
_HEADINGS = (
    ("severity", 12),
    ("kpi", 34),
    ("segment", 24),
    ("period", 13),
    ("period_end", 13),
    ("value", 14),
    ("threshold", 14),
    ("worst_value", 14),
    ("since", 13),
    ("acknowledged", 18),
    ("comment", 40),
    ("rule", 24),
    ("id", 16),
)
_WARN = "#7A5200"


def write_alerts(book: Book, sheet: Any) -> None:
    """Writes the sheet; without an open alert it says so."""
    for column, (key, width) in enumerate(_HEADINGS):
        book.write_text(sheet, 0, column, book.word(key), book.heading)
        sheet.set_column(column, column, width)
    alerts = sorted(
        book.content.alerts, key=lambda each: (each["severity"] != "critical", each["rule"], each["segment"])
    )
    for line, alert in enumerate(alerts, start=1):
        _write_alert(book, sheet, line, alert)
    if not alerts:
        book.write_text(sheet, 1, 0, book.word("no_open_alerts"), book.note)
    sheet.freeze_panes(1, 0)
    set_up_printing(sheet)


def _write_alert(book: Book, sheet: Any, line: int, alert: Mapping[str, Any]) -> None:
    company = book.content.company
    kpi = book.content.subject_of(alert)
    colour = BAD if alert["severity"] == "critical" else _WARN
    texts = {
        "kpi": kpi.label(company.language) if kpi else alert["kpi"],
        "segment": book.segment_label(alert["segment_type"], alert["segment"]),
        "comment": alert["comment"] or "",
        "rule": alert["rule"],
        "id": alert["alert_id"],
    }
    start = as_day(alert["period_start"])
    acknowledged = alert["acknowledged_at"]
    days = {
        "period": start,
        "period_end": last_day(alert["grain"], start),
        "since": as_day(alert["opened_period"]),
        "acknowledged": acknowledged and acknowledged.astimezone(ZoneInfo(company.timezone)).date(),
    }
    numbers = {"value": alert["value"], "threshold": alert["threshold"], "worst_value": alert["peak_value"]}
    dates = book.style(num_format=date_format(company.language), align="left")
    for column, (key, _) in enumerate(_HEADINGS):
        if key == "severity":
            style = book.style(bold=True, font_color=colour)
            book.write_text(sheet, line, column, book.word(f"severity_{alert['severity']}"), style)
        elif key in texts:
            book.write_text(sheet, line, column, texts[key])
        elif key in numbers and numbers[key] is None:
            continue
        elif key in numbers:
            _write_value(book, sheet, line, column, kpi, numbers[key])
        elif days[key] is not None:
            sheet.write_datetime(line, column, days[key], dates)


def _write_value(book: Book, sheet: Any, line: int, column: int, kpi: Kpi | None, value: float) -> None:
    """Writes a value in the unit of its KPI; as a plain number if the catalogue has the KPI no more."""
    if kpi is None:
        sheet.write_number(line, column, value)
        return
    number = in_cell(value, kpi)
    sheet.write_number(line, column, number, book.value_style(kpi, number))
