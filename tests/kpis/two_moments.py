"""A company in which everything that dates a KPI happens at two moments, and what each KPI is then, worked out by hand.

The second moment has more of everything, so that the KPIs of the one, of the other and of both differ.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from tests.kpis.company_of_records import Parts
from tests.kpis.small_company import Row

DAY = 86400
# Tickets are created more than a year before: they count in the periods of their end alone.
FIRST_AGE, SECOND_AGE = 400 * DAY, 410 * DAY
# Groups of one person are compared.
PARAMETERS = {("campaign_uplift", "min_group"): "1"}

# What the KPIs are in a period with the first moment, with the second, and with both.
EXPECTED: Mapping[str, tuple[Parts, Parts, Parts]] = {
    # One ticket each of 400 and of 410 days is resolved by an agent, another of 410 days by a bot.
    "ticket_volume": ((1, None), (2, None), (3, None)),
    "response_rate": ((0, 1), (0, 2), (0, 3)),
    "first_response_time": ((FIRST_AGE, 1), (SECOND_AGE, 1), (810 * DAY, 2)),
    "first_response_time_business": ((FIRST_AGE, 1), (SECOND_AGE, 1), (810 * DAY, 2)),
    "first_response_time_p50": ((FIRST_AGE, None), (SECOND_AGE, None), (405 * DAY, None)),
    "first_response_time_p90": ((FIRST_AGE, None), (SECOND_AGE, None), (409 * DAY, None)),
    "resolution_time": ((FIRST_AGE, 1), (820 * DAY, 2), (1220 * DAY, 3)),
    "resolution_time_business": ((FIRST_AGE, 1), (820 * DAY, 2), (1220 * DAY, 3)),
    "resolution_time_p50": ((FIRST_AGE, None), (SECOND_AGE, None), (SECOND_AGE, None)),
    "resolution_time_p90": ((FIRST_AGE, None), (SECOND_AGE, None), (SECOND_AGE, None)),
    "first_contact_resolution_rate": ((1, 1), (0, 2), (1, 3)),
    "interactions_per_ticket": ((3, 1), (8, 2), (11, 3)),
    "ticket_age": ((FIRST_AGE, 1), (SECOND_AGE, 1), (810 * DAY, 2)),
    "auto_resolution_rate": ((0, 1), (1, 2), (1, 3)),
    "reopen_rate": ((0, 1), (1, 2), (1, 3)),
    "sla_attainment": ((1, 1), (0, 1), (1, 2)),
    "channel_share": ((1, 1), (2, 2), (3, 3)),
    "call_abandonment_rate": ((0, 1), (1, 2), (1, 3)),
    # Two agents work at the second moment, one of them at the first as well.
    "handling_time": ((60, 1), (180, 1), (240, 2)),
    "agent_productivity": ((1, 1), (2, 2), (3, 2)),
    "agent_occupancy": ((500, 1000), (1000, 1500), (1500, 2500)),
    "errors_per_interaction": ((1, 1), (3, 2), (4, 3)),
    # The satisfied employee of the first moment is dissatisfied at the second; another one is satisfied.
    "employee_satisfaction_rate": ((1, 1), (1, 2), (1, 2)),
    "csat": ((1, 1), (1, 2), (2, 3)),
    "nps": ((100, 1), (0, 2), (100, 3)),
    "ces": ((6, 1), (5, 2), (11, 3)),
    # Two e-mails at the first moment, one of them from a platform that reports sending and opening alone; two and one.
    "email_open_rate": ((2, 2), (1, 3), (3, 5)),
    "email_open_rate_human": ((1, 1), (0, 1), (1, 2)),
    "email_open_rate_delivered": ((1, 1), (0, 1), (1, 2)),
    "email_click_rate": ((1, 1), None, (1, 1)),
    "email_click_through_rate": ((1, 1), (0, 2), (1, 3)),
    "email_click_rate_delivered": ((1, 1), (0, 1), (1, 2)),
    "delivery_rate": ((1, 1), (1, 2), (2, 3)),
    "bounce_rate": ((0, 1), (1, 2), (1, 3)),
    "unsubscribe_rate": ((0, 1), (1, 2), (1, 3)),
    "complaint_rate": ((1, 1), (0, 2), (1, 3)),
    "marketing_conversion_rate": ((1, 1), (1, 2), (2, 3)),
    # 1 of 1 against 0 of 1; 1 of 2 against 1 of 1; 2 of 3 against 1 of 2, each times the people treated.
    "campaign_uplift": ((1, 1), (-1, 2), (0.5, 3)),
    "attributed_revenue": ((100, None), (0, None), (100, None)),
    "marketing_contribution": ((100, 100), (0, 80), (100, 180)),
    "campaign_roi": ((60, 40), (-10, 10), (50, 50)),
    "ad_click_rate": ((20, 1000), (30, 500), (50, 1500)),
    # One customer buys for 100; another one for 30, and a second later for 50, of another category.
    "revenue": ((100, None), (80, None), (180, None)),
    "revenue_per_customer": ((100, 1), (80, 1), (180, 2)),
    "average_order_value": ((100, 1), (80, 2), (180, 3)),
    "loyalty_rate": ((0, 1), (1, 1), (1, 2)),
    "cross_sell_rate": (None, (1, 1), (1, 1)),
    "upsell_rate": (None, (1, 1), (1, 1)),
    "new_customers": ((1, None), (1, None), (2, None)),
    "customer_acquisition_cost": ((50, 1), (90, 1), (140, 2)),
    "lead_conversion_rate": ((1, 1), (0, 2), (1, 3)),
    "win_rate": ((1, 1), (1, 2), (2, 3)),
    "sales_cycle": ((10, 1), (20, 1), (30, 2)),
    "visitor_conversion_rate": ((5, 100), (1, 50), (6, 150)),
    # At the end of the first moment's period one customer is active, who is still one after the second.
    "active_customers": ((1, None), (2, None), (2, None)),
    "arpu": ((100, 1), (80, 2), (180, 2)),
    "retention_rate": (None, (1, 1), None),
    "churn_rate": (None, (0, 1), None),
    "repurchase_rate": (None, (0, 1), None),
    "recommendation_rate": ((0, 1), (1, 2), (1, 2)),
}  # fmt: skip

# Whether anybody recommends is unknown until somebody was recommended: at the second moment.
KNOWN_FROM_SECOND = frozenset({"recommendation_rate"})


def of_two_moments(first: datetime, second: datetime | None) -> dict[str, list[Row]]:
    """Returns the records of a company at both moments; at the first alone if there is no second."""
    records: dict[str, list[Row]] = {}
    for is_second, moment in ((False, first), (True, second)):
        if moment is not None:
            for entity, rows in (_second(moment) if is_second else _first(moment)).items():
                records.setdefault(entity, []).extend(rows)
    return records


def _earlier(moment: datetime, **ago: float) -> datetime:
    """A moment before another one, by elapsed time: clocks may have been changed in between."""
    return moment.astimezone(UTC) - timedelta(**ago)


def _day(moment: datetime) -> date:
    return moment.date()


def _ticket(name: str, created: datetime, ended: datetime | None, **more: object) -> Row:
    unknown = dict.fromkeys(
        ("first_response_at", "reopen_count", "agent_reply_count", "interaction_count", "is_automated", "sla_met")
    )
    return {"ticket_id": name, "created_at": created, "resolved_at": ended, "closed_at": None, **unknown, **more}


def _answer(name: str, kind: str, at: datetime, score: float, agent: str | None = None) -> Row:
    return {"response_id": name, "kind": kind, "answered_at": at, "score": score, "agent_id": agent}


def _send(name: str, at: datetime, **events: datetime) -> Row:
    nothing = dict.fromkeys(
        ("delivered_at", "bounced_at", "first_opened_at", "first_clicked_at", "unsubscribed_at", "complained_at")
    )
    return {"send_id": name, "campaign_id": "news", "email": f"{name}@example.com", "sent_at": at, **nothing, **events}


def _event(name: str, event: str, at: datetime, *, is_machine: bool) -> Row:
    return {
        "source": "mailer", "event_id": f"{name}-{event}", "campaign_id": "digest", "email": f"{name}@example.com",
        "event": event, "occurred_at": at, "is_machine": is_machine,
    }  # fmt: skip


def _exposure(customer: str, arm: str, at: datetime, converted: datetime | None) -> Row:
    return {"campaign_id": "trial", "customer_id": customer, "arm": arm, "exposed_at": at, "converted_at": converted}


def _first(at: datetime) -> dict[str, list[Row]]:
    after = at + timedelta(hours=1)
    return {
        "customer": [{"customer_id": "c1", "referred_by": None, "created_at": _earlier(at, days=20)}],
        "ticket": [
            _ticket("new1", at, None),
            _ticket(
                "old1", _earlier(at, days=400), at, first_response_at=at, closed_at=at, reopen_count=0,
                agent_reply_count=1, interaction_count=3, is_automated=False, sla_met=True,
            ),
        ],
        "interaction": [
            {"interaction_id": "i1", "occurred_at": at, "ticket_id": "old1", "channel": "mail", "handling_seconds": 60.0}
        ],
        "call": [{"call_id": "k1", "started_at": at, "direction": "inbound", "is_abandoned": False}],
        "agent_time": [{"agent_id": "a", "date": _day(at), "available_seconds": 1000.0, "handling_seconds": 500.0}],
        "quality_review": [{"review_id": "q1", "reviewed_at": at, "ticket_id": "old1", "errors": 1}],
        "survey_response": [
            _answer("e1", "employee", at, 4, "a"), _answer("s1", "csat", at, 5),
            _answer("n1", "nps", at, 10), _answer("c1", "ces", at, 6),
        ],
        "email_send": [
            _send("m1", at, delivered_at=after, first_opened_at=after, first_clicked_at=after, complained_at=after)
        ],
        "email_event": [_event("p1", "sent", at, is_machine=False), _event("p1", "open", after, is_machine=False)],
        "exposure": [_exposure("x1", "mail", at, after), _exposure("x2", "control", at, None)],
        "touchpoint": [
            {"touchpoint_id": "t1", "customer_id": "c1", "campaign_id": "k", "occurred_at": _earlier(at, days=5)}
        ],
        "ad_stat": [{"date": _day(at), "campaign_id": "k", "impressions": 1000, "clicks": 20, "cost": "40.00"}],
        "order": [{"order_id": "o1", "customer_id": "c1", "ordered_at": at, "amount": "100.00"}],
        "order_line": [{"order_id": "o1", "line_number": 1, "category": "lamps"}],
        "spend": [{"date": _day(at), "category": "marketing", "amount": "50.00"}],
        "lead": [{"lead_id": "l1", "created_at": at, "converted_at": after}],
        "deal": [
            {"deal_id": "d1", "created_at": _earlier(at, days=10), "customer_id": "c1", "closed_at": at, "is_won": True}
        ],
        "web_stat": [{"date": _day(at), "visitors": 100, "conversions": 5.0}],
    }  # fmt: skip


def _second(at: datetime) -> dict[str, list[Row]]:
    after = at + timedelta(hours=1)
    created = _earlier(at, days=410)
    return {
        "customer": [{"customer_id": "c2", "referred_by": "c1", "created_at": at}],
        "ticket": [
            _ticket("new2", at, None), _ticket("new3", at, None),
            _ticket(
                "old2", created, at, first_response_at=at, closed_at=at, reopen_count=1, agent_reply_count=2,
                interaction_count=7, is_automated=False, sla_met=False,
            ),
            _ticket("bot2", created, at, reopen_count=0, agent_reply_count=0, interaction_count=1, is_automated=True),
        ],
        "interaction": [
            {"interaction_id": "i2", "occurred_at": at, "ticket_id": "old2", "channel": "mail", "handling_seconds": 100.0},
            {"interaction_id": "i3", "occurred_at": at, "ticket_id": "old2", "channel": "chat", "handling_seconds": 80.0},
        ],
        "call": [
            {"call_id": f"k{number}", "started_at": at, "direction": "inbound", "is_abandoned": number == 2}
            for number in (2, 3)
        ],
        "agent_time": [
            {"agent_id": "a", "date": _day(at), "available_seconds": 1000.0, "handling_seconds": 800.0},
            {"agent_id": "b", "date": _day(at), "available_seconds": 500.0, "handling_seconds": 200.0},
        ],
        "quality_review": [
            {"review_id": f"q{number}", "reviewed_at": at, "ticket_id": "old2", "errors": errors}
            for number, errors in ((2, 0), (3, 3))
        ],
        "survey_response": [
            _answer("e2", "employee", at, 2, "a"), _answer("e3", "employee", at, 5, "b"),
            _answer("s2", "csat", at, 1), _answer("s3", "csat", at, 4),
            _answer("n2", "nps", at, 0), _answer("n3", "nps", at, 9),
            _answer("c2", "ces", at, 2), _answer("c3", "ces", at, 3),
        ],
        "email_send": [_send("m2", at, delivered_at=after, unsubscribed_at=after), _send("m3", at, bounced_at=after)],
        "email_event": [_event("p2", "sent", at, is_machine=False), _event("p2", "open", after, is_machine=True)],
        "exposure": [
            _exposure("x3", "mail", at, after), _exposure("x4", "mail", at, None), _exposure("x5", "control", at, after)
        ],
        "ad_stat": [{"date": _day(at), "campaign_id": "k", "impressions": 500, "clicks": 30, "cost": "10.00"}],
        "order": [
            {"order_id": "o2", "customer_id": "c2", "ordered_at": at, "amount": "30.00"},
            {"order_id": "o3", "customer_id": "c2", "ordered_at": at + timedelta(seconds=1), "amount": "50.00"},
        ],
        "order_line": [
            {"order_id": "o2", "line_number": 1, "category": "lamps"},
            {"order_id": "o3", "line_number": 1, "category": "shades"},
        ],
        "spend": [{"date": _day(at), "category": "sales", "amount": "90.00"}],
        "lead": [{"lead_id": f"l{number}", "created_at": at, "converted_at": None} for number in (2, 3)],
        "deal": [
            {"deal_id": f"d{number}", "created_at": _earlier(at, days=20), "customer_id": "c2", "closed_at": at, "is_won": number == 2}
            for number in (2, 3)
        ],
        "web_stat": [{"date": _day(at), "visitors": 50, "conversions": 1.0}],
    }  # fmt: skip
