"""KPI values and periods as text."""

from datetime import date, datetime

from pipelines.cli.render.words import word
from pipelines.kpis import Grain, Kpi
from pipelines.kpis.dimensions import dimension_label, unknown_label
from pipelines.kpis.formatting import Language, ValueFormat, format_value, says_nothing
from pipelines.notify.sanitize import readable
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
    return format_value(value, kpi.shown_unit, company.language, company.currency)


def write_value_and_threshold(
    kpi: Kpi | None, value: float | None, threshold: float | None, company: Company
) -> tuple[str, str]:
    """Returns a value and the threshold that it breached as messages write them: as different as they are.

    Of missing data, both are a dash.
    """
    if value is None or threshold is None:
        return NO_VALUE, NO_VALUE
    if kpi is None:
        return str(value), str(threshold)
    numbers = ValueFormat.beside_threshold(
        kpi.shown_unit, company.language, company.currency, value=value, threshold=threshold
    )
    return numbers.format(value), numbers.format_threshold(threshold)


def write_interval(kpi: Kpi, low: float | None, high: float | None, company: Company) -> str:
    """Returns an interval in words, or that there are too few records for one; nothing where there is none."""
    if low is None or high is None:
        return ""
    if says_nothing(kpi.shown_unit, low, high):
        return word("too_few", company.language)
    ends = {"low": write_value(kpi, low, company), "high": write_value(kpi, high, company)}
    return word("range", company.language, **ends)


def segment_text(segment_type: str, segment: str, language: Language) -> str:
    """Returns a segment with the name of its dimension: `channel chat`, `canal chat`, `équipe inconnue`."""
    if segment == "unknown":
        return unknown_label(segment_type, language)
    return f"{dimension_label(segment_type, language)} {readable(segment)}"


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
