"""The vocabulary of the domain: what a KPI is, its units and its periods, and the catalogue of all KPIs."""

from pipelines.kpis.grain import GRAINS, Grain, next_period, period_end, previous_period, same_period_last_year
from pipelines.kpis.kpi import Direction, Kpi, Unit

__all__ = [
    "GRAINS",
    "Direction",
    "Grain",
    "Kpi",
    "Unit",
    "next_period",
    "period_end",
    "previous_period",
    "same_period_last_year",
]
