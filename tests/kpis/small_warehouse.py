"""The KPI models computed from a part of the small company's rows, without dbt."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb

from pipelines.entities import ENTITIES
from pipelines.kpis import Input
from pipelines.kpis.rfm import Axis, bands
from pipelines.transform.project import project_folder
from tests.kpis.small_company import AS_OF, Row, records
from tests.transform.dbt_rendering import models, render


class SmallWarehouse:
    """The company in a DuckDB of its own, from which KPIs are computed again and again.

    `last_model` is computed with all that it reads; for `kpis_with_values` it has the columns of int_kpi_values. `rows`
    are the company's records, those of the small company by default; `as_of` is its present.
    """

    def __init__(
        self,
        last_model: str = "int_kpi_values",
        *,
        rows: Mapping[str, Sequence[Row]] | None = None,
        as_of: datetime = AS_OF,
        timezone: str = "UTC",
    ) -> None:
        self._last_model = last_model
        self._as_of = as_of
        self._connection = duckdb.connect()
        # The relations of semantic models are written with the name of the warehouse.
        self._run("ATTACH ':memory:' AS warehouse")
        self._run("USE warehouse")
        self._run(f"SET TimeZone = '{timezone}'")
        for schema in ("full_company", "control", "intermediate"):
            self._run(f"CREATE SCHEMA {schema}")
        self._run("SET search_path = 'warehouse.main,warehouse.intermediate'")
        self._control(timezone)
        rows = records() if rows is None else rows
        for name, entity in ENTITIES.items():
            columns = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in entity.columns)
            self._run(f'CREATE TABLE full_company."{name}" (source VARCHAR, {columns})')
            if name in rows:
                self._fill(f'full_company."{name}"', [{"source": "all", **row} for row in rows[name]])

    def kpis_with_values(self, provided: Collection[Input]) -> dict[str, float]:
        """Returns the KPIs that have values for a company of which only these inputs are provided.

        Args:
            provided: columns, and entities for their required columns.

        Returns:
            the sum of the numerators, without their signs, of each KPI that has a value as a whole in any month.
        """
        self.build(provided)
        found = self._run(
            f"SELECT kpi, sum(abs(numerator)) FROM {self._last_model}"
            " WHERE segment_type = 'all' AND grain = 'month' AND value IS NOT NULL GROUP BY kpi"
        )
        return {kpi: float(numerator) for kpi, numerator in found}

    def build(self, provided: Collection[Input]) -> None:
        """Computes the models for a company of which only these inputs are provided."""
        self._provide(provided)
        self._compute()

    def set_rfm_limits(self, limits: Mapping[Axis, Sequence[float]]) -> None:
        """Sets the limits of the segments by recency, frequency and monetary value; without any there are none."""
        self._run("DELETE FROM control.rfm_band")
        for band in bands(limits):
            self._run("INSERT INTO control.rfm_band VALUES (?, ?, ?, ?)", list(astuple(band)))

    def add(self, entity: str, row: Row) -> None:
        """Adds a row to the company's records."""
        columns = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in ENTITIES[entity].columns)
        self._run(f"CREATE TABLE added (source VARCHAR, {columns})")
        self._fill("added", [{"source": "all", **row}])
        self._run(f'INSERT INTO full_company."{entity}" SELECT * FROM added')
        self._run("DROP TABLE added")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Returns the result of a query on the tables that were computed last."""
        return self._run(query)

    def _compute(self) -> None:
        for name, (schema, sql) in _models_in_order(self._last_model).items():
            self._run(f"CREATE OR REPLACE TABLE {schema}.{name} AS {sql}")

    def _provide(self, provided: Collection[Input]) -> None:
        coverage, mapped, loads = [], [], []
        for name, entity in ENTITIES.items():
            is_filled = any(each.entity == name for each in provided)
            kept = [column.name for column in entity.columns if column.required or Input(name, column.name) in provided]
            selected = ", ".join(
                f'"{column.name}"' if column.name in kept else f'CAST(NULL AS {column.duckdb_type}) AS "{column.name}"'
                for column in entity.columns
            )
            self._run(
                f"CREATE OR REPLACE TABLE canonical__{name} AS"
                f' SELECT source, {selected} FROM full_company."{name}" WHERE {is_filled}'
            )
            if is_filled:
                coverage.append({"source": "all", "entity": name, "loaded_until": self._as_of, "archived_until": None})
                loads.append(
                    {
                        "source": "all",
                        "entity": name,
                        "loaded_until": self._as_of,
                        "rows": 1,
                        "quarantined": 1,
                        "newest_at": self._as_of - timedelta(hours=1),
                    }
                )
                mapped += [{"source": "all", "entity": name, "column_name": column} for column in kept]
        for table, rows in (("coverage", coverage), ("mapped_column", mapped), ("load", loads)):
            self._run(f"DELETE FROM control.{table}")
            self._fill(f"control.{table}", rows)

    def _fill(self, table: str, rows: Sequence[Row]) -> None:
        """Inserts rows that all have the same columns."""
        names = ", ".join(f'"{name}"' for name in rows[0])
        columns = [[row[name] for row in rows] for name in rows[0]]
        self._run(f"INSERT INTO {table} ({names}) SELECT {', '.join('unnest(?)' for _ in columns)}", columns)

    def _control(self, timezone: str) -> None:
        self._run(
            "CREATE TABLE control.run AS SELECT CAST(? AS TIMESTAMPTZ) AS as_of, CAST(? AS VARCHAR) AS timezone,"
            " 'EUR' AS currency, CAST(NULL AS VARCHAR) AS sector",
            [self._as_of, timezone],
        )
        self._run(
            "CREATE TABLE control.coverage (source VARCHAR, entity VARCHAR, loaded_until TIMESTAMPTZ,"
            " archived_until TIMESTAMPTZ)"
        )
        self._run("CREATE TABLE control.source AS SELECT 'all' AS source, 'all' AS id_space")
        self._run("CREATE TABLE control.ignored_email (pattern VARCHAR)")
        self._run("CREATE TABLE control.mapped_column (source VARCHAR, entity VARCHAR, column_name VARCHAR)")
        self._run("CREATE TABLE control.declared_delivery (source VARCHAR, column_name VARCHAR, is_delivered BOOLEAN)")
        self._run("CREATE TABLE control.kpi_parameter (kpi VARCHAR, parameter VARCHAR, value VARCHAR)")
        self._fill(
            "control.kpi_parameter",
            [
                {"kpi": kpi, "parameter": parameter, "value": value}
                for kpi, parameter, value in (
                    ("active_customers", "active_days", "90"),
                    ("clv", "minimum_lost", "1"),
                    ("clv", "longest_lifetime_years", "20"),
                    ("clv_discounted", "discount_rate", "0.1"),
                    ("churn_action_value", "at_risk_days", "30"),
                    ("churn_action_value", "save_rate", "0.1"),
                    ("churn_action_value", "action_cost", "1"),
                    ("attributed_revenue", "window", "1000000"),
                    ("attributed_revenue", "half_life", "1000000"),
                    ("attributed_revenue", "model", "last"),
                    ("campaign_uplift", "min_group", "1"),
                    ("revenue", "from", "auto"),
                )
            ],
        )
        self._run("CREATE TABLE control.rfm_band (axis VARCHAR, score INTEGER, lower_limit DOUBLE, upper_limit DOUBLE)")
        self._run("CREATE TABLE control.kpi_target (kpi VARCHAR, grain VARCHAR, valid_from DATE, target DOUBLE)")
        self._run(
            "CREATE TABLE control.load (source VARCHAR, stream VARCHAR, entity VARCHAR, loaded_at TIMESTAMPTZ,"
            " loaded_until TIMESTAMPTZ, rows BIGINT, duplicates BIGINT, quarantined BIGINT, deleted BIGINT,"
            " filtered BIGINT, newest_at TIMESTAMPTZ, delivery VARCHAR, is_counted BOOLEAN)"
        )
        # It is always open.
        self._run("CREATE TABLE control.team_calendar AS SELECT CAST(NULL AS VARCHAR) AS team, 0 AS calendar_number")
        self._run(
            "CREATE TABLE control.business_hours AS SELECT 0 AS calendar_number, TIMESTAMPTZ '2011-01-01 00:00:00+00'"
            " AS opens_at, TIMESTAMPTZ '2040-01-01 00:00:00+00' AS closes_at, CAST(0 AS BIGINT) AS seconds_before"
        )
        benchmarks = project_folder() / "seeds/kpi_benchmark.csv"
        self._run(f"CREATE TABLE kpi_benchmark AS SELECT * FROM read_csv('{benchmarks}')")

    def _run(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, parameters).fetchall()


@cache
def _models_in_order(last: str) -> Mapping[str, tuple[str, str]]:
    """The models between the canonical ones and the last, each after those that it reads: schema and SQL."""
    all_models = models()
    by_id = {model["unique_id"]: model for model in all_models.values()}
    ordered: dict[str, tuple[str, str]] = {}

    def add(name: str) -> None:
        for parent in all_models[name]["depends_on"]["nodes"]:
            if parent in by_id and by_id[parent]["fqn"][1] not in ("staging", "canonical"):
                add(by_id[parent]["name"])
        if name not in ordered:
            ordered[name] = (all_models[name]["schema"], render(all_models[name], "duckdb", "default"))

    add(last)
    return ordered
