"""KPI values and periods as text."""

from datetime import date, datetime

from pipelines.kpis import Grain, Kpi
from pipelines.kpis.formatting import format_value
from pipelines.settings import Company

NO_VALUE = "-"
MAX_TEXT_LENGTH = 1_000
STATUS_STYLES = {"good": "green", "warn": "yellow", "critical": "red", "none": "dim"}
SEVERITY_STYLES = {"warn": "yellow", "critical": "red"}


def write_value(kpi: Kpi | None, value: float | None, company: Company) -> str:
    """Returns a KPI's value with its unit in the company's language; as a plain number if the KPI is unknown."""
    if value is None:
        return NO_VALUE
    if kpi is None:
        return str(value)
    return format_value(value, kpi.unit, company.language, company.currency)


def write_period(start: date, grain: Grain) -> str:
    """Returns the short name of a period: 2026-01-05, 2026-W01, 2026-01, 2026-Q1 or 2026."""
    match grain:
        case "day":
            return f"{start:%Y-%m-%d}"
        case "week":
            year, week, _ = start.isocalendar()
            return f"{year}-W{week:02}"
        case "month":
            return f"{start:%Y-%m}"
        case "quarter":
            return f"{start.year}-Q{(start.month + 2) // 3}"
        case "year":
            return f"{start.year}"


def to_date(value: date | datetime) -> date:
    """Returns the day of a date or a timestamp."""
    return value.date() if isinstance(value, datetime) else value
