"""The flat table that every format holds: its columns, their names and types."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, Protocol, get_args

from pipelines.export.rows import ExportRow
from pipelines.kpis import Kpi, Unit


class Company(Protocol):
    """What a file needs to know of the company."""

    @property
    def name(self) -> str:
        """As it calls itself."""
        ...

    @property
    def timezone(self) -> str:
        """An IANA name, such as Europe/Paris."""
        ...

    @property
    def currency(self) -> str:
        """An ISO 4217 code, such as EUR."""
        ...

    @property
    def language(self) -> str:
        """The readers' language: en or fr."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the flat table. Its numbers are in the unit of the row's KPI if that is one of `measures`."""

    name: str
    type: Literal["text", "date", "number", "integer"]
    read: Callable[[ExportRow, Kpi, str], object]
    measures: frozenset[Unit] = frozenset()


def _plain(
    name: str, type_: Literal["text", "date", "number", "integer"], measures: frozenset[Unit] = frozenset()
) -> Column:
    return Column(name, type_, lambda row, _kpi, _language: getattr(row, name), measures)


_EVERY: frozenset[Unit] = frozenset(get_args(Unit))
# What is summed up to a mean duration or amount is one itself; to a share or a score, a number of things.
_SUMMED: frozenset[Unit] = frozenset({"seconds", "currency"})


COLUMNS: tuple[Column, ...] = (
    _plain("kpi", "text"),
    Column("label", "text", lambda _row, kpi, language: kpi.label(language)),
    Column("unit", "text", lambda _row, kpi, _language: kpi.unit),
    _plain("grain", "text"),
    _plain("period_start", "date"),
    _plain("segment_type", "text"),
    _plain("segment", "text"),
    _plain("value", "number", _EVERY),
    _plain("numerator", "number", _SUMMED),
    _plain("denominator", "number"),
    _plain("sample_size", "integer"),
    _plain("ci_low", "number", _EVERY),
    _plain("ci_high", "number", _EVERY),
    _plain("previous_value", "number", _EVERY),
    _plain("previous_year_value", "number", _EVERY),
    _plain("target", "number", _EVERY),
    _plain("status", "text"),
)
"""Named as in `fct_kpi`, in every language: programs read them. `computed_at` is left out, so that the same numbers
make the same file."""


def definition_version(kpis: Iterable[str], catalogue: Mapping[str, Kpi]) -> str:
    """A fingerprint of the definitions of `kpis`: it changes when any of them does."""
    definitions = [{field.name: getattr(catalogue[name], field.name) for field in fields(Kpi)} for name in sorted(kpis)]
    text = json.dumps(definitions, sort_keys=True, ensure_ascii=False, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
