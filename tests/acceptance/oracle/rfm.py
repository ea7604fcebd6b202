"""Customers by the recency, the frequency and the money of their purchases, on the day before a period."""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

UNKNOWN, NEVER = "unknown", "never bought"


class Rfm:
    """The segments of customers by the limits of the settings."""

    def __init__(self, sales: pd.DataFrame, days: pd.Series, limits: Mapping[str, list[int]]) -> None:
        self._limits = limits
        self._sales = sales[["customer_id", "revenue"]].assign(day=days)
        self._sales = self._sales[self._sales["customer_id"].notna()].sort_values("day")
        self._known: dict[date, dict[str, str]] = {}

    def of(self, customers: pd.Series, periods: pd.Series) -> pd.Series:
        """Returns the segment of each customer in the period that begins on a day."""
        values = [
            UNKNOWN if customer is None or pd.isna(customer) else self.before(start).get(customer, NEVER)
            for customer, start in zip(customers, periods, strict=True)
        ]
        return pd.Series(values, index=customers.index, dtype=object)

    def before(self, start: date) -> dict[str, str]:
        """Returns the segment of each customer who had bought by the end of the day before."""
        if start not in self._known:
            sales = self._sales[self._sales["day"] < start]
            # A refund takes its money back and is no purchase.
            bought = sales[sales["revenue"] >= 0].groupby("customer_id")["day"].agg(["count", "max"])
            money = sales.groupby("customer_id")["revenue"].sum().reindex(bought.index)
            self._known[start] = {
                customer: self._name((start - timedelta(days=1) - last).days, count, amount)
                for customer, count, last, amount in zip(
                    bought.index, bought["count"], bought["max"], money, strict=True
                )
            }
        return self._known[start]

    def _name(self, days: int, purchases: int, amount: float) -> str:
        recency, frequency, monetary = (self._limits[axis] for axis in ("recency", "frequency", "monetary"))
        if days > recency[-1]:
            return "lost"
        if days <= recency[0] and purchases >= frequency[-1] and amount >= monetary[-1]:
            return "champions"
        if len(recency) > 1 and days > recency[-2]:
            return "at risk"
        return "loyal" if purchases >= frequency[0] else "promising"
