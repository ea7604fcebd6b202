"""End to end: every published KPI row equals that of an independent computation, which shares no code with Vigie.

Each run is the console script in a process of its own, on untidy extracts, as of a moment before their last rows.
"""

import math
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.acceptance import oracle
from tests.acceptance.extracts import write_company
from tests.acceptance.records import Frames, records
from tests.acceptance.scenario import Scenario
from tests.acceptance.vigie_run import run_vigie

ROOT = Path(__file__).parents[2]
KEY = oracle.KEY
PUBLISHED = (*KEY, "value", "numerator", "denominator", "is_complete", "previous_value")
MOST_SHOWN = 12

PARIS, NEW_YORK, AUCKLAND = "Europe/Paris", "America/New_York", "Pacific/Auckland"

COMPLETE_COMPANIES = (
    Scenario("paris", 1, PARIS, PARIS, datetime(2025, 9, 17, 14, 30, tzinfo=ZoneInfo(PARIS))),
    # The day on which summer time ends; a customer without an order for 120 days is no longer active.
    Scenario(
        "new-york", 2, NEW_YORK, "Europe/London", datetime(2025, 11, 2, 20, 15, tzinfo=ZoneInfo(NEW_YORK)),
        active_days=120, at_risk_days=60, minimum_lost=5, calls_as_epoch=False, surveys_as="parquet", months=13, size=0.4,
        rfm={"recency": [20, 60, 100], "frequency": [2, 4], "monetary": [150, 400]},
    ),
    # The moment at which a half-year ends.
    Scenario(
        "auckland", 3, AUCKLAND, "UTC", datetime(2025, 7, 1, 0, 0, tzinfo=ZoneInfo(AUCKLAND)), months=8, size=0.2,
        rfm={"recency": [45], "frequency": [3], "monetary": [100, 250, 500]},
    ),
)  # fmt: skip
AS_OF = datetime(2025, 9, 17, 14, 30, tzinfo=ZoneInfo(PARIS))
SINGLE_ENTITIES = tuple(
    Scenario(f"{entity}-alone", seed, PARIS, PARIS, AS_OF, months=10, size=0.2, entities=(entity,))
    for seed, entity in enumerate(("order", "call", "deal", "customer", "interaction"), start=11)
)

# The KPIs that may have rows when a company has one entity: those that the oracle computes, and others.
FAMILIES_OF_ANY_ENTITY = frozenset({"data quality", "data_quality"})
KPIS_OF: dict[str, frozenset[str]] = {
    "order": frozenset(
        {
            "retention_rate", "churn_rate", "repurchase_rate", "loyalty_rate", "active_customers", "new_customers",
            "revenue", "revenue_per_customer", "arpu", "average_order_value", "cross_sell_rate", "upsell_rate", "clv",
            "clv_discounted", "lifetime_margin", "churn_action_value",
        }
    ),
    "call": frozenset({"call_abandonment_rate"}),
    "deal": frozenset(
        {
            "win_rate", "sales_cycle", "retention_rate", "churn_rate", "repurchase_rate", "loyalty_rate",
            "active_customers", "new_customers", "revenue", "revenue_per_customer", "arpu", "average_order_value",
            "cross_sell_rate", "upsell_rate", "clv", "clv_discounted", "lifetime_margin", "churn_action_value",
        }
    ),
    "customer": frozenset(
        {
            "retention_rate", "churn_rate", "active_customers", "new_customers", "clv", "clv_discounted",
            "lifetime_margin", "churn_action_value",
        }
    ),
    "interaction": frozenset({"channel_share", "handling_time"}),
}  # fmt: skip
# A company of some months has none of these.
KPIS_OF_A_YEAR = {"clv", "clv_discounted", "churn_action_value"}
# The definitions do not say whether a won deal keeps a customer active like an order: these KPIs do not depend on it.
CERTAIN_KPIS_OF: dict[str, frozenset[str]] = {
    "deal": frozenset(
        {"win_rate", "revenue", "revenue_per_customer", "new_customers", "error_rate", "completeness_rate", "freshness"}
    ),
}


def _parameters(scenarios: tuple[Scenario, ...]) -> list[object]:
    return [pytest.param(scenario, id=scenario.name, marks=pytest.mark.acceptance) for scenario in scenarios]


@dataclass(frozen=True)
class Pass:
    """One run of Vigie with its published rows and the expected ones."""

    scenario: Scenario
    frames: Frames
    published: Path
    delivered: pd.DataFrame | None = None

    @cached_property
    def actual(self) -> pd.DataFrame:
        with duckdb.connect(str(self.published), read_only=True) as connection:
            rows = connection.execute(f"select {', '.join(PUBLISHED)} from fct_kpi").fetchall()
        return pd.DataFrame(rows, columns=list(PUBLISHED))

    @cached_property
    def families(self) -> dict[str, str]:
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return dict(connection.execute("select kpi, family from dim_kpi").fetchall())

    @cached_property
    def expected(self) -> pd.DataFrame:
        company = oracle.Company(
            self.scenario.timezone,
            self.scenario.as_of,
            self.scenario.active_days,
            self.scenario.at_risk_days,
            self.scenario.minimum_lost,
            rfm=self.scenario.rfm,
        )
        return oracle.expected_rows(self.frames, company, self.delivered)

    @cached_property
    def today(self) -> date:
        return self.scenario.as_of.astimezone(self.scenario.zone).date()


def _run_vigie(folder: Path, scenario: Scenario) -> Pass:
    written = write_company(folder / "extracts", scenario)
    published = run_vigie(written.settings, folder / "home", scenario.as_of)
    return Pass(scenario, written.frames, published, written.delivered)


# Comparison


def _same(left: object, right: object) -> bool:
    missing = (left is None or pd.isna(left), right is None or pd.isna(right))  # type: ignore[call-overload]
    if any(missing):
        return all(missing)
    # Money has six decimals: a sum of a few cents may differ by one in the last place.
    return math.isclose(float(left), float(right), rel_tol=1e-6, abs_tol=2e-6)  # type: ignore[arg-type]


def _place(row: object) -> str:
    return f"{row.kpi} {row.grain} {row.period_start} {row.segment_type}={row.segment}"  # type: ignore[attr-defined]


def _shown(row: object, suffix: str) -> str:
    parts = [f"{name} {getattr(row, name + suffix)}" for name in ("value", "numerator", "denominator", "is_complete")]
    return ", ".join(parts)


def differences(run: Pass, kpi: str) -> Iterator[str]:
    """Yields each published row of a KPI that is wrong or unexpected, and each expected row that is missing."""
    expected = run.expected[run.expected["kpi"] == kpi]
    actual = run.actual[run.actual["kpi"] == kpi]
    doubled = actual[actual.duplicated(KEY)]
    for row in doubled.itertuples():
        yield f"{_place(row)}: published twice"
    # More segments than the catalogue names are allowed; they are compared if the oracle computes them.
    known = set(expected["segment_type"]) | {"all", *oracle.NAMED_SEGMENTS[kpi]}
    actual = actual[actual["segment_type"].isin(known)]
    both = expected.merge(actual, on=KEY, how="outer", suffixes=("_expected", "_actual"), indicator="found")
    first_periods = expected.groupby("grain")["period_start"].min().to_dict()
    offered = {"all", *oracle.NAMED_SEGMENTS[kpi], *actual["segment_type"]}
    both = both[both["segment_type"].isin(offered)]
    for row in both.sort_values(["grain", "period_start", "segment_type", "segment"]).itertuples():
        if row.found == "left_only":
            if not row.is_optional:
                yield f"{_place(row)}: missing; expected {_shown(row, '_expected')}"
        elif row.found == "right_only":
            if not _is_row_without_data(row, first_periods.get(row.grain), run.today):
                yield f"{_place(row)}: not expected; published {_shown(row, '_actual')}"
        else:
            yield from _wrong_values(row)
    yield from _wrong_previous_values(expected, actual)


def _is_row_without_data(row: Any, first: date | None, today: date) -> bool:
    """Whether a row that the oracle lacks has no data: NULL, or a count of zero within the observed time."""
    if pd.isna(row.value_actual):
        return True
    if row.kpi not in oracle.COUNTS or row.value_actual != 0:
        return False
    return first is not None and first <= row.period_start <= today


def _wrong_values(row: object) -> Iterator[str]:
    if pd.notna(row.low):  # type: ignore[attr-defined]
        inside = pd.notna(row.value_actual) and row.low * (1 - 1e-6) <= row.value_actual <= row.high * (1 + 1e-6)  # type: ignore[attr-defined]
        if not inside:
            yield f"{_place(row)}: value {row.value_actual} is not in {row.low} to {row.high}"  # type: ignore[attr-defined]
        names: tuple[str, ...] = ()
    else:
        names = ("value", "numerator", "denominator")
    wrong = [
        f"{name} {getattr(row, name + '_actual')} should be {getattr(row, name + '_expected')}"
        for name in names
        if not _same(getattr(row, name + "_actual"), getattr(row, name + "_expected"))
    ]
    if bool(row.is_complete_actual) is not bool(row.is_complete_expected):  # type: ignore[attr-defined]
        wrong.append(f"is_complete {row.is_complete_actual} should be {row.is_complete_expected}")  # type: ignore[attr-defined]
    if wrong:
        yield f"{_place(row)}: {'; '.join(wrong)}"


def _wrong_previous_values(expected: pd.DataFrame, actual: pd.DataFrame) -> Iterator[str]:
    """Yields each row whose `previous_value` is not the value of the calendar period before (NULL if it has none)."""
    place = ["grain", "segment_type", "segment", "period_start"]
    before = {
        key: (value, is_optional, low, high)
        for *key, value, is_optional, low, high in expected[[*place, "value", "is_optional", "low", "high"]].itertuples(
            index=False, name=None
        )
        for key in [tuple(key)]
    }
    for row in actual.itertuples():
        start = oracle.shift(row.period_start, row.grain, -1)
        value, is_optional, low, high = before.get(
            (row.grain, row.segment_type, row.segment, start), (np.nan, False, np.nan, np.nan)
        )
        given = row.previous_value
        is_null = pd.isna(given)
        if pd.notna(low):
            is_right = not is_null and low * (1 - 1e-6) <= given <= high * (1 + 1e-6)
        elif (is_optional and value == 0) or (pd.isna(value) and row.kpi in oracle.COUNTS):
            is_right = is_null or given == 0
        elif is_optional:
            is_right = is_null or _same(given, value)
        else:
            is_right = _same(given, value)
        if not is_right:
            yield f"{_place(row)}: previous_value {given} should be {value}"


def _expect_no_differences(run: Pass, kpis: Iterable[str]) -> None:
    parts = []
    for kpi in kpis:
        found = list(differences(run, kpi))
        if found:
            more = [f"… and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
            parts.append("\n  ".join([f"{kpi}: {len(found)} differences", *found[:MOST_SHOWN], *more]))
    if parts:
        pytest.fail("\n".join(parts), pytrace=False)


# Tests


@pytest.mark.parametrize("scenario", _parameters(COMPLETE_COMPANIES))
def test_every_row_of_a_company_with_all_entities(scenario: Scenario, tmp_path: Path) -> None:
    run = _run_vigie(tmp_path, scenario)
    missing = set(oracle.NAMED_SEGMENTS) - set(run.expected["kpi"])
    assert missing == (KPIS_OF_A_YEAR if scenario.months < 12 else set())
    _expect_no_differences(run, oracle.NAMED_SEGMENTS)
    assert run.actual["period_start"].max() <= run.today


@pytest.mark.parametrize("scenario", _parameters(SINGLE_ENTITIES))
def test_every_row_of_a_single_entity_and_none_of_others(scenario: Scenario, tmp_path: Path) -> None:
    run = _run_vigie(tmp_path, scenario)
    (entity,) = scenario.entities
    _expect_no_differences(run, sorted(CERTAIN_KPIS_OF.get(entity, frozenset(run.expected["kpi"]))))
    filled = run.actual.loc[run.actual["value"].notna(), "kpi"].unique()
    own = KPIS_OF[entity] | {kpi for kpi, family in run.families.items() if family in FAMILIES_OF_ANY_ENTITY}
    # KPIs that the oracle does not know may have rows as well.
    assert set(filled) & set(oracle.NAMED_SEGMENTS) <= own


def test_the_oracle_imports_nothing_of_vigie_and_no_engine() -> None:
    code = "import sys, tests.acceptance.oracle, tests.acceptance.records; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert "pandas" in imported
    assert imported.isdisjoint({"pipelines", "dbt", "duckdb", "sqlglot"})


def test_the_comparison_finds_each_difference() -> None:
    """Checks the check: one wrong cell or row in an otherwise correct table is reported."""
    scenario = SINGLE_ENTITIES[1]
    run = Pass(scenario, records(scenario), Path())
    right = run.expected.drop(columns=["is_optional", "low", "high", "maturity_days"])
    place = ["grain", "segment_type", "segment", "period_start"]
    before = right.set_index(place)["value"]
    right["previous_value"] = [
        before.get((row.grain, row.segment_type, row.segment, oracle.shift(row.period_start, row.grain, -1)))
        for row in right.itertuples()
    ]
    months = right.index[(right["grain"] == "month") & (right["segment_type"] == "queue")]

    def found(table: pd.DataFrame) -> int:
        run.__dict__["actual"] = table.reset_index(drop=True)
        return len(list(differences(run, "call_abandonment_rate")))

    def changed(column: str, value: object) -> pd.DataFrame:
        table = right.copy()
        table.loc[months[3], column] = value
        return table

    assert found(right) == 0
    for column, value in (("value", 0.5), ("numerator", 77.0), ("denominator", 77.0), ("is_complete", False)):
        assert found(changed(column, value)) == 1, column
    assert found(changed("previous_value", 0.7)) == 1
    assert found(right.drop(index=months[3])) == 1
    assert found(changed("segment", "another")) >= 2
    assert found(pd.concat([right, right.loc[[months[3]]]])) >= 1
