"""A company with a few rows of every entity that KPIs need. `tests.kpis.small_warehouse` computes KPIs from them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

AS_OF = datetime(2025, 9, 15, 5, 0, tzinfo=UTC)
_FIRST = datetime(2025, 1, 10, 9, 0, tzinfo=UTC)
_MONTHS = 8
# Sales go back a year further than the rest: what customers are worth is computed from twelve months.
_MONTHS_BEFORE = 12

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
        "ad_stat": [
            {"date": month(each).date(), "campaign_id": "k", "impressions": 1000, "clicks": 20, "cost": "10.00"}
            for each in range(_MONTHS)
        ],
        "agent": [{"agent_id": "a", "team": "desk"}],
        "agent_time": [
            {
                "agent_id": "a",
                "date": month(each).date(),
                "available_seconds": 25200.0,
                "handling_seconds": 20000.0 + each,
            }
            for each in range(_MONTHS)
        ],
        # Between the answers of two months.
        "training": [
            {"training_id": f"f{each}", "agent_id": "a", "completed_at": month(each, days=15)}
            for each in range(_MONTHS)
        ],
        "quality_review": [
            {"review_id": f"q{each}", "reviewed_at": month(each), "ticket_id": f"t{each}-0", "errors": each % 2}
            for each in range(_MONTHS)
        ],
        "spend": [
            {
                "date": month(each).date(),
                "category": "marketing",
                "channel": channel,
                "campaign_id": campaign,
                "amount": amount,
            }
            for each in range(_MONTHS)
            for channel, campaign, amount in (("ads", None, "90.00"), (None, "k", "10.00"))
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
    for number in range(-_MONTHS_BEFORE, _MONTHS):
        for part in range(2 if number else 1):
            yield {
                "order_id": f"o{number}-{part}",
                "customer_id": f"c{0 if number == 0 else 1 + number % 2}",
                "ordered_at": month(number, days=part + 2),
                # Each purchase is larger than those before.
                "amount": f"{50 + number}.00",
                "margin": "20.00",
            }


def _deals() -> Iterator[Row]:
    for number in range(-_MONTHS_BEFORE, _MONTHS):
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
                # The one that a person solved was not reopened.
                "reopen_count": (1, 0, 2)[part],
                "agent_reply_count": 1,
                "interaction_count": 2,
                "is_automated": part == 0,
                "sla_met": part == 0,
                "agent_id": "a",
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
                    "handling_seconds": 60.0 * (part + 1),
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
        for kind, score in (("csat", 5.0 if number else 1.0), ("nps", 10.0), ("ces", 6.0), ("employee", 4.0)):
            yield {
                "response_id": f"r{number}-{kind}",
                "kind": kind,
                "answered_at": month(number),
                "score": score,
                "scale_min": 1.0 if kind in ("csat", "employee") else 0.0,
                "scale_max": {"csat": 5.0, "nps": 10.0, "ces": 7.0, "employee": 5.0}[kind],
                "ticket_id": f"t{number}-0" if kind == "csat" else None,
                "agent_id": "a" if kind in ("csat", "employee") else None,
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
