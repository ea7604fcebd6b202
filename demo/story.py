"""What happens to the demo company: the dates that the generator works with, and the incidents that come of them."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = "Europe/Paris"

# A Monday: no week is cut at the start.
FIRST_DAY = date(2023, 1, 2)
# Nothing happens from this day on.
END_DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 6, tzinfo=ZoneInfo(ZONE))

SUMMER_SINCE = date(2025, 7, 14)
SUMMER_UNTIL = date(2025, 8, 4)
DESK_SHORT_SINCE = date(2025, 12, 1)
DNS_CHANGED_ON = date(2025, 12, 17)
CHAT_BOT_BROKEN_SINCE = date(2025, 12, 22)
RECALLED_SINCE = date(2025, 12, 29)
ORDERS_LINE_SINCE = date(2025, 12, 29)
CHECKOUT_BROKEN_SINCE = date(2026, 1, 3)

# As the SQL of the generator calls them.
DATES = {
    "first_day": FIRST_DAY,
    "end_day": END_DAY,
    "summer_since": SUMMER_SINCE,
    "summer_until": SUMMER_UNTIL,
    "desk_short_since": DESK_SHORT_SINCE,
    "dns_changed_on": DNS_CHANGED_ON,
    "chat_bot_broken_since": CHAT_BOT_BROKEN_SINCE,
    "recalled_since": RECALLED_SINCE,
    "orders_line_since": ORDERS_LINE_SINCE,
    "checkout_broken_since": CHECKOUT_BROKEN_SINCE,
}


@dataclass(frozen=True, slots=True)
class Expected:
    """An incident as the rules of the settings are to find it; the fields are those of `facts.Incident`."""

    rule: str
    kpi: str
    grain: str
    segment_type: str
    segment: str
    severity: str
    opened_period: date
    period_start: date
    story: str


OPEN = (
    Expected(
        rule="csat-by-channel",
        kpi="csat",
        grain="week",
        segment_type="channel",
        segment="chat",
        severity="critical",
        opened_period=CHAT_BOT_BROKEN_SINCE,
        period_start=date(2025, 12, 29),
        story="A new version of the chat bot, live since 22 December, sends customers round in circles.",
    ),
    Expected(
        rule="first-response-by-team",
        kpi="first_response_time",
        grain="week",
        segment_type="team",
        segment="E-mail desk",
        severity="warn",
        opened_period=DESK_SHORT_SINCE,
        period_start=date(2025, 12, 29),
        story="Two of the e-mail desk's five agents left in November and were not replaced before the December peak.",
    ),
    Expected(
        rule="open-tickets",
        kpi="backlog",
        grain="week",
        segment_type="all",
        segment="all",
        severity="warn",
        opened_period=date(2025, 12, 8),
        period_start=date(2025, 12, 29),
        story="What the short-staffed e-mail desk cannot solve piles up.",
    ),
    Expected(
        rule="calls-abandoned-by-queue",
        kpi="call_abandonment_rate",
        grain="week",
        segment_type="queue",
        segment="orders",
        severity="critical",
        opened_period=ORDERS_LINE_SINCE,
        period_start=date(2025, 12, 29),
        story="The recall makes customers call the orders line, which nobody reinforced.",
    ),
    Expected(
        rule="newsletter-bounces",
        kpi="bounce_rate",
        grain="week",
        segment_type="all",
        segment="all",
        severity="critical",
        opened_period=date(2025, 12, 15),
        period_start=date(2025, 12, 22),
        story="A change of the DNS on 17 December lost the newsletter's signature: mailboxes refuse it.",
    ),
    Expected(
        rule="weekly-revenue",
        kpi="revenue",
        grain="week",
        segment_type="all",
        segment="all",
        severity="critical",
        opened_period=RECALLED_SINCE,
        period_start=date(2025, 12, 29),
        story="The pendant Halo is recalled: every order that holds one since 29 December is refunded.",
    ),
    Expected(
        rule="checkout-conversion",
        kpi="visitor_conversion_rate",
        grain="day",
        segment_type="all",
        segment="all",
        severity="critical",
        opened_period=CHECKOUT_BROKEN_SINCE,
        period_start=date(2026, 1, 4),
        story="The payment provider's certificate ran out on Saturday 3 January: most payments fail.",
    ),
)

OVER = (
    Expected(
        rule="calls-abandoned-by-queue",
        kpi="call_abandonment_rate",
        grain="week",
        segment_type="queue",
        segment="support",
        severity="critical",
        opened_period=SUMMER_SINCE,
        period_start=date(2025, 7, 28),
        story="Three weeks of July 2025 with too few people on the support line; over since August.",
    ),
)
