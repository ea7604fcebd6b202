"""A small company: its catalogue, and a warehouse with the KPI tables of the contract."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from pipelines.export.settings import Export
from pipelines.kpis import Direction, Kpi, Unit

FCT_KPI = """
create table fct_kpi (
    kpi varchar not null, grain varchar not null, period_start date not null, segment_type varchar not null,
    segment varchar not null, value double, numerator double, denominator double, sample_size bigint, ci_low double,
    ci_high double, is_complete boolean not null, previous_value double, previous_year_value double, target double,
    status varchar, computed_at timestamptz not null
)
"""
DIM_KPI = """
create table dim_kpi (
    kpi varchar not null, label_en varchar, label_fr varchar, family varchar, description varchar, formula varchar,
    unit varchar, direction varchar, source varchar, maturity_days integer, is_additive boolean
)
"""

# 2026-03-30 is a Monday; the week that begins with it is not complete at the tick.
TICK = datetime(2026, 3, 30, 5, 0, tzinfo=UTC)
KNOWN_AT = datetime(2026, 4, 2, 4, 15, tzinfo=UTC)
RUNNING_WEEK = date(2026, 3, 30)
WEEKS = [RUNNING_WEEK - timedelta(weeks=back) for back in range(16, -1, -1)]


@dataclass(frozen=True)
class Lumen:
    name: str = "Atelier Lumen"
    timezone: str = "Europe/Paris"
    currency: str = "EUR"
    language: str = "en"


def _kpi(name: str, label_en: str, label_fr: str, unit: Unit, direction: Direction) -> Kpi:
    return Kpi(
        name=name,
        label_en=label_en,
        label_fr=label_fr,
        family="support",
        description=f"What {label_en} measures.",
        formula="positive answers ÷ answers",
        unit=unit,
        direction=direction,
        source="C1",
        maturity_days=0,
        is_additive=unit == "count",
        description_fr=f"Ce que mesure {label_fr}.",
        formula_fr="réponses positives ÷ réponses",
    )


KPIS = {
    kpi.name: kpi
    for kpi in (
        _kpi("csat", "Customer satisfaction", "Satisfaction client", "ratio", "up"),
        _kpi("nps", "Net promoter score", "Net promoter score", "score", "up"),
        _kpi("first_response_time", "First response time", "Délai de première réponse", "seconds", "down"),
        _kpi("revenue", "Revenue", "Chiffre d'affaires", "currency", "up"),
        _kpi("ticket_volume", "Tickets", "Tickets", "count", "none"),
        _kpi("sales_cycle", "Sales cycle", "Cycle de vente", "days", "down"),
    )
}
# (value in the first week, step a week, target, denominator)
_SHAPES = {
    "csat": (0.86, -0.01, 0.8, 200.0),
    "nps": (32.0, 1.5, 40.0, 150.0),
    "first_response_time": (9000.0, -250.0, 7200.0, 320.0),
    "revenue": (125000.5, 1750.25, None, None),
    "ticket_volume": (300.0, 7.0, None, None),
    "sales_cycle": (41.5, 0.25, None, 12.0),
}


def export_of(**settings: object) -> Export:
    """Returns an export of all KPIs by channel, with some settings changed."""
    defaults: dict[str, object] = {
        "name": "weekly",
        "schedule": "0 7 * * 1",
        "format": "xlsx",
        "kpis": list(KPIS),
        "grain": "week",
        "periods": 12,
        "by": ["channel"],
        "to": {"path": "exports/"},
    }
    return Export.model_validate(defaults | settings)


def _catalogue() -> list[tuple[object, ...]]:
    return [
        (
            kpi.name, kpi.label_en, kpi.label_fr, kpi.family, kpi.description, kpi.formula, kpi.unit, kpi.direction,
            kpi.source, kpi.maturity_days, kpi.is_additive,
        )
        for kpi in KPIS.values()
    ]  # fmt: skip


def _values() -> list[tuple[object, ...]]:
    values: list[tuple[object, ...]] = []
    segments = [("all", "all"), ("channel", "chat"), ("channel", "email"), ("channel", "phone")]
    for name, (start, step, target, denominator) in _SHAPES.items():
        for number, segment in enumerate(segments):
            for index, week in enumerate(WEEKS):
                value = start + step * index * (1 + number / 4)
                previous = start + step * (index - 1) * (1 + number / 4) if index else None
                numerator = value * denominator if denominator else value
                status = "none" if target is None else ("good", "warn", "critical")[(index + number) % 3]
                values.append(
                    (
                        name, "week", week, *segment, value, numerator, denominator, 200 - number, value * 0.9,
                        value * 1.1, week < RUNNING_WEEK, previous, None, target, status,
                        datetime(2026, 3, 30, 4, 0, tzinfo=UTC),
                    )
                )  # fmt: skip
    return values


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    places = ", ".join(f"unnest(${position})" for position in range(1, len(columns) + 1))
    connection.execute(f"insert into {table} select {places}", columns)


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates and fills dim_kpi and fct_kpi."""
    connection.execute(FCT_KPI)
    connection.execute(DIM_KPI)
    _insert(connection, "dim_kpi", _catalogue())
    _insert(connection, "fct_kpi", _values())
