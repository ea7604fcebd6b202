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
from pipelines.kpis.kpi import Direction, Kpi, NoDrivers, Unit
from pipelines.kpis.need import Input, Need
from pipelines.kpis.parameter import Parameter, ParameterType, ParameterValue

__all__ = [
    "GRAINS",
    "CatalogueError",
    "Direction",
    "Grain",
    "Input",
    "Kpi",
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
