"""Values and periods as the command line writes them."""

from datetime import date, datetime

from pipelines.kpis import Grain, Kpi
from pipelines.kpis.formatting import format_value
from pipelines.settings import Company

NOTHING = "-"
LONGEST_TEXT = 1_000
STATUS_STYLES = {"good": "green", "warn": "yellow", "critical": "red", "none": "dim"}
SEVERITY_STYLES = {"warn": "yellow", "critical": "red"}


def written(kpi: Kpi, value: float | None, company: Company) -> str:
    """Returns a KPI's value in its unit and the company's language."""
    if value is None:
        return NOTHING
    return format_value(value, kpi.unit, company.language, company.currency)


def short_period(start: date, grain: Grain) -> str:
    """Returns a period as short as it can be written: 2026-W01, 2026-01, 2026-Q1."""
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


def as_date(value: date | datetime) -> date:
    """Returns the day of a date or a moment."""
    return value.date() if isinstance(value, datetime) else value
