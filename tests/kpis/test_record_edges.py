"""Who is one person, which answer counts, and what money in other currencies is worth: on records, to the KPIs."""

from datetime import date

import pytest

from tests.kpis.company_of_records import CompanyOfRecords, Parts, local
from tests.kpis.small_company import Row

pytestmark = pytest.mark.slow

MAY, JUNE, JULY = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)
AS_OF = local(2025, 7, 20, 6)


def order(number: int, customer: str, amount: str, *, day: int = 5, month: int = 5, **more: object) -> Row:
    moment = local(2025, month, day, 12)
    return {"order_id": f"o{number}", "customer_id": customer, "ordered_at": moment, "amount": amount, **more}


# A person whom the CRM, the shop and the helpdesk know, each by an id of its own and another spelling of the address.
CRM: Row = {
    "source": "crm",
    "customer_id": "1",
    "email": "Ada@Example.com",
    "country": "FR",
    "created_at": local(2025, 1, 2),
}
SHOP: Row = {
    "source": "shop",
    "customer_id": "77",
    "email": " ada@example.com ",
    "country": None,
    "created_at": local(2025, 5, 5),
}
DESK: Row = {
    "source": "desk",
    "customer_id": "u9",
    "email": "ADA@EXAMPLE.COM",
    "country": None,
    "created_at": local(2025, 5, 6),
}


@pytest.fixture(scope="module")
def known_to_three() -> CompanyOfRecords:
    # Another customer has the same id in the CRM as the first one has in the shop: ids belong to their source.
    other: Row = {
        "source": "crm",
        "customer_id": "77",
        "email": "bob@example.com",
        "country": "DE",
        "created_at": local(2025, 1, 3),
    }
    records = {
        "customer": [CRM, SHOP, DESK, other],
        "order": [
            order(1, "1", "40.00", source="crm"),
            order(2, "77", "60.00", source="shop", day=6),
            order(3, "77", "100.00", source="shop", month=6),
        ],
        "deal": [
            {"source": "crm", "deal_id": "d", "created_at": local(2025, 6, 1), "customer_id": "1", "closed_at": local(2025, 6, 9), "is_won": True}
        ],
        "survey_response": [
            {"source": "desk", "response_id": "r1", "kind": "nps", "answered_at": local(2025, 5, 7), "score": 10.0, "customer_id": "u9"}
        ],
        "email_send": [
            {"source": "mail", "send_id": "s", "campaign_id": "k", "email": "aDa@example.com", "sent_at": local(2025, 5, 8), "first_opened_at": local(2025, 5, 8, 1)}
        ],
        "lead": [{"source": "ads", "lead_id": "l", "email": "ada@example.com ", "created_at": local(2025, 5, 5, 9)}],
    }  # fmt: skip
    return CompanyOfRecords.computed(records, AS_OF)


@pytest.mark.parametrize(
    ("kpi", "may", "june"),
    [
        ("new_customers", (1, None), (0, None)),
        ("active_customers", (1, None), (1, None)),
        ("revenue", (100, None), (100, None)),
        ("revenue_per_customer", (100, 1), (100, 1)),
        ("average_order_value", (100, 2), (100, 1)),
        ("arpu", (100, 1), (100, 1)),
        # Bought in two systems in May; in June the order and the deal are one purchase.
        ("loyalty_rate", (1, 1), (0, 1)),
        ("repurchase_rate", None, (1, 1)),
        ("retention_rate", None, (1, 1)),
        # 60 after 40, and 100 after a mean of 50.
        ("upsell_rate", (1, 1), (1, 1)),
        ("lead_conversion_rate", (1, 1), None),
    ],
)
def test_a_person_known_to_three_systems_counts_once(
    known_to_three: CompanyOfRecords, kpi: str, may: Parts, june: Parts
) -> None:
    known_to_three.expect(kpi, "month", MAY, may)
    known_to_three.expect(kpi, "month", JUNE, june)


@pytest.mark.parametrize(
    ("kpi", "parts"),
    [
        ("revenue", (100, None)),
        ("active_customers", (1, None)),
        ("nps", (100, 1)),
        ("email_open_rate", (1, 1)),
        ("arpu", (100, 1)),
    ],
)
def test_what_one_system_knows_of_a_person_holds_in_all(
    known_to_three: CompanyOfRecords, kpi: str, parts: Parts
) -> None:
    # Only the CRM has the country.
    known_to_three.expect(kpi, "month", MAY, parts, "country", "FR")
    known_to_three.expect(kpi, "month", MAY, None, "country", "unknown")
    known_to_three.expect(kpi, "month", MAY, None, "country", "DE")


def test_one_record_in_each_of_three_systems_is_no_duplicate(known_to_three: CompanyOfRecords) -> None:
    known_to_three.expect("duplicate_rate", "day", AS_OF.date(), (0, 4))


def test_ids_are_shared_where_the_settings_say_so() -> None:
    records = {
        "customer": [{"source": "crm", "customer_id": "7", "created_at": local(2025, 1, 1)}],
        "order": [order(1, "7", "40.00", source="shop"), order(2, "7", "50.00", source="till", day=6)],
    }
    apart = CompanyOfRecords.computed(records, AS_OF)
    apart.expect("new_customers", "month", MAY, (2, None))
    apart.expect("revenue_per_customer", "month", MAY, (90, 2))
    shared = CompanyOfRecords.computed(records, AS_OF, id_spaces={"shop": "crm", "till": "crm"})
    shared.expect("new_customers", "month", MAY, (1, None))
    shared.expect("revenue_per_customer", "month", MAY, (90, 1))
    shared.expect("loyalty_rate", "month", MAY, (1, 1))


@pytest.mark.parametrize(("records", "people", "duplicates"), [(3, 1, 3), (4, 4, 0)])
def test_an_address_of_more_than_three_records_is_nobodys(records: int, people: int, duplicates: int) -> None:
    company = CompanyOfRecords.computed(
        {
            "customer": [
                {"customer_id": f"c{number}", "email": "noreply@example.com", "created_at": local(2025, 5, 1)}
                for number in range(records)
            ],
            "order": [order(number, f"c{number}", "10.00") for number in range(records)],
        },
        AS_OF,
    )
    company.expect("new_customers", "month", MAY, (people, None))
    company.expect("revenue_per_customer", "month", MAY, (10 * records, people))
    company.expect("loyalty_rate", "month", MAY, (1 if people == 1 else 0, people))
    company.expect("duplicate_rate", "day", AS_OF.date(), (duplicates, records))


def test_a_deleted_customer_record_leaves_the_purchases() -> None:
    # Whoever asks to be forgotten has bought all the same; nobody knows any more from where.
    records = {
        "customer": [
            {"customer_id": "a", "country": "FR", "created_at": local(2025, 1, 1)},
            {"customer_id": "b", "country": "FR", "created_at": local(2025, 1, 1)},
            {"customer_id": "b", "_is_deleted": True, "_load_sequence": 2},
        ],
        "order": [order(1, "a", "40.00"), order(2, "b", "60.00")],
    }
    company = CompanyOfRecords.computed(records, AS_OF)
    company.expect("new_customers", "month", MAY, (2, None))
    company.expect("revenue", "month", MAY, (100, None))
    company.expect("revenue", "month", MAY, (40, None), "country", "FR")
    company.expect("revenue", "month", MAY, (60, None), "country", "unknown")


def test_merged_records_are_one_customer_over_chains_and_rings() -> None:
    # c was merged into b, and b into a; x and y into each other, as nobody should.
    merged = (("a", None), ("b", "a"), ("c", "b"), ("x", "y"), ("y", "x"))
    records = {
        "customer": [
            {"customer_id": name, "merged_into": into, "created_at": local(2025, 5, 1), "became_customer_at": local(2025, 5, day)}
            for day, (name, into) in enumerate(merged, start=1)
        ],
        "order": [order(number, name, "10.00", month=6) for number, (name, _) in enumerate(merged)],
    }  # fmt: skip
    company = CompanyOfRecords.computed(records, AS_OF)
    company.expect("new_customers", "month", MAY, (2, None))
    company.expect("revenue_per_customer", "month", JUNE, (50, 2))
    company.expect("loyalty_rate", "month", JUNE, (2, 2))


@pytest.fixture(scope="module")
def answered_twice() -> CompanyOfRecords:
    def answer(
        name: str, kind: str, score: float, *moment: int, ticket: str | None = None, agent: str | None = None
    ) -> Row:
        return {
            "response_id": name, "kind": kind, "score": score, "answered_at": local(2025, *moment), "ticket_id": ticket, "agent_id": agent,
        }  # fmt: skip

    records = {
        "ticket": [{"ticket_id": name, "created_at": local(2025, 5, 2)} for name in ("t1", "t2")],
        "survey_response": [
            # On one ticket a bad answer and later a good one, and one of another kind; on another ticket one a month later.
            answer("s1", "csat", 1, 5, 3, 9, ticket="t1"),
            answer("s2", "csat", 5, 5, 3, 10, ticket="t1"),
            answer("s3", "ces", 7, 5, 3, 10, ticket="t1"),
            answer("s4", "csat", 5, 5, 31, 23, ticket="t2"),
            answer("s5", "csat", 2, 6, 1, 0, ticket="t2"),
            # Without a ticket each answer is a survey of its own.
            answer("s6", "csat", 4, 5, 4),
            answer("s7", "csat", 4, 5, 4),
            answer("n1", "nps", 10, 5, 4),
            answer("n2", "nps", 3, 5, 5),
            # Of an employee the latest of a period counts: of June the second, of each of its weeks its own.
            answer("e1", "employee", 5, 6, 3, agent="a"),
            answer("e2", "employee", 1, 6, 10, agent="a"),
        ],
    }
    return CompanyOfRecords.computed(records, AS_OF)


@pytest.mark.parametrize(
    ("kpi", "grain", "start", "parts"),
    [
        # The second of the first ticket and two without one; the answer of June has replaced that of May.
        ("csat", "month", MAY, (3, 3)),
        ("csat", "month", JUNE, (0, 1)),
        ("csat", "day", date(2025, 5, 31), None),
        ("csat", "year", date(2025, 1, 1), (3, 4)),
        ("ces", "month", MAY, (7, 1)),
        ("nps", "month", MAY, (0, 2)),
        ("employee_satisfaction_rate", "month", JUNE, (0, 1)),
        ("employee_satisfaction_rate", "week", date(2025, 6, 2), (1, 1)),
        ("employee_satisfaction_rate", "week", date(2025, 6, 9), (0, 1)),
    ],
)
def test_of_a_survey_answered_twice_the_latest_counts(
    answered_twice: CompanyOfRecords, kpi: str, grain: str, start: date, parts: Parts
) -> None:
    answered_twice.expect(kpi, grain, start, parts)


@pytest.fixture(scope="module")
def currencies() -> CompanyOfRecords:
    records = {
        # Half a euro from 5 May, a quarter from 1 June; the last two are no rates.
        "fx_rate": [
            {"date": date(2025, 5, 5), "currency": "usd ", "rate": 0.5},
            {"date": date(2025, 6, 1), "currency": "USD", "rate": 0.25},
            {"date": date(2025, 6, 2), "currency": "USD", "rate": 0.0},
            {"date": date(2025, 7, 19), "currency": "USD", "rate": -1.0},
        ],
        "order": [
            order(1, "a", "40.00", currency=None, margin="4.00"),
            order(2, "b", "60.00", currency="EUR", margin="6.00"),
            order(3, "c", "100.00", currency=" usd", margin="10.00"),
            # On the day before the first rate, and without any: unknown.
            order(4, "d", "1000.00", day=4, currency="USD", margin="1.00"),
            order(5, "e", "1000.00", currency="GBP", margin="1.00"),
            # A refund at the rate of its own day.
            order(6, "c", "-20.00", day=31, currency="USD", margin=None),
            order(7, "c", "100.00", month=6, day=1, currency="USD", margin=None),
            # In July there is only what has no rate.
            order(8, "e", "1000.00", month=7, currency="GBP", margin=None),
        ],
        "spend": [
            {"date": date(2025, 5, 6), "category": "sales", "channel": "fairs", "amount": "30.00", "currency": "USD"},
            {"date": date(2025, 5, 6), "category": "sales", "channel": "ads", "amount": "85.00", "currency": "EUR"},
            {"date": date(2025, 5, 6), "category": "sales", "channel": "radio", "amount": "9.00", "currency": "GBP"},
        ],
    }
    return CompanyOfRecords.computed(records, AS_OF)


@pytest.mark.parametrize(
    ("kpi", "start", "parts"),
    [
        # 40 + 60 + 50, less 10.
        ("revenue", MAY, (140, None)),
        ("average_order_value", MAY, (150, 3)),
        ("revenue_per_customer", MAY, (140, 3)),
        # All five bought, whatever it was worth.
        ("new_customers", MAY, (5, None)),
        ("active_customers", MAY, (5, None)),
        # 15 + 85.
        ("customer_acquisition_cost", MAY, (100, 5)),
        ("revenue", JUNE, (25, None)),
        ("average_order_value", JUNE, (25, 1)),
        ("repurchase_rate", JUNE, (1, 5)),
        # 25 is less than the 50 before.
        ("upsell_rate", JUNE, (0, 1)),
        ("revenue", JULY, None),
        ("average_order_value", JULY, None),
        ("revenue_per_customer", JULY, None),
        ("arpu", JULY, None),
        ("loyalty_rate", JULY, (0, 1)),
    ],
)  # fmt: skip
def test_money_is_converted_at_the_rate_of_its_day(
    currencies: CompanyOfRecords, kpi: str, start: date, parts: Parts
) -> None:
    currencies.expect(kpi, "month", start, parts)


def test_a_referral_between_two_records_of_one_person_is_none() -> None:
    records = {
        "customer": [
            {"customer_id": name, "email": email, "referred_by": by, "became_customer_at": local(2025, 5, day), "created_at": local(2025, 1, day)}
            for day, (name, email, by) in enumerate(
                (
                    ("a", "ada@example.com", None),
                    # The same person again, and somebody who says to have come alone.
                    ("a2", "ADA@example.com", "a"),
                    ("b", "bob@example.com", "b"),
                    # Of somebody whom nobody knows.
                    ("c", "cleo@example.com", "ghost"),
                    ("d", "dora@example.com", "a2"),
                ),
                start=1,
            )
        ]
    }  # fmt: skip
    company = CompanyOfRecords.computed(records, AS_OF)
    # Of four people the first has referred the last.
    company.expect("recommendation_rate", "month", MAY, (1, 4))
    company.expect("recommendation_rate", "day", date(2025, 5, 2), (0, 1))
    company.expect("recommendation_rate", "day", date(2025, 5, 5), (1, 4))


@pytest.fixture(scope="module")
def refunds() -> CompanyOfRecords:
    orders = [
        order(1, "a", "10.00"),
        order(2, "b", "30.00"),
        # Free of charge, and a refund of June for May.
        order(3, "c", "0.00"),
        order(4, "b", "-30.00", month=6),
        # Void, as are refunds of a status of the list.
        order(5, "d", "50.00", status="Cancelled"),
        order(6, "a", "-10.00", status="cancelled"),
        # A refund of what nobody knows to have been bought.
        order(7, "e", "-5.00", month=6),
    ]
    return CompanyOfRecords.computed({"order": [{"status": "paid", **row} for row in orders]}, AS_OF)


@pytest.mark.parametrize(
    ("kpi", "may", "june"),
    [
        ("revenue", (40, None), (-35, None)),
        ("average_order_value", (40, 3), None),
        ("revenue_per_customer", (40, 3), None),
        ("new_customers", (3, None), (0, None)),
        ("active_customers", (3, None), (3, None)),
        ("arpu", (40, 3), (-35, 3)),
        ("loyalty_rate", (0, 3), None),
        ("repurchase_rate", None, (0, 3)),
        ("retention_rate", None, (3, 3)),
        ("churn_rate", None, (0, 3)),
        ("upsell_rate", None, None),
    ],
)
def test_refunds_lower_their_own_month_and_are_no_purchases(
    refunds: CompanyOfRecords, kpi: str, may: Parts, june: Parts
) -> None:
    refunds.expect(kpi, "month", MAY, may)
    refunds.expect(kpi, "month", JUNE, june)
