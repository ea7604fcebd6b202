"""Campaigns: advertising by day, what was spent on them, contacts with customers, and experiments."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from tests.acceptance.records.draw import Draw, no_moments

ADVERTISED = ["K1", "K2", "K3", "K4"]
BOOKED = ["K3", "K4", "K5"]
PLANNED = ["K6", "K7", "K8", "K9"]
MARKETING_CHANNELS = ["ads", "fair", "organic", None]


def _days(draw: Draw) -> Iterator[date]:
    """Yields the days of the records; the current one is not reported yet."""
    zone = draw.scenario.zone
    today = draw.as_of.tz_convert(zone).date()
    for day in pd.date_range(draw.first.tz_convert(zone).date(), today + timedelta(days=10), freq="D"):
        if day.date() != today:
            yield day.date()


def ad_statistics(draw: Draw) -> pd.DataFrame:
    """Returns days of campaigns, some without impressions, clicks or cost, and some on which nothing was shown."""
    rows = []
    for day in _days(draw):
        for campaign in ADVERTISED:
            if draw.random.random() < 0.3:
                continue
            impressions = 0 if draw.random.random() < 0.1 else int(draw.random.integers(1, 40000))
            clicks, cost = int(draw.random.binomial(impressions, 0.02)), int(draw.random.integers(0, 30000)) / 100
            rows.append((day, campaign, impressions, clicks, cost))
    frame = pd.DataFrame(rows, columns=["date", "campaign_id", "impressions", "clicks", "cost"])
    for name, share in (("impressions", 0.05), ("clicks", 0.05)):
        frame[name] = frame[name].astype("Int64").where(~draw.some(len(frame), share))
    # The platform gives no cost of the last campaign.
    is_known = (frame["campaign_id"] != ADVERTISED[-1]) & draw.some(len(frame), 0.9)
    return frame.assign(cost=np.where(is_known, frame["cost"], np.nan))


def with_acquisition_channels(draw: Draw, customers: pd.DataFrame) -> pd.DataFrame:
    """Returns the customers with the channel that brought them, if it is known."""
    channels = [*MARKETING_CHANNELS, "nobody pays for this"]
    return customers.assign(acquisition_channel=draw.pick(channels, len(customers), [0.3, 0.2, 0.3, 0.1, 0.1]))


def spending(draw: Draw) -> pd.DataFrame:
    """Returns money spent on marketing and sales, in two currencies; some of it on no channel or on a campaign."""
    rows = []
    for day in _days(draw):
        for category in ("marketing", "sales"):
            for channel in [*MARKETING_CHANNELS, "brings nobody"]:
                if draw.random.random() < 0.8:
                    continue
                campaign = BOOKED[int(draw.random.integers(3))] if draw.random.random() < 0.5 else None
                currency = str(draw.random.choice(["EUR", "usd", ""], p=[0.5, 0.3, 0.2])) or None
                rows.append((day, category, channel, campaign, int(draw.random.integers(100, 50000)) / 100, currency))
    return pd.DataFrame(rows, columns=["date", "category", "channel", "campaign_id", "amount", "currency"])


def with_customers(draw: Draw, leads: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Returns the leads, a third of them with the customer who they are."""
    who = draw.pick(list(customers["customer_id"]), len(leads))
    return leads.assign(customer_id=who.where(draw.some(len(leads), 0.35), None))


def touchpoints(draw: Draw, orders: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """Returns contacts of customers and leads, some at the very moment of an order, 90 days before, or at one moment."""
    number = draw.count(3000)
    occurred = draw.moments(number)
    # Customers who never bought, and ids that nobody knows, are contacted as well.
    who = draw.pick([*sorted(orders["customer_id"].unique()), "nobody"], number)
    of_order = orders.iloc[draw.random.integers(0, len(orders), number)].reset_index(drop=True)
    before = pd.Series(draw.random.choice([0, 1, 90 * 86400, 90 * 86400 + 1], number))
    is_near = draw.some(number, 0.2)
    occurred = occurred.where(~is_near, of_order["ordered_at"] - pd.to_timedelta(before, unit="s"))
    who = who.where(~is_near, of_order["customer_id"])
    for position in np.flatnonzero(draw.some(number, 0.05)):
        if position > 0:
            occurred.iloc[position], who.iloc[position] = occurred.iloc[position - 1], who.iloc[position - 1]
    is_lead = ~is_near & draw.some(number, 0.2)
    campaign = draw.pick([*ADVERTISED, *BOOKED[2:], *PLANNED, "K99", None], number)
    return pd.DataFrame(
        {
            "touchpoint_id": [f"P{position:06}" for position in range(number)],
            "customer_id": who.where(~is_lead, None),
            "lead_id": draw.pick(list(leads["lead_id"]), number).where(is_lead, None),
            "channel": draw.pick([*MARKETING_CHANNELS, "social"], number),
            "campaign_id": campaign,
            "occurred_at": occurred,
        }
    )


def campaigns(draw: Draw) -> pd.DataFrame:
    """Returns campaigns with a cost of their own: of known length, without an end, endless, and not begun yet.

    Of some, others report the cost as well; of some, nobody does.
    """
    start = draw.first + pd.Timedelta(days=45, hours=13)
    soon, never = draw.as_of + pd.Timedelta(days=12), pd.NaT
    rows = [
        ("K1", start, start + pd.Timedelta(days=20), 77777.0, None),
        ("K5", start, start + pd.Timedelta(days=20), 88888.0, None),
        ("K6", start, start + pd.Timedelta(days=100), 2500.01, None),
        ("K7", start + pd.Timedelta(days=31), never, 900.5, "USD"),
        ("K8", start + pd.Timedelta(days=50), start + pd.Timedelta(days=1200), 1300.0, "EUR"),
        ("K9", start, start + pd.Timedelta(days=20), np.nan, None),
        ("K10", draw.as_of - pd.Timedelta(days=40), soon, 640.0, "usd"),
        ("K99", soon, soon + pd.Timedelta(days=5), 5000.0, None),
    ]
    frame = pd.DataFrame(rows, columns=["campaign_id", "started_at", "ended_at", "cost", "currency"])
    for name in ("started_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.floor("s")
    return frame


def exposures(draw: Draw) -> pd.DataFrame:
    """Returns experiments: of several weeks, of one day with two treatments, and one with too few people to compare."""
    experiments = [
        ("U1", 110, 25, {"control": 1900, "offer": 2100}),
        ("U2", 60, 0, {"control": 1200, "offer": 600, "letter": 700}),
        ("U3", 60, 10, {"control": 1100, "offer": 1500}),
        ("U4", 50, 10, {"control": 300, "offer": 1500}),
        # Some of these are exposed after as_of.
        ("U5", 8, 14, {"control": 2200, "offer": 2500}),
    ]
    parts = []
    for campaign, days_ago, days, arms in experiments:
        arm = pd.Series(np.repeat(list(arms), list(arms.values())), dtype=object)
        number = len(arm)
        begin = (draw.as_of - pd.Timedelta(days=days_ago)).tz_convert(draw.scenario.zone).normalize()
        seconds = draw.random.integers(9 * 3600, days * 86400 + 17 * 3600, number)
        exposed = pd.Series(begin.tz_convert("UTC") + pd.to_timedelta(seconds, unit="s"))
        share = np.where(arm == "control", 0.05, 0.08)
        converted = draw.later(exposed, 24 * 6).where(draw.random.random(number) < share, no_moments(exposed))
        parts.append(
            pd.DataFrame(
                {
                    "campaign_id": campaign,
                    "customer_id": [f"N{position:05}" for position in draw.random.permutation(number)],
                    "arm": arm,
                    "exposed_at": exposed,
                    "converted_at": converted,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
