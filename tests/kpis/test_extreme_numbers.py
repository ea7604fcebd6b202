"""Numbers that no company has: they make their own KPI unknown at most, and stop no other one."""

from datetime import date, timedelta

import pytest

from tests.kpis.company_of_records import CompanyOfRecords, Parts, local
from tests.kpis.small_company import Row

pytestmark = pytest.mark.slow

DAY, NOON, AS_OF = date(2025, 5, 14), local(2025, 5, 14, 12), local(2025, 6, 1, 6)
# The largest number of a file's column that is a number, and the largest whole one.
LARGEST, LARGEST_WHOLE = 1e308, 2**63 - 1
CALL: Row = {"call_id": "k", "started_at": NOON, "direction": "inbound", "is_abandoned": True}


@pytest.fixture(scope="module")
def company() -> CompanyOfRecords:
    records = {
        "web_stat": [
            {"date": DAY, "channel": channel, "visitors": 10, "conversions": LARGEST} for channel in ("ads", "mail")
        ],
        "agent_time": [
            {"agent_id": agent, "date": DAY, "available_seconds": 1e-300, "handling_seconds": LARGEST} for agent in ("a", "b")
        ],
        "ticket": [{"ticket_id": "t", "created_at": NOON - timedelta(hours=1), "resolved_at": NOON}],
        "interaction": [
            {"interaction_id": name, "occurred_at": NOON, "ticket_id": "t", "channel": "mail", "handling_seconds": LARGEST}
            for name in ("i", "j")
        ],
        "ad_stat": [
            {"date": DAY, "campaign_id": name, "impressions": LARGEST_WHOLE, "clicks": LARGEST_WHOLE} for name in ("k", "l")
        ],
        "campaign_stat": [
            {"campaign_id": name, "sent_at": NOON, "sent": LARGEST_WHOLE, "delivered": LARGEST_WHOLE, "opened": 0, "clicked": 0}
            for name in ("m", "n")
        ],
        # The largest amount that a file can have, many times by one customer.
        "order": [
            {"order_id": f"o{number}", "customer_id": "c", "ordered_at": NOON, "amount": "999999999999.999999"}
            for number in range(20)
        ],
        # In a currency whose rate would make it larger still.
        "deal": [
            {"deal_id": "d", "created_at": NOON, "closed_at": NOON, "is_won": True, "amount": "999999999999", "currency": "XXX"}
        ],
        "fx_rate": [{"date": DAY, "currency": "XXX", "rate": LARGEST}],
        "survey_response": [
            {"response_id": name, "kind": "ces", "answered_at": NOON, "score": score, "scale_min": 0.0, "scale_max": LARGEST}
            for name, score in (("r", 0.0), ("s", LARGEST))
        ],
        "call": [CALL],
    }  # fmt: skip
    return CompanyOfRecords.computed(records, AS_OF)


@pytest.mark.parametrize(
    ("kpi", "parts"),
    [
        ("visitor_conversion_rate", None),
        ("agent_occupancy", None),
        ("handling_time", None),
        ("ad_click_rate", (2.0**64, 2.0**64)),
        # Nobody sends beyond a trillion e-mails.
        ("delivery_rate", None),
        ("email_open_rate", None),
        ("email_click_rate", None),
        ("revenue", (2e13, None)),
        ("average_order_value", (2e13, 20)),
        # All orders are of one amount: none exceeds the mean of those before.
        ("upsell_rate", (0, 1)),
        # The answer at the top of the scale cannot be rescaled.
        ("ces", (0, 1)),
        # What is not concerned.
        ("win_rate", (1, 1)),
        ("resolution_time", (3600, 1)),
        ("channel_share", (2, 2)),
        ("call_abandonment_rate", (1, 1)),
    ],
)
def test_what_no_number_can_hold_is_unknown(company: CompanyOfRecords, kpi: str, parts: Parts) -> None:
    company.expect(kpi, "day", DAY, parts)


def test_a_share_of_so_many_that_both_bounds_are_equal_has_no_interval(company: CompanyOfRecords) -> None:
    row = company.published("ad_click_rate", "day", DAY)
    assert row is not None
    assert (row.ci_low, row.ci_high) == (None, None)
