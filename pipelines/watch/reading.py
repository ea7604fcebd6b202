"""One judged-or-not value of a KPI: a row of `fct_kpi` as the watch sees it."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from pipelines.kpis import Grain


class Series(NamedTuple):
    """What a rule follows through time: one segment of one KPI at one grain."""

    rule: str
    kpi: str
    grain: Grain
    segment_type: str
    segment: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A KPI's value in one period of one segment; units as in `Kpi`."""

    kpi: str
    grain: Grain
    period_start: date
    segment_type: str
    segment: str
    value: float | None
    numerator: float | None
    denominator: float | None
    sample_size: int | None
    ci_low: float | None
    ci_high: float | None
    is_complete: bool
    previous_value: float | None = None
    previous_year_value: float | None = None
    target: float | None = None
