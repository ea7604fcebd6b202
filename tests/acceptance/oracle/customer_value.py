"""What customers are worth, at the ends of months, quarters and years.

What the definitions leave open, and is taken from what Vigie says of itself: the mean age is that of the customers at the
end, by the day, in years of 365.25 days; a lifetime shorter than a year retains nobody; `lifetime_margin` needs no twelve
observed months, for neither purchases of a year nor a churn are in it.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.definitions import CUSTOMER_SEGMENTS
from tests.acceptance.oracle.periods import period_end, period_of, shift
from tests.acceptance.oracle.revenue import sales

GRAINS = ("month", "quarter", "year")

_LONGEST_YEARS = 20.0
_DISCOUNT_RATE = 0.1
_SAVE_RATE, _ACTION_COST = 0.1, 5.0
# So much of the twelve months may be missing.
_TOLERANCE = timedelta(days=31)
_DELIVERED_SHARE = 0.05


def add_rows(calculation: Calculation) -> None:
    """Adds clv, clv_discounted, lifetime_margin and churn_action_value, by country and customer segment."""
    orders = sales(calculation)
    if orders is None:
        return
    value = _Value(calculation, orders)
    found: dict[tuple[str, str, str], list[tuple[date, str, float, float]]] = {}
    for grain, start, _, end in calculation.periods(calculation.days(orders["at"]).min()):
        # A period that is running has no value yet.
        if grain not in GRAINS or period_end(start, grain, calculation.zone) > calculation.as_of:
            continue
        for kpi, segment_type, segment, numerator, denominator in value.at(shift(start, grain, 1), end):
            found.setdefault((kpi, grain, segment_type), []).append((start, segment, numerator, denominator))
    for (kpi, grain, segment_type), rows in found.items():
        table = pd.DataFrame(rows, columns=["period_start", "segment", "numerator", "denominator"])
        calculation.emit(table, kpi, grain, segment_type)


def _margins_from(calculation: Calculation) -> date | None:
    """Returns the first day of the first month in which 5 % of the orders have a margin; None if there is none."""
    orders = calculation.get("order", "ordered_at")
    if orders is None or "margin" not in orders:
        return None
    month = pd.Series([period_of(day, "month") for day in calculation.days(orders["ordered_at"])])
    share = orders["margin"].notna().groupby(month).mean()
    return min(share.index[share >= _DELIVERED_SHARE], default=None)


class _Value:
    """What each customer bought and brought until a moment."""

    def __init__(self, calculation: Calculation, orders: pd.DataFrame) -> None:
        self._zone = calculation.zone
        self._active = pd.Timedelta(days=calculation.company.active_days)
        self._minimum_lost = calculation.company.minimum_lost
        self._silence = pd.Timedelta(days=calculation.company.at_risk_days)
        orders = orders[orders["customer_id"].notna()].sort_values("at").reset_index(drop=True)
        day = calculation.days(orders["at"])
        self._first_day: date = day.min()
        self._margins_from = _margins_from(calculation)
        if self._margins_from is None:
            margin = pd.Series(float("nan"), index=orders.index)
        else:
            # Until the source delivers margins, the few that it has are by hand.
            margin = (orders["margin"] * orders["rate"]).where(day >= self._margins_from)
        # A refund lowers the margin and is no purchase.
        self._sales = orders[["customer_id", "at", "revenue"]].assign(
            day=day, margin=margin, bought=orders["revenue"] > 0
        )
        purchases = self._sales[self._sales["bought"]]
        # Who only got a refund was never a customer.
        self._first = purchases.groupby("customer_id")["at"].min()
        self._since = calculation.days(self._first)
        who = pd.Series(self._first.index, index=self._first.index, dtype=object)
        segments = calculation.customer_segments(who)
        self._segments = segments.where(segments.notna(), "unknown").assign(all="all")

    def at(self, end_day: date, end: pd.Timestamp) -> Iterator[tuple[str, str, str, float, float]]:
        """Yields KPI, segment type, segment, numerator and denominator at a moment, the start of a day."""
        begin_day = shift(end_day, "month", -12)
        begin = pd.Timestamp(begin_day).tz_localize(self._zone).tz_convert("UTC")
        customers = self._segments.join(self._lifetime_margins(end)).join(self._of_year(begin, end))
        customers["was"], customers["is"] = self._customers(begin), self._customers(end)
        customers["age"] = [(end_day - since).days / 365.25 for since in self._since]
        is_observed = begin_day >= self._first_day - _TOLERANCE
        has_margins = self._margins_from is not None and self._margins_from <= begin_day
        for segment_type in ("all", *CUSTOMER_SEGMENTS):
            for segment, group in customers.groupby(segment_type):
                yield "lifetime_margin", segment_type, segment, group["cumulated"].sum(), group["cumulated"].count()
                if not is_observed:
                    continue
                lifetime = _lifetime(group, self._minimum_lost)
                buyers, known = group[group["orders"] > 0], group[group["known"] > 0]
                if lifetime is not None:
                    per_year = buyers["amount"].sum()
                    yield "clv", segment_type, segment, per_year * lifetime, len(buyers)
                if lifetime is not None and has_margins:
                    retention = max(0.0, 1 - 1 / lifetime)
                    forever = (1 + _DISCOUNT_RATE) / (1 + _DISCOUNT_RATE - retention)
                    yield "clv_discounted", segment_type, segment, known["margin"].sum() * forever, len(known)
                if has_margins:
                    at_risk = known[known["is"] & (known["last"] < end - self._silence)]
                    kept = at_risk["margin"].sum() * _SAVE_RATE - _ACTION_COST * len(at_risk)
                    yield "churn_action_value", segment_type, segment, kept, len(at_risk)

    def _customers(self, at: pd.Timestamp) -> pd.Series:
        """Returns who was a customer just before a moment: who had bought within the active days before it."""
        bought = self._sales[
            self._sales["bought"] & (self._sales["at"] >= at - self._active) & (self._sales["at"] < at)
        ]
        return pd.Series(self._first.index.isin(bought["customer_id"]), index=self._first.index)

    def _of_year(self, begin: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Returns the purchases of each customer between two moments, those with a margin, and the margins."""
        inside = self._sales[(self._sales["at"] >= begin) & (self._sales["at"] < end)]
        purchases = inside[inside["bought"]].groupby("customer_id")
        table = purchases.agg(orders=("revenue", "size"), amount=("revenue", "sum"), known=("margin", "count"))
        return table.assign(last=purchases["at"].max(), margin=inside.groupby("customer_id")["margin"].sum())

    def _lifetime_margins(self, end: pd.Timestamp) -> pd.Series:
        """Returns the margin of each customer since the first purchase, if all of it is known."""
        until = self._sales[self._sales["at"] < end]
        # A refund before the day of the first purchase is of an order that nobody knows.
        margins = until[until["day"] >= until["customer_id"].map(self._since)].groupby("customer_id")["margin"]
        return margins.sum().where(margins.count() == margins.size()).rename("cumulated")


def _lifetime(group: pd.DataFrame, minimum_lost: int) -> float | None:
    """Returns how long customers stay, in years: one divided by the churn of twelve months."""
    at_start, lost = int(group["was"].sum()), int((group["was"] & ~group["is"]).sum())
    if at_start == 0:
        return None
    years = at_start / max(lost, minimum_lost)
    if lost < minimum_lost and group["is"].any():
        years = max(years, group.loc[group["is"], "age"].mean())
    return min(years, _LONGEST_YEARS)
