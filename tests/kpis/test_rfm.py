"""Customers by recency, frequency and monetary value: the limits, the scores on each day, and the KPIs by segment."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from pipelines import settings as vigie_settings
from pipelines.config import SettingsError
from pipelines.entities import ENTITIES
from pipelines.kpis import Input
from pipelines.kpis.rfm import Axis, Band, bands
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.kpis.small_warehouse import SmallWarehouse
from tests.orchestration.company import Company
from tests.transform.dbt_rendering import models, render

LIMITS: Mapping[Axis, Sequence[float]] = {"recency": [30, 90, 365], "frequency": [2, 5], "monetary": [100, 500]}
BLOCK = "segments: {rfm: {recency: [30, 90, 365], frequency: [2, 5], monetary: [100, 500]}}"
EVERYTHING = frozenset(
    Input(entity.name, column) for entity in ENTITIES.values() for column in (None, *entity.column_names)
)


def test_limits_make_bands_with_scores_from_the_worst_to_the_best() -> None:
    assert list(bands({"recency": [30, 90], "frequency": [2]})) == [
        Band("recency", 3, None, 30),
        Band("recency", 2, 30, 90),
        Band("recency", 1, 90, None),
        Band("frequency", 1, None, 2),
        Band("frequency", 2, 2, None),
    ]


@pytest.mark.parametrize(
    ("axis", "limits", "problem"),
    [
        ("recency", "[90, 30]", "segments.rfm.recency: the limits must ascend"),
        ("recency", "[30, 30]", "segments.rfm.recency: the limits must ascend"),
        ("recency", "[0, 30]", "segments.rfm.recency"),
        ("recency", "[]", "segments.rfm.recency"),
        ("frequency", "[1.5]", "segments.rfm.frequency"),
        ("monetary", "[-100, 500]", "segments.rfm.monetary"),
        ("monetary", "[many]", "segments.rfm.monetary"),
    ],
)
def test_limits_that_cannot_be_are_refused_by_their_key(tmp_path: Path, axis: str, limits: str, problem: str) -> None:
    given = {"recency": "[30]", "frequency": "[2]", "monetary": "[100]", axis: limits}
    file = tmp_path / "settings.yaml"
    axes = ", ".join(f"{name}: {written}" for name, written in given.items())
    file.write_text(f"company: {{name: A}}\nsegments: {{rfm: {{{axes}}}}}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(file, {})
    [found] = refused.value.problems
    assert problem in str(found)


def test_an_axis_without_limits_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("company: {name: A}\nsegments: {rfm: {recency: [30], frequency: [2]}}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"segments\.rfm\.monetary"):
        vigie_settings.load(file, {})


RULE = "rules: [{name: lost, kpi: churn_rate, grain: month, by: rfm, above: 10%}]"


def test_a_rule_by_segments_that_have_no_limits_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    kpis = load_catalogue(project_folder() / "target")
    file.write_text(f"company: {{name: A}}\n{BLOCK}\n{RULE}\n", encoding="utf-8")
    assert vigie_settings.load(file, kpis).rules[0].by == "rfm"
    file.write_text(f"company: {{name: A}}\n{RULE}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"by: there are no segments rfm without segments\.rfm"):
        vigie_settings.load(file, kpis)


# A sale: customer, day and amount in the company's currency, None if it is not known.
Sale = tuple[str | None, date, str | None]
Span = tuple[str, date, date, int, int, int, str]
NEW_YEAR = date(2024, 1, 1)


def day(number: int) -> date:
    return NEW_YEAR + timedelta(days=number)


def spans(sales: Sequence[Sale], limits: Mapping[Axis, Sequence[float]] = LIMITS) -> list[Span]:
    """Returns the rows of the model, in the order of customers and days."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA control")
        connection.execute(
            "CREATE TABLE control.rfm_band (axis VARCHAR, score INTEGER, lower_limit DOUBLE, upper_limit DOUBLE)"
        )
        for band in bands(limits):
            connection.execute("INSERT INTO control.rfm_band VALUES (?, ?, ?, ?)", list(astuple(band)))
        connection.execute(
            "CREATE TABLE fct_sale (customer_id VARCHAR, sold_on DATE, amount DECIMAL(18, 6), is_refund BOOLEAN)"
        )
        for sale in sales:
            is_refund = sale[2] is not None and Decimal(sale[2]) < 0
            connection.execute("INSERT INTO fct_sale VALUES (?, ?, ?, ?)", [*sale, is_refund])
        model = render(models()["int_customer_rfm_spans"], "duckdb", "default")
        return connection.execute(f"SELECT * FROM ({model}) ORDER BY 1, 2").fetchall()


def on(found: Sequence[Span], moment: date, customer: str = "a") -> tuple[int, int, int, str] | None:
    """Returns the scores and the segment of a customer on a day; None before the first purchase."""
    [*valid] = [span[3:] for span in found if span[0] == customer and span[1] <= moment < span[2]]
    assert len(valid) <= 1
    return valid[0] if valid else None


@pytest.mark.parametrize(
    ("days", "score", "segment"),
    [
        (0, 4, "promising"), (30, 4, "promising"), (31, 3, "promising"), (90, 3, "promising"), (91, 2, "at risk"),
        (365, 2, "at risk"), (366, 1, "lost"), (9999, 1, "lost"),
    ],
)  # fmt: skip
def test_a_limit_of_recency_is_the_last_day_within_it(days: int, score: int, segment: str) -> None:
    assert on(spans([("a", day(0), "50")]), day(days)) == (score, 1, 1, segment)


def test_before_the_first_purchase_there_are_no_scores() -> None:
    assert on(spans([("a", day(5), "50")]), day(4)) is None


@pytest.mark.parametrize(("purchases", "score"), [(1, 1), (2, 2), (4, 2), (5, 3), (6, 3)])
def test_a_limit_of_frequency_is_the_first_number_above(purchases: int, score: int) -> None:
    found = on(spans([("a", day(number), "1") for number in range(purchases)]), day(purchases))
    assert found is not None
    assert found[1] == score


@pytest.mark.parametrize(
    ("amount", "score"), [("0", 1), ("99.999999", 1), ("100", 2), ("499.99", 2), ("500", 3), ("500.000001", 3)]
)
def test_a_limit_of_money_is_the_first_amount_above(amount: str, score: int) -> None:
    found = on(spans([("a", day(0), amount)]), day(0))
    assert found is not None
    assert found[2] == score


def test_the_best_scores_are_champions_and_the_others_go_by_recency_and_frequency() -> None:
    five = [("a", day(number), "100") for number in range(5)]
    found = spans(five)
    assert [span[1:3] + span[6:] for span in found] == [
        (day(0), day(1), "promising"),
        (day(1), day(2), "loyal"),
        (day(2), day(3), "loyal"),
        (day(3), day(4), "loyal"),
        (day(4), day(4 + 31), "champions"),
        (day(4 + 31), day(4 + 91), "loyal"),
        (day(4 + 91), day(4 + 366), "at risk"),
        (day(4 + 366), date(9999, 12, 31), "lost"),
    ]


def test_one_limit_of_recency_leaves_nobody_at_risk() -> None:
    found = spans([("a", day(0), "1")], {"recency": [30], "frequency": [2], "monetary": [100]})
    assert [span[1:4] + span[6:] for span in found] == [
        (day(0), day(31), 2, "promising"),
        (day(31), date(9999, 12, 31), 1, "lost"),
    ]


def test_a_refund_is_no_purchase_and_reduces_the_amount() -> None:
    found = spans([("a", day(0), "600"), ("a", day(40), "-550")])
    assert (on(found, day(39)), on(found, day(40))) == ((3, 1, 3, "promising"), (3, 1, 1, "promising"))
    # Nothing was bought.
    assert spans([("a", day(0), "-5")]) == []
    # The refund came before what is refunded.
    assert on(spans([("a", day(0), "-5"), ("a", day(9), "20")]), day(9)) == (4, 1, 1, "promising")


def test_a_sale_without_a_known_amount_is_a_purchase_without_money() -> None:
    assert on(spans([("a", day(0), None), ("a", day(1), "100")]), day(1)) == (4, 2, 2, "loyal")


def test_sales_without_a_customer_or_limits_make_no_spans() -> None:
    assert spans([(None, day(0), "100")]) == []
    assert spans([("a", day(0), "100")], {}) == []
    assert spans([]) == []


def plainly(sales: Sequence[Sale], customer: str, moment: date) -> tuple[int, int, int] | None:
    """Returns the scores of a customer on a day, counted from all sales up to it."""
    known = [(sold_on, Decimal(amount or 0)) for who, sold_on, amount in sales if who == customer and sold_on <= moment]
    bought = [sold_on for sold_on, amount in known if amount >= 0]
    if not bought:
        return None
    ago, money = (moment - max(bought)).days, sum(amount for _, amount in known)
    return (
        1 + sum(ago <= limit for limit in LIMITS["recency"]),
        1 + sum(len(bought) >= limit for limit in LIMITS["frequency"]),
        1 + sum(money >= limit for limit in LIMITS["monetary"]),
    )


def test_spans_say_for_every_day_what_a_count_of_the_sales_up_to_it_says() -> None:
    sales: list[Sale] = [
        (f"c{number * number % 7}", day(number * 37 % 700), None if number % 11 == 0 else str((number * 53) % 190 - 20))
        for number in range(60)
    ]
    found = spans(sales)
    for customer in {who for who, *_ in sales if who}:
        for number in range(0, 1200, 3):
            scores = on(found, day(number), customer)
            assert (scores and scores[:3]) == plainly(sales, customer, day(number)), (customer, day(number))
        own = [span for span in found if span[0] == customer]
        assert all(earlier[2] == later[1] for earlier, later in pairwise(own))


@pytest.fixture(scope="module")
def company() -> SmallWarehouse:
    company = SmallWarehouse()
    company.set_rfm_limits({"recency": [10, 20, 25], "frequency": [2, 5], "monetary": [100, 500]})
    company.kpis_with_values(EVERYTHING)
    return company


@pytest.mark.slow
def test_the_segments_of_a_count_add_up_to_the_whole(company: SmallWarehouse) -> None:
    """Each customer is in one segment, the same at the start and at the end."""
    found = company.rows(
        "SELECT grain, period_start,"
        + ",".join(
            f" coalesce(sum({column}) FILTER (segment_type = 'all'), 0) = coalesce(sum({column}) FILTER (segment_type = 'rfm'), 0)"
            for column in (
                "customers_at_start", "active_customers", "new_customers", "kept_customers", "buyers", "repeat_buyers",
                "returning_customers", "recommending_customers",
            )
        )
        + " FROM int_customer_periods GROUP BY ALL"
    )  # fmt: skip
    assert len(found) > 200
    assert [row for row in found if not all(row[2:])] == []
    [(differing, compared)] = company.rows(
        "SELECT count(*) FILTER (parts IS DISTINCT FROM whole), count(*) FROM ("
        " SELECT kpi, grain, period_start, sum(numerator) FILTER (segment_type = 'all') AS whole,"
        " sum(numerator) FILTER (segment_type = 'rfm') AS parts"
        " FROM int_kpi_values WHERE kpi IN ('revenue', 'average_order_value', 'revenue_per_customer') GROUP BY ALL)"
    )
    assert (differing, compared > 100) == (0, True)


@pytest.mark.slow
def test_kpis_have_these_segments_only_where_the_catalogue_says_so(company: SmallWarehouse) -> None:
    found = {kpi for (kpi,) in company.rows("SELECT DISTINCT kpi FROM int_kpi_values WHERE segment_type = 'rfm'")}
    declared = {kpi.name for kpi in load_catalogue(project_folder() / "target").values() if "rfm" in kpi.segments}
    assert found - declared == set()
    assert {"revenue", "retention_rate"} <= found


@pytest.mark.slow
def test_who_buys_in_a_period_was_in_any_segment_before_it(company: SmallWarehouse) -> None:
    """By the segment at the end all buyers would be recent, and no customer kept would be lost."""
    found = dict(
        company.rows(
            "SELECT segment, sum(buyers) FROM int_customer_periods WHERE segment_type = 'rfm' AND grain = 'day' GROUP BY 1"
        )
    )
    assert {segment for segment, buyers in found.items() if buyers} >= {"never bought", "lost"}


@pytest.mark.slow
def test_without_limits_there_are_no_segments() -> None:
    company = SmallWarehouse()
    company.kpis_with_values(EVERYTHING)
    assert company.rows("SELECT count(*) FROM int_kpi_values WHERE segment_type = 'rfm'") == [(0,)]
    assert company.rows("SELECT DISTINCT rfm, recency_score FROM dim_customer") == [(None, None)]


SETTINGS = """
company: {name: Company, timezone: Europe/Paris, currency: EUR}
sources:
  - name: shop
    type: files
    tables:
      - {entity: order, path: extracts/orders.csv}
      - {entity: customer, path: extracts/customers.csv}
  - name: crm
    type: files
    tables: [{entity: customer, path: extracts/contacts.csv}]
"""


@pytest.mark.slow
@pytest.mark.acceptance
def test_a_pass_knows_a_person_of_two_systems_once_and_nothing_later_than_the_as_of(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write_settings(SETTINGS + BLOCK)
    company.write_extract(
        "customers.csv",
        [{"customer_id": each, "email": f"{each[0]}@example.com"} for each in ("ann1", "ann2", "bob", "cid", "dan")],
    )
    company.write_extract("contacts.csv", [{"customer_id": "77", "email": "BOB@example.com".replace("BOB", "b")}])
    company.write_extract(
        "orders.csv",
        [
            {"order_id": number, "customer_id": who, "ordered_at": f"{when}T12:00:00", "amount": amount}
            for number, (who, when, amount) in enumerate(
                [
                    # One person with two accounts: champions, together alone.
                    *((f"ann{1 + each % 2}", f"2025-09-0{each + 1}", 120) for each in range(5)),
                    ("bob", "2025-06-20", 40), ("bob", "2025-06-25", -40),
                    # Bought after the as-of, by a customer who had not bought before, and by bob.
                    ("cid", "2025-09-20", 900), ("bob", "2025-09-20", 900),
                ]
            )
        ],
    )  # fmt: skip

    report = company.run(datetime(2025, 9, 15, 5, tzinfo=UTC))

    assert report["exit_code"] == 0, report["output"]
    assert company.published(
        "select rfm, recency_score, frequency_score, monetary_score, record_count from dim_customer order by 1, 5"
    ) == [
        ("champions", 4, 3, 3, 2),
        ("never bought", None, None, None, 1),
        ("never bought", None, None, None, 1),
        ("promising", 3, 1, 1, 2),
    ]
    assert company.published(
        "select segment, value from fct_kpi where kpi = 'revenue' and grain = 'month' and segment_type = 'rfm'"
        " and period_start = '2025-09-01' and value > 0"
    ) == [("never bought", 600.0)]
