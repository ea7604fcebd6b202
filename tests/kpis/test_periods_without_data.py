"""One row, an empty period, a zero below the line: each KPI of the catalogue has the right value, or none."""

from datetime import date, timedelta
from functools import cache
from math import sqrt

import pytest

from pipelines.kpis import GRAINS, period_of
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.kpis import small_company
from tests.kpis.company_of_records import CompanyOfRecords, Parts, local, same
from tests.kpis.two_moments import EXPECTED, KNOWN_FROM_SECOND, PARAMETERS, of_two_moments

pytestmark = pytest.mark.slow

KPIS = load_catalogue(project_folder() / "target")
Z95 = 1.959963984540054


@cache
def company_of_one_moment() -> CompanyOfRecords:
    return CompanyOfRecords.computed(
        of_two_moments(local(2025, 5, 14, 10), None), local(2025, 6, 30, 6), parameters=PARAMETERS
    )


@pytest.mark.parametrize("kpi", EXPECTED)
def test_one_row_has_the_value_of_that_row(kpi: str) -> None:
    company = company_of_one_moment()
    parts = None if kpi in KNOWN_FROM_SECOND else EXPECTED[kpi][0]
    for grain in GRAINS:
        company.expect(kpi, grain, period_of(grain, date(2025, 5, 14)), parts)


def intervals(company: CompanyOfRecords, method: str) -> dict[str, tuple[float, float, float | None, float | None]]:
    rows = company.rows(
        "SELECT kpi, fct_kpi.value, denominator, ci_low, ci_high FROM fct_kpi JOIN int_kpi_definitions USING (kpi)"
        f" WHERE interval_method = '{method}' AND grain = 'month' AND segment_type = 'all' AND period_start = '2025-05-01'"
        " AND fct_kpi.value IS NOT NULL"
    )
    return {kpi: parts for kpi, *parts in rows}


def test_a_share_of_one_row_has_a_wide_interval() -> None:
    # Wilson's interval has the shares from which the one that was found is just as far as chance takes it.
    found = intervals(company_of_one_moment(), "wilson")
    assert len(found) > 20
    for kpi, (share, trials, low, high) in found.items():
        for bound in (low, high):
            assert bound is not None, kpi
            if bound not in (0, 1):
                assert same(abs(share - bound), Z95 * sqrt(bound * (1 - bound) / trials)), kpi
        assert (low == 0) is (share == 0)
        assert (high == 1) is (share == 1)
    # 1 ÷ (1 + 1.96²), by hand.
    assert found["csat"][2:] == [pytest.approx(0.206549, abs=1e-6), 1]


def test_a_mean_of_one_row_has_no_interval() -> None:
    found = {
        kpi: parts
        for method in ("log_student", "student")
        for kpi, parts in intervals(company_of_one_moment(), method).items()
    }
    assert {"first_response_time", "average_order_value", "ces"} <= found.keys()
    assert {
        kpi for kpi, (_, denominator, low, high) in found.items() if denominator == 1 and (low, high) != (None, None)
    } == set()


def test_one_promoter_has_the_interval_of_two_shares_of_one_answer() -> None:
    # Both shares are 0.793451 from the ends of their intervals; together that is √2 times as far, below 100.
    [(value, _, low, high)] = intervals(company_of_one_moment(), "nps").values()
    assert (value, high) == (100, 100)
    assert low == pytest.approx(100 - 100 * sqrt(2) * 0.793451, abs=1e-3)


# What is not zero, nor without a value, in a period in which nothing happens: one customer, who stays, and open tickets.
IN_SILENCE: dict[str, Parts] = {
    "active_customers": (1, None), "arpu": (0, 1), "retention_rate": (1, 1), "churn_rate": (0, 1),
    "repurchase_rate": (0, 1), "recommendation_rate": (0, 1),
}  # fmt: skip


@cache
def company_with_silence() -> CompanyOfRecords:
    return CompanyOfRecords.computed(
        of_two_moments(local(2025, 1, 14, 10), local(2025, 3, 11, 10)), local(2025, 4, 13, 6), parameters=PARAMETERS
    )


@pytest.mark.parametrize(
    ("grain", "first", "silent", "second"),
    [
        ("month", date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)),
        ("week", date(2025, 1, 13), date(2025, 1, 20), date(2025, 3, 10)),
        ("day", date(2025, 1, 14), date(2025, 2, 11), date(2025, 3, 11)),
    ],
)
def test_an_empty_period_between_two_others(grain: str, first: date, silent: date, second: date) -> None:
    company = company_with_silence()
    for kpi, (before, after, _) in EXPECTED.items():
        company.expect(kpi, grain, first, before)
        company.expect(kpi, grain, second, after)
        if kpi in IN_SILENCE:
            company.expect(kpi, grain, silent, IN_SILENCE[kpi])
    # Three tickets are open: the new one, and two that the second moment ends.
    company.expect("backlog", grain, silent, (3, None))


@pytest.mark.parametrize("kpi", KPIS)
def test_nothing_is_zero_for_a_sum_and_no_value_for_any_other_kpi(kpi: str) -> None:
    # Levels at a period's end are above; whatever else there is, is zero or has no value in February.
    if KPIS[kpi].dated_by == ("the period's end",) and kpi != "loyalty_rate" and kpi != "new_customers":
        return
    company = company_with_silence()
    for grain, start in (("month", date(2025, 2, 1)), ("week", date(2025, 2, 10)), ("day", date(2025, 2, 11))):
        if kpi in IN_SILENCE:
            continue
        if KPIS[kpi].is_additive:
            assert company.published(kpi, grain, start), (
                f"{kpi} has no period: add rows of its entities to tests/kpis/two_moments.py, and its values to EXPECTED"
            )
        company.expect(kpi, grain, start, (0, None) if KPIS[kpi].is_additive else None)


def small() -> CompanyOfRecords:
    company = CompanyOfRecords.computed(small_company.records(), small_company.AS_OF, timezone="UTC")
    assert {kpi for (kpi,) in company.rows("SELECT DISTINCT kpi FROM fct_kpi WHERE value IS NOT NULL")} == KPIS.keys()
    return company


def test_a_zero_below_the_line_is_no_value_for_any_kpi() -> None:
    company = small()
    company.change_measures(
        "value = 0 WHERE measure IN (SELECT denominator_measure FROM int_kpi_definitions WHERE denominator_measure IS NOT NULL)"
    )
    assert company.unsound() == []
    ratios = "(SELECT kpi FROM int_kpi_definitions WHERE denominator_measure IS NOT NULL)"
    assert company.rows(f"SELECT * FROM fct_kpi WHERE kpi IN {ratios} AND value IS NOT NULL") == []


def test_a_zero_above_the_line_is_a_zero_for_any_kpi() -> None:
    company = small()
    # What other KPIs are divided by stays.
    below = "(SELECT denominator_measure FROM int_kpi_definitions WHERE denominator_measure IS NOT NULL)"
    ratios = (
        "(SELECT kpi FROM int_kpi_definitions"
        f" WHERE denominator_measure IS NOT NULL AND numerator_measure NOT IN {below})"
    )
    [(before,)] = company.rows(f"SELECT count(*) FROM fct_kpi WHERE value IS NOT NULL AND kpi IN {ratios}")
    company.change_measures(
        "value = 0, squared_deviations = 0"
        f" WHERE measure IN (SELECT numerator_measure FROM int_kpi_definitions) AND measure NOT IN {below}"
    )
    # Intervals of measures of their own are still those of what was measured.
    own = {
        kpi for (kpi,) in company.rows("SELECT kpi FROM int_kpi_definitions WHERE interval_method IN ('bounds', 'nps')")
    }
    assert {kpi for kpi, *_ in company.unsound()} <= own
    assert company.rows(f"SELECT DISTINCT value FROM fct_kpi WHERE kpi IN {ratios} AND value IS NOT NULL") == [(0,)]
    [(after,)] = company.rows(f"SELECT count(*) FROM fct_kpi WHERE value = 0 AND kpi IN {ratios}")
    assert after == before


def test_an_unknown_above_the_line_is_no_value_for_any_kpi() -> None:
    company = small()
    company.change_measures("value = NULL")
    assert company.unsound() == []
    assert company.rows("SELECT * FROM fct_kpi WHERE value IS NOT NULL") == []


DAY = date(2025, 5, 14)
NOON = local(2025, 5, 14, 12)
YESTERDAY = NOON - timedelta(days=1)
REFUND = {"order_id": "r", "customer_id": "c", "ordered_at": NOON, "amount": "-10.00"}
TOTALS = ("delivered", "bounced", "opened", "clicked", "unsubscribed", "complained")


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (
            {
                "web_stat": [{"date": DAY, "visitors": 0, "conversions": 3.0}],
                "ad_stat": [{"date": DAY, "campaign_id": "k", "impressions": 0, "clicks": 2}],
                "agent_time": [{"agent_id": "a", "date": DAY, "available_seconds": 0.0, "handling_seconds": 9.0}],
                "campaign_stat": [{"campaign_id": "k", "sent_at": NOON, "sent": 0, **dict.fromkeys(TOTALS, 0)}],
                # A scale whose ends are one.
                "survey_response": [
                    {"response_id": "r", "kind": "ces", "answered_at": NOON, "score": 1.0, "scale_min": 1.0, "scale_max": 1.0}
                ],
                # A group without a control group.
                "exposure": [
                    {"campaign_id": "k", "customer_id": "x", "arm": "mail", "exposed_at": NOON, "converted_at": NOON}
                ],
                # A refund alone is no order, has no buyer, and makes nobody a customer.
                "order": [REFUND],
                "spend": [{"date": DAY, "category": "sales", "amount": "50.00"}],
            },
            {
                **dict.fromkeys(
                    (
                        "visitor_conversion_rate", "ad_click_rate", "agent_occupancy", "agent_productivity", "ces",
                        "campaign_uplift", "average_order_value", "revenue_per_customer", "arpu", "loyalty_rate",
                        "retention_rate", "cross_sell_rate", "upsell_rate", "customer_acquisition_cost",
                        "email_open_rate", "email_open_rate_delivered", "email_click_rate", "delivery_rate",
                        "bounce_rate", "email_click_through_rate", "email_click_rate_delivered", "unsubscribe_rate",
                        "complaint_rate",
                    )
                ),
                "revenue": (-10, None),
                "marketing_conversion_rate": (1, 1),
            },
        ),
        # Tickets resolved on a day on which nobody worked; sales that refunds to others make up for.
        (
            {
                "ticket": [{"ticket_id": "t", "created_at": NOON, "resolved_at": NOON}],
                "agent_time": [{"agent_id": "a", "date": date(2025, 5, 13), "available_seconds": 9.0, "handling_seconds": 9.0}],
                "order": [{"order_id": "o", "customer_id": "buyer", "ordered_at": NOON, "amount": "10.00"}, REFUND],
                "touchpoint": [{"touchpoint_id": "t", "customer_id": "buyer", "channel": "ads", "occurred_at": YESTERDAY}],
            },
            {
                "agent_productivity": None,
                "resolution_time": (0, 1),
                "revenue": (0, None),
                "attributed_revenue": (10, None),
                "marketing_contribution": None,
                "average_order_value": (10, 1),
            },
        ),
        # A campaign that costs nothing; money spent on a day on which nobody became a customer.
        (
            {
                "order": [
                    {"order_id": f"o{day.day}", "customer_id": "c", "ordered_at": day, "amount": "10.00"}
                    for day in (YESTERDAY, NOON)
                ],
                "touchpoint": [
                    {"touchpoint_id": "t", "customer_id": "c", "campaign_id": "k", "occurred_at": NOON - timedelta(hours=1)}
                ],
                "ad_stat": [{"date": DAY, "campaign_id": "k", "cost": "0.00"}],
                "spend": [{"date": DAY, "category": "sales", "amount": "50.00"}],
            },
            {
                "attributed_revenue": (10, None),
                "campaign_roi": None,
                "customer_acquisition_cost": None,
                "new_customers": (0, None),
                "repurchase_rate": (1, 1),
            },
        ),
    ],
)  # fmt: skip
def test_records_with_nothing_below_the_line(
    records: dict[str, list[small_company.Row]], expected: dict[str, Parts]
) -> None:
    company = CompanyOfRecords.computed(records, local(2025, 6, 1, 6), parameters=PARAMETERS)
    for kpi, parts in expected.items():
        company.expect(kpi, "day", DAY, parts)


def test_a_stock_is_known_for_as_long_as_its_source_is_loaded() -> None:
    records = {
        "ticket": [{"ticket_id": "t", "created_at": local(2025, 1, 14, 10), "resolved_at": None}],
        "customer": [
            {"customer_id": "c", "became_customer_at": local(2025, 1, 14, 10), "churned_at": None, "created_at": local(2025, 1, 14)}
        ],
    }  # fmt: skip
    present = local(2025, 6, 30, 6)
    living = CompanyOfRecords(records, present, parameters={("active_customers", "active_days"): "365"})
    # Resolutions are delivered, and there is none yet.
    living.rows("INSERT INTO control.declared_delivery VALUES ('all', 'resolved_at', true)")
    living.compute()
    for day in (date(2025, 1, 14), date(2025, 2, 14), date(2025, 2, 15), date(2025, 6, 30)):
        living.expect("backlog", "day", day, (1, None))
        living.expect("active_customers", "day", day, (1, None))
    # Loaded for the last time on 1 March: what came after it is unknown.
    living.loaded("ticket", until=local(2025, 3, 2), newest_at=local(2025, 1, 14, 10))
    living.loaded("customer", until=local(2025, 3, 2), newest_at=local(2025, 1, 14, 10))
    living.compute()
    for kpi in ("backlog", "active_customers"):
        living.expect(kpi, "day", date(2025, 3, 1), (1, None))
        living.expect(kpi, "day", date(2025, 3, 2), None)
        # And a load of before the last event hides nothing: it is known for 31 days.
    living.loaded("ticket", until=local(2025, 1, 15), newest_at=local(2025, 1, 14, 10))
    living.loaded("customer", until=local(2025, 1, 15), newest_at=local(2025, 1, 14, 10))
    living.compute()
    for kpi in ("backlog", "active_customers"):
        living.expect(kpi, "day", date(2025, 2, 14), (1, None))
        living.expect(kpi, "day", date(2025, 2, 15), None)


def test_a_person_who_left_has_no_backlog_of_zero_for_ever() -> None:
    def ticket(name: str, agent: str, *created: int, resolved: bool) -> small_company.Row:
        moment = local(*created)
        ended = moment + timedelta(hours=1) if resolved else None
        return {"ticket_id": name, "created_at": moment, "agent_id": agent, "resolved_at": ended}

    tickets = [
        ticket("t", "gone", 2024, 1, 10, 9, resolved=True),
        ticket("u", "here", 2024, 1, 10, 9, resolved=False),
        ticket("v", "here", 2025, 5, 10, 9, resolved=True),
    ]
    company = CompanyOfRecords.computed({"ticket": tickets}, local(2025, 6, 1, 6))
    # 92 days after 10 January is 11 April.
    company.expect("backlog", "day", date(2024, 1, 10), (0, None), "agent", "gone")
    company.expect("backlog", "day", date(2024, 4, 11), (0, None), "agent", "gone")
    assert company.published("backlog", "day", date(2024, 4, 12), "agent", "gone") is None
    assert company.published("backlog", "year", date(2025, 1, 1), "agent", "gone") is None
    company.expect("backlog", "day", date(2025, 6, 1), (1, None), "agent", "here")
    company.expect("backlog", "day", date(2025, 6, 1), (1, None))
