"""A company with a few rows of every entity that KPIs need, and the KPI models computed from a part of it, without dbt."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import duckdb

from pipelines.entities import ENTITIES
from pipelines.kpis import Input
from pipelines.kpis.rfm import Axis, bands
from pipelines.transform.project import project_folder
from tests.transform.dbt_rendering import models, render

AS_OF = datetime(2025, 9, 15, 5, 0, tzinfo=UTC)
_FIRST = datetime(2025, 1, 10, 9, 0, tzinfo=UTC)
_VALUES = "int_kpi_values"
_MONTHS = 8

Row = Mapping[str, Any]


def month(number: int, **later: float) -> datetime:
    """Returns a moment in a month since the first one, `later` as of `timedelta`."""
    return _FIRST.replace(year=_FIRST.year + number // 12, month=number % 12 + 1) + timedelta(**later)


def records() -> dict[str, list[Row]]:
    """Returns the rows of each entity."""
    return {
        "customer": list(_customers()),
        "order": list(_orders()),
        "order_line": [
            {"order_id": order["order_id"], "line_number": line, "category": category}
            for order in _orders()
            for line, category in enumerate(("lamps", "shades"))
        ],
        "spend": [
            {"date": month(each).date(), "category": "marketing", "channel": "ads", "amount": "90.00"}
            for each in range(_MONTHS)
        ],
        "deal": list(_deals()),
        "lead": list(_leads()),
        "ticket": list(_tickets()),
        "interaction": list(_interactions()),
        "call": list(_calls()),
        "survey_response": list(_answers()),
        "email_send": list(_sends()),
        "email_event": list(_events()),
        "campaign_stat": list(_totals()),
        "exposure": list(_exposures()),
        "touchpoint": list(_touchpoints()),
        "campaign": [
            {"campaign_id": "k", "cost": "80.00", "started_at": month(1), "ended_at": month(_MONTHS - 1, days=5)}
        ],
        "ad_stat": [{"date": month(each).date(), "campaign_id": "k", "cost": "10.00"} for each in range(_MONTHS)],
        "spend": [
            {"date": month(each).date(), "category": "marketing", "campaign_id": "k", "amount": "10.00"}
            for each in range(_MONTHS)
        ],
        "web_stat": [
            {"date": month(each).date(), "channel": "ads", "visitors": 100, "conversions": 5.0}
            for each in range(_MONTHS)
        ],
    }


def _customers() -> Iterator[Row]:
    for number in range(6):
        yield {
            "customer_id": f"c{number}",
            "email": f"c{number}@example.com",
            "created_at": month(number),
            "became_customer_at": month(number, days=1),
            "churned_at": month(number + 2) if number % 2 else None,
            "referred_by": f"c{number - 1}" if number else None,
        }
    yield {
        "customer_id": "c5-again", "email": "C5@example.com", "created_at": month(5), "became_customer_at": None,
        "churned_at": None, "referred_by": None,
    }  # fmt: skip


def _orders() -> Iterator[Row]:
    # The first customer buys once and is lost; two others buy twice in every other month.
    for number in range(_MONTHS):
        for part in range(2 if number else 1):
            yield {
                "order_id": f"o{number}-{part}",
                "customer_id": f"c{0 if number == 0 else 1 + number % 2}",
                "ordered_at": month(number, days=part + 2),
                # Each purchase is larger than those before.
                "amount": f"{50 + number}.00",
            }


def _deals() -> Iterator[Row]:
    for number in range(_MONTHS):
        for part in range(3):
            yield {
                "deal_id": f"d{number}-{part}",
                "created_at": month(number),
                "customer_id": f"c{0 if number == 0 else 1 + number % 2}",
                "closed_at": month(number, days=part + 3),
                "is_won": part < 2,
                "amount": f"{500 + number}.00",
            }


def _leads() -> Iterator[Row]:
    for number in range(6):
        yield {
            "lead_id": f"l{number}",
            "created_at": month(number, hours=-5),
            "email": f"c{number}@example.com",
            "customer_id": f"c{number}",
            "converted_at": month(number, days=1),
        }


def _tickets() -> Iterator[Row]:
    for number in range(_MONTHS):
        for part in range(3):
            created = month(number, days=part)
            is_open = part == 2
            yield {
                "ticket_id": f"t{number}-{part}",
                "created_at": created,
                "channel": ("email", "phone")[part % 2],
                "first_response_at": created + timedelta(hours=1),
                "resolved_at": None if is_open else created + timedelta(days=1),
                "closed_at": None if is_open else created + timedelta(days=2),
                "reopen_count": part,
                "agent_reply_count": 1,
                "interaction_count": 2,
                "is_automated": part == 0,
                "sla_met": part == 0,
            }


def _interactions() -> Iterator[Row]:
    for number in range(_MONTHS):
        for part in range(3):
            # Of each month, one ticket is answered by an agent, one by a bot, one not at all.
            for author in ("customer", ("agent", "bot", "customer")[part]):
                yield {
                    "interaction_id": f"i{number}-{part}-{author}",
                    "occurred_at": month(number, days=part, hours=2 if author == "customer" else 3),
                    "ticket_id": f"t{number}-{part}",
                    "channel": ("chat", "email")[part % 2],
                    "author": author,
                }


def _calls() -> Iterator[Row]:
    for number in range(_MONTHS):
        for part in range(2):
            yield {
                "call_id": f"k{number}-{part}",
                "started_at": month(number, hours=part),
                "direction": "inbound",
                "answered_at": month(number, hours=part, minutes=1) if part else None,
                "ended_at": month(number, hours=part, minutes=5),
                "is_abandoned": not part,
            }


def _answers() -> Iterator[Row]:
    for number in range(_MONTHS):
        for kind, score in (("csat", 5.0), ("nps", 10.0), ("ces", 6.0)):
            yield {
                "response_id": f"r{number}-{kind}",
                "kind": kind,
                "answered_at": month(number),
                "score": score,
                "scale_min": 0.0 if kind != "csat" else 1.0,
                "scale_max": {"csat": 5.0, "nps": 10.0, "ces": 7.0}[kind],
            }


def _sends() -> Iterator[Row]:
    for number in range(_MONTHS):
        for part in range(2):
            sent = month(number, hours=part)
            arrives = part == 0
            yield {
                "send_id": f"s{number}-{part}",
                "campaign_id": f"m{number}",
                "email": f"r{part}@example.com",
                "sent_at": sent,
                "delivered_at": sent if arrives else None,
                "bounced_at": None if arrives else sent,
                "first_opened_at": sent + timedelta(hours=1) if arrives else None,
                "first_clicked_at": sent + timedelta(hours=2) if arrives else None,
                "unsubscribed_at": sent + timedelta(hours=3) if arrives else None,
                "complained_at": sent + timedelta(hours=3) if arrives else None,
            }


def _events() -> Iterator[Row]:
    for number in range(_MONTHS):
        for part, events in enumerate(
            (("sent", "delivered", "open", "click", "unsubscribe", "complaint"), ("sent", "bounce"))
        ):
            for hour, event in enumerate(events):
                yield {
                    "event_id": f"e{number}-{part}-{event}",
                    "campaign_id": f"m{number}",
                    "email": f"r{part}@example.com",
                    "event": event,
                    "occurred_at": month(number, hours=part, minutes=hour),
                    "is_machine": False,
                }


def _totals() -> Iterator[Row]:
    for number in range(_MONTHS):
        yield {
            "campaign_id": f"t{number}",
            "sent_at": month(number),
            "sent": 100,
            "delivered": 98,
            "bounced": 2,
            "opened": 40,
            "clicked": 10,
            "unsubscribed": 1,
            "complained": 1,
        }


def _exposures() -> Iterator[Row]:
    for number in range(_MONTHS):
        for part, arm in enumerate(("mail", "mail", "control")):
            yield {
                "campaign_id": f"x{number}",
                "customer_id": f"c{part}",
                "arm": arm,
                "exposed_at": month(number),
                "converted_at": month(number, days=1) if part == 1 else None,
            }


def _touchpoints() -> Iterator[Row]:
    # One before each month's sales: orders and deals have the same customers.
    for number in range(_MONTHS):
        customer = 0 if number == 0 else 1 + number % 2
        yield {
            "touchpoint_id": f"p{number}",
            "customer_id": f"c{customer}",
            "lead_id": f"l{customer}",
            "channel": "search",
            "campaign_id": "k",
            "occurred_at": month(number, days=1),
        }


class SmallCompany:
    """The company in a DuckDB of its own, from which KPIs are computed again and again."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        # The relations of semantic models are written with the name of the warehouse.
        self._run("ATTACH ':memory:' AS warehouse")
        self._run("USE warehouse")
        self._run("SET TimeZone = 'UTC'")
        for schema in ("full_company", "control", "intermediate"):
            self._run(f"CREATE SCHEMA {schema}")
        self._run("SET search_path = 'warehouse.main,warehouse.intermediate'")
        self._control()
        rows = records()
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
        self._provide(provided)
        for name, (schema, sql) in _models_in_order().items():
            self._run(f"CREATE OR REPLACE TABLE {schema}.{name} AS {sql}")
        found = self._run(
            f"SELECT kpi, sum(abs(numerator)) FROM {_VALUES}"
            " WHERE segment_type = 'all' AND grain = 'month' AND value IS NOT NULL GROUP BY kpi"
        )
        return {kpi: float(numerator) for kpi, numerator in found}

    def set_rfm_limits(self, limits: Mapping[Axis, Sequence[float]]) -> None:
        """Sets the limits of the segments by recency, frequency and monetary value; without any there are none."""
        self._run("DELETE FROM control.rfm_band")
        for band in bands(limits):
            self._run("INSERT INTO control.rfm_band VALUES (?, ?, ?, ?)", list(astuple(band)))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Returns the result of a query on the tables that were computed last."""
        return self._run(query)

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
                coverage.append({"source": "all", "entity": name, "loaded_until": AS_OF, "archived_until": None})
                loads.append(
                    {
                        "source": "all",
                        "entity": name,
                        "loaded_until": AS_OF,
                        "rows": 1,
                        "quarantined": 1,
                        "newest_at": AS_OF - timedelta(hours=1),
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

    def _control(self) -> None:
        self._run(
            "CREATE TABLE control.run AS SELECT CAST(? AS TIMESTAMPTZ) AS as_of, 'UTC' AS timezone, 'EUR' AS currency,"
            " CAST(NULL AS VARCHAR) AS sector",
            [AS_OF],
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
            " filtered BIGINT, newest_at TIMESTAMPTZ)"
        )
        # It is always open.
        self._run("CREATE TABLE control.team_calendar AS SELECT CAST(NULL AS VARCHAR) AS team, 0 AS calendar_number")
        self._run(
            "CREATE TABLE control.business_hours AS SELECT 0 AS calendar_number, TIMESTAMPTZ '2011-01-01 00:00:00+00'"
            " AS opens_at, TIMESTAMPTZ '2027-01-01 00:00:00+00' AS closes_at, CAST(0 AS BIGINT) AS seconds_before"
        )
        benchmarks = project_folder() / "seeds/kpi_benchmark.csv"
        self._run(f"CREATE TABLE kpi_benchmark AS SELECT * FROM read_csv('{benchmarks}')")

    def _run(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, parameters).fetchall()


@cache
def _models_in_order() -> Mapping[str, tuple[str, str]]:
    """The models between the canonical ones and the KPI values, each after those that it reads: schema and SQL."""
    all_models = models()
    by_id = {model["unique_id"]: model for model in all_models.values()}
    ordered: dict[str, tuple[str, str]] = {}

    def add(name: str) -> None:
        for parent in all_models[name]["depends_on"]["nodes"]:
            if parent in by_id and by_id[parent]["fqn"][1] not in ("staging", "canonical"):
                add(by_id[parent]["name"])
        if name not in ordered:
            ordered[name] = (all_models[name]["schema"], render(all_models[name], "duckdb", "default"))

    add(_VALUES)
    return ordered
