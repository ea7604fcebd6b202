"""Orders with their lines and exchange rates, leads and deals."""

from datetime import timedelta

import numpy as np
import pandas as pd

from tests.acceptance.records.draw import COUNTRIES, Draw, no_moments

SALES_CHANNELS = ["shop", "web", "marketplace", None]
PRODUCT_CATEGORIES = ["lamps", "shades", "bulbs", None]
OWNERS = ["S1", "S2", "S3", None]


def orders(draw: Draw, customers: pd.DataFrame) -> pd.DataFrame:
    """Returns orders of the first nine tenths of the customers and of some buyers without a customer record."""
    number = draw.count(3000)
    buyers = [*customers["customer_id"].iloc[: int(len(customers) * 0.9)], *[f"X{n}" for n in range(10)]]
    at = draw.moments(number)
    buyer = draw.pick(buyers, number, None)
    # One order in ten follows another of the same customer by minutes: several orders a day.
    follows = np.flatnonzero(draw.some(number, 0.1))
    follows = follows[follows > 0]
    for position in follows:
        buyer.iloc[position] = buyer.iloc[position - 1]
        at.iloc[position] = at.iloc[position - 1] + pd.Timedelta(minutes=7)
    at = draw.unambiguous(draw.away_from_midnight(at), draw.scenario.timezone)
    at = draw.away_from_first_active_day(at)
    currency = draw.pick(["EUR", "USD", None], number, [0.7, 0.2, 0.1])
    country = customers.set_index("customer_id")["country"].reindex(buyer).reset_index(drop=True)
    return pd.DataFrame(
        {
            "order_id": [f"O{position:05}" for position in range(number)],
            "customer_id": buyer,
            "ordered_at": at,
            "amount": np.round(draw.random.gamma(2, 60, number) + 5, 2) * np.where(draw.some(number, 0.03), -1, 1),
            "currency": currency,
            "status": draw.pick(
                ["paid", "shipped", "delivered", "cancelled", "refunded", "Annulée", "REMBOURSEE"],
                number,
                [0.3, 0.3, 0.27, 0.05, 0.04, 0.02, 0.02],
            ),
            "channel": draw.pick(SALES_CHANNELS, number, [0.4, 0.35, 0.15, 0.1]),
            "country": country,
        }
    )


def with_margins(draw: Draw, orders: pd.DataFrame) -> pd.DataFrame:
    """Returns the orders with their margins, in the order's currency: those of refunds lower it, some are unknown.

    In the first 45 days the shop did not record any.
    """
    margin = np.round(orders["amount"] * draw.random.uniform(0.05, 0.6, len(orders)), 2)
    is_known = (orders["ordered_at"] >= draw.first + pd.Timedelta(days=45)) & draw.some(len(orders), 0.97)
    return orders.assign(margin=margin.where(is_known))


def order_lines(draw: Draw, orders: pd.DataFrame) -> pd.DataFrame:
    """Returns one to three lines an order, whose amounts add up to the order's; one order in 20 has none."""
    rows = []
    for order in orders.itertuples():
        if draw.random.random() < 0.05:
            continue
        lines = int(draw.random.integers(1, 4))
        cents, sign = round(abs(order.amount) * 100), 1 if order.amount >= 0 else -1
        cuts = [0, *sorted(int(cut) for cut in draw.random.integers(0, cents + 1, lines - 1)), cents]
        for number in range(lines):
            category = PRODUCT_CATEGORIES[int(draw.random.choice(4, p=[0.4, 0.3, 0.2, 0.1]))]
            rows.append(
                {
                    "order_id": order.order_id,
                    "line_number": number + 1,
                    "category": category,
                    "quantity": int(draw.random.integers(1, 4)),
                    "amount": sign * (cuts[number + 1] - cuts[number]) / 100,
                }
            )
    return pd.DataFrame(rows)


def exchange_rates(draw: Draw) -> pd.DataFrame:
    """Returns a rate for each working day; on Saturday and Sunday, Friday's rate is valid."""
    days = pd.date_range(draw.first.date() - timedelta(days=10), draw.last.date() + timedelta(days=2), freq="B")
    return pd.DataFrame(
        {
            "date": [day.date() for day in days],
            "currency": "USD",
            "rate": np.round(0.9 + 0.05 * np.sin(np.arange(len(days)) / 9), 5),
        }
    )


def leads(draw: Draw) -> pd.DataFrame:
    """Returns leads; a quarter of them converts within 25 days."""
    number = draw.count(800)
    created = draw.at_midnight(draw.moments(number), 10)
    converted = draw.later(created, 150, 24 * 25)
    return pd.DataFrame(
        {
            "lead_id": [f"L{position}" for position in range(number)],
            "created_at": created,
            "email": [f"lead{position}@example.org" for position in range(number)],
            "channel": draw.pick(["ads", "fair", "organic", None], number),
            "owner_id": draw.pick(OWNERS, number),
            "country": draw.pick(COUNTRIES, number),
            "converted_at": converted.where(draw.some(number, 0.25), no_moments(created)),
        }
    )


def deals(draw: Draw, *, with_customers: bool) -> pd.DataFrame:
    """Returns open, lost and won deals; with `with_customers`, each has a customer and an amount."""
    number = draw.count(400)
    created = draw.moments(number)
    closed = draw.away_from_midnight(draw.later(created, 400))
    closed = closed.where(draw.some(number, 0.8), no_moments(created))
    # Some open deals have the day on which they are expected to close.
    is_settled = closed.notna() & draw.some(number, 0.9)
    won = pd.Series(draw.some(number, 0.4), dtype=object).where(is_settled, None)
    frame = pd.DataFrame(
        {
            "deal_id": [f"D{position}" for position in range(number)],
            "created_at": created,
            "closed_at": closed,
            "is_won": won,
            "deal_type": draw.pick(["new", "renewal", "upsell", "cross_sell", None], number),
            "owner_id": draw.pick(OWNERS, number),
        }
    )
    if with_customers:
        frame["customer_id"] = [f"P{int(draw.random.integers(150))}" for _ in range(number)]
        frame["amount"] = np.round(draw.random.gamma(2, 900, number) + 5, 2)
    return frame
