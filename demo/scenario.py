"""The scenario of the demo company: the dates for the generator, and the incidents that result from them."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = "Europe/Paris"

# A Monday, so that the first week is complete.
FIRST_DAY = date(2023, 1, 2)
# The data ends before this day.
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

# The dates by their names in the generator's SQL.
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
class PlannedIncident:
    """Something that goes wrong at the company, and the alert with which a rule of its settings must report it.

    Attributes:
        rule: The name of the rule.
        kpi: The KPI of the rule.
        grain: The grain of the rule.
        segment_type: The dimension, or `all`.
        segment: The segment, or `all`.
        severity: The severity in the last breached period: warn or critical.
        opened_period: The first of the breached periods in a row.
        period_start: The last of them.
        cause: What happened, in one sentence.
    """

    rule: str
    kpi: str
    grain: str
    segment_type: str
    segment: str
    severity: str
    opened_period: date
    period_start: date
    cause: str


OPEN_INCIDENTS = (
    PlannedIncident(
        rule="csat-by-channel",
        kpi="csat",
        grain="week",
        segment_type="channel",
        segment="chat",
        severity="critical",
        opened_period=CHAT_BOT_BROKEN_SINCE,
        period_start=date(2025, 12, 29),
        cause="A new version of the chat bot, live since 22 December, repeats the same answers to customers.",
    ),
    PlannedIncident(
        rule="first-response-by-team",
        kpi="first_response_time",
        grain="week",
        segment_type="team",
        segment="E-mail desk",
        severity="warn",
        opened_period=DESK_SHORT_SINCE,
        period_start=date(2025, 12, 29),
        cause="Two of the e-mail desk's five agents left in November and were not replaced before the December peak.",
    ),
    PlannedIncident(
        rule="open-tickets",
        kpi="backlog",
        grain="week",
        segment_type="all",
        segment="all",
        severity="warn",
        opened_period=date(2025, 12, 8),
        period_start=date(2025, 12, 29),
        cause="The e-mail desk is short of staff and cannot solve all tickets.",
    ),
    PlannedIncident(
        rule="calls-abandoned-by-queue",
        kpi="call_abandonment_rate",
        grain="week",
        segment_type="queue",
        segment="orders",
        severity="critical",
        opened_period=ORDERS_LINE_SINCE,
        period_start=date(2025, 12, 29),
        cause="Customers call the orders line because of the recall, and it has no additional staff.",
    ),
    PlannedIncident(
        rule="newsletter-bounces",
        kpi="bounce_rate",
        grain="week",
        segment_type="all",
        segment="all",
        severity="critical",
        opened_period=date(2025, 12, 15),
        period_start=date(2025, 12, 22),
        cause="A DNS change on 17 December removed the newsletter's DKIM key: mail servers refuse the newsletter.",
    ),
    PlannedIncident(
        rule="weekly-revenue",
        kpi="revenue",
        grain="week",
        segment_type="all",
        segment="all",
        severity="critical",
        opened_period=RECALLED_SINCE,
        period_start=date(2025, 12, 29),
        cause="The pendant Halo is recalled: every order since 29 December that contains one is refunded.",
    ),
    PlannedIncident(
        rule="checkout-conversion",
        kpi="visitor_conversion_rate",
        grain="day",
        segment_type="all",
        segment="all",
        severity="critical",
        opened_period=CHECKOUT_BROKEN_SINCE,
        period_start=date(2026, 1, 4),
        cause="The payment provider's certificate expired on Saturday 3 January: most payments fail.",
    ),
)

RESOLVED_INCIDENTS = (
    PlannedIncident(
        rule="calls-abandoned-by-queue",
        kpi="call_abandonment_rate",
        grain="week",
        segment_type="queue",
        segment="support",
        severity="critical",
        opened_period=SUMMER_SINCE,
        period_start=date(2025, 7, 28),
        cause="The support line had too few agents for three weeks of July 2025.",
    ),
)
