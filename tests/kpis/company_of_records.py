"""A company of the records that a test names, computed without dbt: from every version of a record to the KPIs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from pipelines.entities import ENTITIES
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.kpis.small_company import Row
from tests.kpis.small_warehouse import SmallWarehouse
from tests.transform.dbt_rendering import models, render

PARIS = ZoneInfo("Europe/Paris")
# What a row may have beside the columns of its entity, and what it has otherwise.
_VERSION: Row = {
    "source": "all",
    "_version_at": None,
    "_version_number": None,
    "_version_text": None,
    "_is_deleted": False,
    "_load_sequence": 1,
    "_file": "extract.csv",
    "_row": 1,
}
_VERSION_TYPES = {
    "source": "VARCHAR",
    "_version_at": "TIMESTAMPTZ",
    "_version_number": "DOUBLE",
    "_version_text": "VARCHAR",
    "_is_deleted": "BOOLEAN",
    "_load_sequence": "BIGINT",
    "_file": "VARCHAR",
    "_row": "BIGINT",
}


def local(year: int, month: int, day: int, *time: int) -> datetime:
    """Returns a moment of the company's clock, in Europe/Paris; of an hour that comes twice, its first time."""
    return datetime(year, month, day, *time, tzinfo=PARIS)


# Numerator and denominator: None for what has no value, no denominator for counts, sums and percentiles.
Parts = tuple[float, float | None] | None


def value_of(parts: Parts) -> float | None:
    """Returns the value of a KPI with these parts."""
    if parts is None:
        return None
    numerator, denominator = parts
    return numerator if denominator is None else numerator / denominator


@dataclass(frozen=True, slots=True)
class Published:
    """What a row of fct_kpi says."""

    value: float | None
    numerator: float | None
    denominator: float | None
    sample_size: int
    ci_low: float | None
    ci_high: float | None
    is_complete: bool
    previous_value: float | None
    previous_year_value: float | None


class CompanyOfRecords(SmallWarehouse):
    """The KPIs of some records.

    A row may name its `source`, and the columns of its version: `_is_deleted` for a tombstone, `_load_sequence` for a
    later load. A source delivers the columns that any of its rows names.
    """

    def __init__(
        self,
        records: Mapping[str, Sequence[Row]],
        as_of: datetime,
        *,
        timezone: str = "Europe/Paris",
        id_spaces: Mapping[str, str] | None = None,
        parameters: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._found: dict[tuple[Any, ...], Published] | None = None
        super().__init__("fct_kpi", rows={}, as_of=as_of, timezone=timezone)
        # A few rows are computed faster without the coordination of threads.
        self._run("SET threads = 1")
        sources = sorted({row.get("source", "all") for rows in records.values() for row in rows})
        self._run("DELETE FROM control.source")
        for source in sources:
            self._run("INSERT INTO control.source VALUES (?, ?)", [source, (id_spaces or {}).get(source, source)])
        for status in _excluded_statuses():
            self._run("INSERT INTO control.kpi_parameter VALUES ('revenue', 'excluded_statuses', ?)", [status])
        for (kpi, parameter), value in (parameters or {}).items():
            self._run("DELETE FROM control.kpi_parameter WHERE kpi = ? AND parameter = ?", [kpi, parameter])
            self._run("INSERT INTO control.kpi_parameter VALUES (?, ?, ?)", [kpi, parameter, value])
        self._load(records)

    @classmethod
    def computed(cls, records: Mapping[str, Sequence[Row]], as_of: datetime, **options: Any) -> Self:
        """Returns a company with its KPIs, in which every number is a number."""
        company = cls(records, as_of, **options)
        company.compute()
        return company

    def loaded(self, entity: str, *, until: datetime, newest_at: datetime) -> None:
        """Says until when an entity was loaded, and of when its newest record is; otherwise both are the present."""
        self._run("UPDATE control.coverage SET loaded_until = ? WHERE entity = ?", [until, entity])
        self._run(
            "UPDATE control.load SET loaded_until = ?, newest_at = ? WHERE entity = ?", [until, newest_at, entity]
        )

    def compute(self) -> None:
        """Computes every model, and checks what holds for all KPIs."""
        for entity in ENTITIES:
            self._run(f"CREATE OR REPLACE TABLE canonical__{entity} AS {_canonical(entity)}")
        self._compute()
        self._found = None
        assert self.unsound() == []

    def change_measures(self, assignment: str) -> None:
        """Changes the finished measures, as the assignment of an UPDATE does, and computes the KPIs from them."""
        self._found = None
        self._run(f"UPDATE int_measures SET {assignment}")
        for name in ("int_kpi_values", "int_kpi_empty_periods", "int_kpi_derived", "fct_kpi"):
            schema, sql = models()[name]["schema"], render(models()[name], "duckdb", "default")
            self._run(f"CREATE OR REPLACE TABLE {schema}.{name} AS {sql}")

    def published(
        self, kpi: str, grain: str, period_start: date, segment_type: str = "all", segment: str = "all"
    ) -> Published | None:
        """Returns a row of fct_kpi, None if there is none."""
        if self._found is None:
            rows = self._run(
                "SELECT kpi, grain, period_start, segment_type, segment, value, numerator, denominator, sample_size,"
                " ci_low, ci_high, is_complete, previous_value, previous_year_value FROM fct_kpi"
            )
            self._found = {row[:5]: Published(*row[5:]) for row in rows}
            assert len(rows) == len(self._found)
        return self._found.get((kpi, grain, period_start, segment_type, segment))

    def expect(
        self, kpi: str, grain: str, period_start: date, parts: Parts, segment_type: str = "all", segment: str = "all"
    ) -> None:
        """Checks that a KPI has these parts and their value; None: that it has no value."""
        row = self.published(kpi, grain, period_start, segment_type, segment)
        place = f"{kpi} {grain} {period_start} {segment_type} {segment}: {row}, not {parts}"
        if parts is None:
            assert row is None or row.value is None, place
        else:
            assert row is not None, place
            assert same(row.numerator, parts[0]), place
            assert same(row.denominator, parts[1]), place
            assert same(row.value, value_of(parts)), place

    def value(
        self, kpi: str, grain: str, period_start: date, segment_type: str = "all", segment: str = "all"
    ) -> float | None:
        """Returns the value of a KPI, None where it has none."""
        row = self.published(kpi, grain, period_start, segment_type, segment)
        return row.value if row else None

    def values(self, kpi: str, grain: str, segment_type: str = "all") -> dict[Any, float | None]:
        """Returns the values of a KPI by period, or by period and segment."""
        rows = self._run(
            "SELECT period_start, segment, value FROM fct_kpi WHERE kpi = ? AND grain = ? AND segment_type = ?"
            " ORDER BY ALL",
            [kpi, grain, segment_type],
        )
        return {day if segment_type == "all" else (day, segment): value for day, segment, value in rows}

    def unsound(self) -> list[tuple[Any, ...]]:
        """Returns the rows with what is no number, or with an interval that is none."""
        numbers = ("value", "numerator", "denominator", "ci_low", "ci_high", "previous_value", "previous_year_value")
        no_number = " OR ".join(f"isnan({name}) OR isinf({name})" for name in numbers)
        return self._run(
            f"SELECT kpi, grain, period_start, segment_type, segment, {', '.join(numbers)} FROM fct_kpi"
            f" WHERE {no_number} OR (ci_low IS NULL) != (ci_high IS NULL) OR ci_low >= ci_high"
            " OR ci_low > value OR ci_high < value"
        )

    def _load(self, records: Mapping[str, Sequence[Row]]) -> None:
        for name, entity in ENTITIES.items():
            types = {column.name: column.duckdb_type for column in entity.columns} | _VERSION_TYPES
            columns = ", ".join(f'"{each}" {type_}' for each, type_ in types.items())
            self._run(f"CREATE TABLE stg_files__{name} ({columns})")
            rows = records.get(name, ())
            if not rows:
                continue
            unknown = {key for row in rows for key in row} - types.keys()
            assert not unknown, f"{name} has no {unknown}"
            empty = dict.fromkeys(entity.column_names) | _VERSION
            self._fill(f"stg_files__{name}", [{**empty, **row} for row in rows])
            for source in sorted({row.get("source", "all") for row in rows}):
                of_source = [row for row in rows if row.get("source", "all") == source]
                mapped = {key for row in of_source for key in row} & set(entity.column_names)
                self._fill("control.coverage", [self._coverage(source, name)])
                self._fill("control.load", [self._load_of(source, name, len(of_source))])
                self._fill(
                    "control.mapped_column",
                    [{"source": source, "entity": name, "column_name": column} for column in sorted(mapped)],
                )

    def _coverage(self, source: str, entity: str) -> Row:
        return {"source": source, "entity": entity, "loaded_until": self._as_of, "archived_until": None}

    def _load_of(self, source: str, entity: str, rows: int) -> Row:
        return {
            "source": source,
            "entity": entity,
            "loaded_until": self._as_of,
            "rows": rows,
            "quarantined": 0,
            "newest_at": self._as_of,
        }


@cache
def _excluded_statuses() -> tuple[str, ...]:
    """The order statuses that are no sales unless the settings say otherwise."""
    declared = load_catalogue(project_folder() / "target")["revenue"].parameters
    [default] = [each.default for each in declared if each.name == "excluded_statuses"]
    assert isinstance(default, tuple)
    return default


@cache
def _canonical(entity: str) -> str:
    return render(models()[f"canonical__{entity}"], "duckdb", "default")


def same(found: float | None, expected: float | None) -> bool:
    """Whether two values are equal, but for the last digits of a sum."""
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
