"""Agents and customers, with their referrals or with their life cycle."""

import pandas as pd

from tests.acceptance.records.draw import COUNTRIES, CUSTOMER_SEGMENTS, Draw, no_moments

AGENTS = 12
TEAMS = ["first line", "second line", "Büro"]
# Statuses of orders that are no sales, in small letters.
VOID_STATUSES = ("cancelled", "refunded", "annulée", "remboursee")


def agents() -> pd.DataFrame:
    """Returns a dozen agents in three teams."""
    return pd.DataFrame(
        {
            "agent_id": [f"A{position:02}" for position in range(AGENTS)],
            "name": [f"Agent {position}" for position in range(AGENTS)],
            "team": [TEAMS[position % 3] for position in range(AGENTS)],
        }
    )


def customers(draw: Draw) -> pd.DataFrame:
    """Returns customers without a sign-up and without a referrer; see `with_sign_ups`."""
    number = draw.count(700)
    return pd.DataFrame(
        {
            "customer_id": [f"C{position:04}" for position in range(number)],
            "email": [f"c{position}@example.com" for position in range(number)],
            "country": draw.pick(COUNTRIES, number, [0.5, 0.25, 0.15, 0.1]),
            "segment": draw.pick(CUSTOMER_SEGMENTS, number, [0.6, 0.3, 0.1]),
            "created_at": pd.Series([pd.NaT] * number, dtype="datetime64[us, UTC]"),
            "referred_by": pd.Series([None] * number, dtype=object),
        }
    )


def with_sign_ups(draw: Draw, customers: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Returns the customers with the moment of their sign-up, and some with a referrer.

    A customer orders for the first time half an hour after the sign-up.
    """
    is_void = orders["status"].str.lower().isin(VOID_STATUSES)
    # A negative amount is a refund, which is no purchase.
    valid = orders[~is_void & (orders["amount"] > 0)]
    firsts = valid.groupby("customer_id")["ordered_at"].agg(["min", "count"])
    known = firsts[firsts.index.isin(customers["customer_id"])]
    latest = valid[valid["ordered_at"] <= draw.as_of].groupby("customer_id")["ordered_at"].max()
    # A referrer orders often enough to be active whenever a referred customer signs up.
    regulars = [
        customer
        for customer in known.index
        if known.loc[customer, "min"] < draw.first + pd.Timedelta(days=60)
        and customer in latest.index
        and _longest_gap_days(draw, valid, customer) < draw.scenario.active_days * 0.5
    ]
    rows = customers.set_index("customer_id")
    # Customers who have not ordered yet have a record as well: they receive e-mail and answer surveys.
    for customer in known.index[known["min"] <= draw.as_of]:
        first = known.loc[customer, "min"]
        if regulars and customer not in regulars and draw.random.random() < 0.3:
            referrer = regulars[int(draw.random.integers(len(regulars)))]
            if first > valid.loc[valid["customer_id"] == referrer, "ordered_at"].min() + pd.Timedelta(days=1):
                rows.loc[customer, "referred_by"] = referrer
        rows.loc[customer, "created_at"] = first - pd.Timedelta(minutes=30)
    return rows.reset_index()


def with_duplicates(customers: pd.DataFrame) -> pd.DataFrame:
    """Returns the customers, some of them again under other ids: one or two times more, and one who is a mailbox of four.

    Nothing else is known of the other ids. The mailbox is of a customer who never does anything.
    """
    active = customers.iloc[: int(len(customers) * 0.9)]
    again = [active.iloc[4::9], active.iloc[4::27], *[customers.tail(1)] * 3]
    copies = pd.concat(again, ignore_index=True)
    copies["customer_id"] = [f"D{position:04}" for position in range(len(copies))]
    copies["email"] = " " + copies["email"].str.upper()
    return pd.concat([customers, copies], ignore_index=True)


def _longest_gap_days(draw: Draw, valid: pd.DataFrame, customer: str) -> float:
    """Returns the longest time without an order of a customer, up to `as_of`."""
    moments = valid.loc[(valid["customer_id"] == customer) & (valid["ordered_at"] <= draw.as_of), "ordered_at"]
    moments = pd.concat([moments, pd.Series([draw.as_of])]).sort_values()
    return float(moments.diff().max() / pd.Timedelta(days=1))


def customers_with_life_cycle(draw: Draw) -> pd.DataFrame:
    """Returns customers whose records say when they became customers and when they churned."""
    number = draw.count(600)
    became = draw.away_from_midnight(draw.moments(number))
    churned = draw.away_from_midnight(draw.later(became, 24 * 300))
    never = no_moments(became)
    return pd.DataFrame(
        {
            "customer_id": [f"C{position:04}" for position in range(number)],
            "country": draw.pick(COUNTRIES, number),
            "segment": draw.pick(CUSTOMER_SEGMENTS, number),
            "became_customer_at": became.where(draw.some(number, 0.95), never),
            "churned_at": churned.where(draw.some(number, 0.7), never),
        }
    )
