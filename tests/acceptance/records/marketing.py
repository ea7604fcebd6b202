"""E-mails, totals of campaigns, and the statistics of the web site."""

from datetime import timedelta

import numpy as np
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


def email_events(draw: Draw, customers: pd.DataFrame) -> pd.DataFrame:
    """Returns what a newsletter system reports of its e-mails, opens by machines included.

    Some recipients get an e-mail of a campaign twice, and some events are of nobody to whom it was sent. Of one campaign
    the system only knows who opened and clicked.
    """
    number = draw.count(1200)
    sent = draw.moments(number)
    campaigns = pd.Series([f"N{int((moment - draw.first).days) // 45}" for moment in sent], dtype=object)
    known = list(customers["email"].iloc[: int(len(customers) * 0.95)])
    recipients = draw.pick([*known, *[f"reader{position}@example.net" for position in range(number // 10)]], number)
    is_again = draw.some(number, 0.1)
    sent = pd.concat([sent, sent[is_again] + pd.Timedelta(days=3)], ignore_index=True)
    campaigns = pd.concat([campaigns, campaigns[is_again]], ignore_index=True)
    recipients = pd.concat([recipients, recipients[is_again]], ignore_index=True)
    number = len(sent)
    bounced = draw.some(number, 0.05)
    arrived = ~bounced & draw.some(number, 0.98)
    delivered = draw.later(sent, 0.2, 2)
    opened = arrived & draw.some(number, 0.4)
    opened_at = draw.later(delivered, 12, 60)
    clicked = opened & draw.some(number, 0.3)
    # Who clicks without loading images is not seen to open.
    is_seen = opened & ~(clicked & draw.some(number, 0.3))
    of_people = draw.pick([False, None], number)
    by_machine = arrived & draw.some(number, 0.5)
    reported = [
        ("sent", sent, np.ones(number, bool), None),
        ("delivered", delivered, arrived, None),
        ("bounce", draw.later(sent, 0.5, 5), bounced, None),
        ("open", delivered + pd.Timedelta(seconds=2), by_machine, True),
        ("open", opened_at, is_seen, of_people),
        ("open", opened_at + pd.Timedelta(minutes=9), is_seen & draw.some(number, 0.3), of_people),
        ("click", opened_at + pd.Timedelta(seconds=40), clicked, None),
        ("unsubscribe", opened_at + pd.Timedelta(minutes=3), opened & draw.some(number, 0.04), None),
        ("complaint", opened_at + pd.Timedelta(minutes=4), opened & draw.some(number, 0.03), None),
    ]
    parts = [
        pd.DataFrame(
            {"campaign_id": campaigns, "email": recipients, "event": event, "occurred_at": at, "is_machine": machine}
        )[has_it]
        for event, at, has_it, machine in reported
    ]
    parts += [_activity_alone(draw, known), _activity_of_others(draw, campaigns)]
    events = pd.concat([part.astype({"is_machine": object}) for part in parts], ignore_index=True)
    events.insert(0, "event_id", [f"V{position}" for position in range(len(events))])
    return events


def _activity_alone(draw: Draw, known: list[str]) -> pd.DataFrame:
    """Returns opens and clicks of a campaign of which nothing was recorded when it was sent."""
    recipients = pd.Series(known[: draw.count(200)], dtype=object)
    opened_at = (
        draw.as_of - pd.Timedelta(days=50) + pd.to_timedelta(draw.random.integers(0, 200000, len(recipients)), "s")
    )
    opens = pd.DataFrame({"campaign_id": "N99", "email": recipients, "event": "open", "occurred_at": opened_at})
    opens["is_machine"] = draw.pick([True, False], len(recipients))
    clicks = opens[draw.some(len(opens), 0.3)].assign(event="click", is_machine=None)
    clicks["occurred_at"] += pd.Timedelta(minutes=5)
    return pd.concat([opens, clicks], ignore_index=True)


def _activity_of_others(draw: Draw, campaigns: pd.Series) -> pd.DataFrame:
    """Returns opens and clicks by people to whom the e-mail was forwarded."""
    number = draw.count(60)
    return pd.DataFrame(
        {
            "campaign_id": draw.pick(sorted(campaigns.unique()), number),
            "email": [f"friend{position}@example.net" for position in range(number)],
            "event": draw.pick(["open", "click"], number),
            "occurred_at": draw.moments(number),
            "is_machine": False,
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
