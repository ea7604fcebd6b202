"""E-mails, totals of campaigns, and the statistics of the web site."""

from datetime import timedelta

import pandas as pd

from tests.acceptance.records.draw import Draw, no_moments


def email_sends(draw: Draw, customers: pd.DataFrame) -> pd.DataFrame:
    """Returns e-mails to customers and to unknown addresses: bounced, in transit or delivered."""
    number = draw.count(3000)
    sent = draw.moments(number)
    never = no_moments(sent)
    bounced = draw.some(number, 0.04)
    in_transit = draw.some(number, 0.01) & ~bounced
    delivered = draw.later(sent, 0.2)
    arrived = ~bounced & ~in_transit
    opened_at = draw.later(delivered, 12)
    opened = arrived & draw.some(number, 0.4)
    clicked_at = draw.later(opened_at, 2)
    clicked = opened & draw.some(number, 0.25)
    # Who clicks without loading images is not seen to open.
    is_seen = opened & ~(clicked & draw.some(number, 0.2))
    has_customer = draw.some(number, 0.9)
    customer = draw.pick(list(customers["customer_id"]), number).where(has_customer, None)
    unknown = pd.Series([f"unknown{position}@example.net" for position in range(number)], dtype=object)
    return pd.DataFrame(
        {
            "send_id": [f"E{position}" for position in range(number)],
            "campaign_id": [f"M{int((moment - draw.first).days) // 30}" for moment in sent],
            "customer_id": customer,
            "email": unknown.where(~has_customer, None),
            "sent_at": sent,
            "delivered_at": delivered.where(arrived, never),
            "bounced_at": draw.later(sent, 1).where(bounced, never),
            "first_opened_at": opened_at.where(is_seen, never),
            "first_clicked_at": clicked_at.where(clicked, never),
            "unsubscribed_at": draw.later(opened_at, 3).where(opened & draw.some(number, 0.05), never),
            "complained_at": draw.later(opened_at, 3).where(opened & draw.some(number, 0.02), never),
        }
    )


def campaign_totals(draw: Draw, sends: pd.DataFrame) -> pd.DataFrame:
    """Returns totals of campaigns: of some that have single e-mails as well, and of others."""
    of_others = [f"T{position}" for position in range(12)]
    campaigns = pd.Series([*sorted(sends["campaign_id"].unique())[:3], *of_others], dtype=object)
    number = len(campaigns)
    sent = pd.Series(draw.random.integers(100, 2000, number))
    bounced = pd.Series(draw.random.binomial(sent, 0.03))
    opened = pd.Series(draw.random.binomial(sent - bounced, 0.4))
    clicked = pd.Series(draw.random.binomial(opened, 0.2))
    return pd.DataFrame(
        {
            "campaign_id": campaigns,
            "sent_at": draw.moments(number),
            "sent": sent,
            "delivered": sent - bounced,
            "bounced": bounced,
            "opened": opened,
            "clicked": clicked,
            "unsubscribed": draw.random.binomial(opened, 0.02),
            "complained": draw.random.binomial(opened, 0.01),
        }
    )


def web_statistics(draw: Draw) -> pd.DataFrame:
    """Returns visitors and conversions of each day and channel; the current day has none yet."""
    zone = draw.scenario.zone
    today = draw.as_of.tz_convert(zone).date()
    days = pd.date_range(draw.first.tz_convert(zone).date(), today + timedelta(days=5), freq="D")
    rows = []
    for day in days:
        if day.date() == today:
            continue
        for channel in ("organic", "ads", None):
            visitors = int(draw.random.integers(0, 200)) if draw.random.random() > 0.05 else 0
            rows.append(
                {
                    "date": day.date(),
                    "channel": channel,
                    "sessions": visitors * 2,
                    "visitors": visitors,
                    "conversions": int(draw.random.binomial(visitors, 0.03)),
                }
            )
    return pd.DataFrame(rows)
