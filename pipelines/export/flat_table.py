"""The flat table that every format holds: one row for each value, under stable column names."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

import pandas as pd

from pipelines.kpis import Kpi, Unit

ColumnType = Literal["text", "date", "number", "integer"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the flat table; where a KPI's unit is in `units`, its numbers are in that unit."""

    name: str
    type: ColumnType
    units: frozenset[Unit] = frozenset()


_EVERY_UNIT: frozenset[Unit] = frozenset(get_args(Unit))
# The numerator of a mean duration or amount is a duration or an amount; that of a share or a score is a count.
_SUMMED_UNITS: frozenset[Unit] = frozenset({"seconds", "currency"})


COLUMNS: tuple[Column, ...] = (
    Column("kpi", "text"),
    Column("label", "text"),
    Column("unit", "text"),
    Column("grain", "text"),
    Column("period_start", "date"),
    Column("segment_type", "text"),
    Column("segment", "text"),
    Column("value", "number", _EVERY_UNIT),
    Column("numerator", "number", _SUMMED_UNITS),
    Column("denominator", "number"),
    Column("sample_size", "integer"),
    Column("ci_low", "number", _EVERY_UNIT),
    Column("ci_high", "number", _EVERY_UNIT),
    Column("previous_value", "number", _EVERY_UNIT),
    Column("previous_year_value", "number", _EVERY_UNIT),
    Column("target", "number", _EVERY_UNIT),
    Column("status", "text"),
)
"""The columns have the names of `fct_kpi` in every language, because programs read them. `computed_at` is omitted, so
that the same numbers give the same file."""


def flat_table(rows: pd.DataFrame, catalogue: Mapping[str, Kpi], language: str) -> pd.DataFrame:
    """Returns the rows of an export with the columns of `COLUMNS`: the KPI's label and unit are added."""
    names = rows["kpi"].unique()
    labels = {name: catalogue[name].label(language) for name in names}
    units: dict[str, str] = {name: catalogue[name].unit for name in names}
    table = rows.assign(label=rows["kpi"].map(labels).astype("str"), unit=rows["kpi"].map(units).astype("str"))
    return table[[column.name for column in COLUMNS]]


def definition_version(kpis: Iterable[str], catalogue: Mapping[str, Kpi]) -> str:
    """Returns a fingerprint of the definitions of `kpis`, which changes when one of them changes."""
    definitions = [{field.name: getattr(catalogue[name], field.name) for field in fields(Kpi)} for name in sorted(kpis)]
    text = json.dumps(definitions, sort_keys=True, ensure_ascii=False, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
