"""The vocabulary of the domain: what a KPI is, its units and its periods, and the catalogue of all KPIs."""

from pipelines.kpis.errors import CatalogueError
from pipelines.kpis.grain import (
    GRAINS,
    Grain,
    next_period,
    period_end,
    period_of,
    previous_period,
    same_period_last_year,
)
from pipelines.kpis.kpi import Benchmark, Direction, Kpi, Level, NoDrivers, Unit
from pipelines.kpis.need import Input, Need
from pipelines.kpis.parameter import Parameter, ParameterType, ParameterValue

__all__ = [
    "GRAINS",
    "Benchmark",
    "CatalogueError",
    "Direction",
    "Grain",
    "Input",
    "Kpi",
    "Level",
    "Need",
    "NoDrivers",
    "Parameter",
    "ParameterType",
    "ParameterValue",
    "Unit",
    "next_period",
    "period_end",
    "period_of",
    "previous_period",
    "same_period_last_year",
]
