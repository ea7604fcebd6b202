"""Customers at the start and the end of each period: retention, churn, repurchase, loyalty and recommendation."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.definitions import COUNTS, CUSTOMER_SEGMENTS
from tests.acceptance.oracle.revenue import sales
from tests.acceptance.oracle.rfm import NEVER

# So long after the last event the customers are known.
_KNOWN = pd.Timedelta(days=31)


def add_rows(calculation: Calculation) -> None:
    """Adds the KPIs of customers, by country and customer segment."""
    orders = sales(calculation)
    records = calculation.frames.get("customer")
    if orders is None and (records is None or "became_customer_at" not in records):
        return
    customers = _Customers(calculation, orders)
    found: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for grain, start, begin, end in calculation.periods(calculation.days(customers.since.dropna()).min()):
        for kpi, segment_type, segment, numerator, denominator in customers.ratios(start, begin, end):
            row = {
                "period_start": start, "segment": segment, "numerator": float(numerator),
                "denominator": float(denominator),
                "is_optional": begin > customers.last_event + _KNOWN
                or (numerator == 0 and (kpi == "recommendation_rate" or (kpi in COUNTS and segment_type != "all"))),
            }  # fmt: skip
            found.setdefault((kpi, grain, segment_type), []).append(row)
    for (kpi, grain, segment_type), rows in found.items():
        calculation.emit(pd.DataFrame(rows), kpi, grain, segment_type)


class _Customers:
    """Every customer, since when, and the orders of each.

    A customer is active at a moment if an order was placed within the active days before it; without orders, if the
    record says so.
    """

    def __init__(self, calculation: Calculation, orders: pd.DataFrame | None) -> None:
        self.has_orders = orders is not None
        self._rfm = calculation.rfm
        if orders is None:
            records = calculation.frames["customer"]
            known = records[records["became_customer_at"].notna()].set_index("customer_id")
            self.since = known["became_customer_at"]
            self.churned = known["churned_at"]
            orders = pd.DataFrame({"at": self.since.iloc[:0], "customer_id": [], "revenue": []})
        else:
            # A refund makes nobody a customer; it lowers the revenue of whoever gets it.
            first = orders[orders["revenue"] >= 0].groupby("customer_id")["at"].min()
            self.since = first.reindex(sorted(orders["customer_id"].dropna().unique()))
            self.churned = None
        position = {customer: number for number, customer in enumerate(self.since.index)}
        ordered = orders[["at", "customer_id", "revenue"]].sort_values("at")
        self._window = pd.Timedelta(days=calculation.company.active_days)
        self._moments = ordered["at"]
        self._revenue = ordered["revenue"].to_numpy(dtype=float)
        self._is_purchase = self._revenue >= 0
        self._buyer = ordered["customer_id"].map(position).to_numpy(dtype=int)
        self._segments = _segments(calculation, pd.Series(self.since.index, dtype=object))
        self._referrals = _referrals(calculation, position)
        churn = None if self.churned is None else self.churned.max()
        self.last_event = max(moment for moment in (self.since.max(), self._moments.max(), churn) if pd.notna(moment))

    def ratios(
        self, start: date, begin: pd.Timestamp, end: pd.Timestamp
    ) -> Iterator[tuple[str, str, str, float, float]]:
        """Yields KPI, segment type, segment, numerator and denominator of a period."""
        at_begin, at_end = self._active(begin), self._active(end)
        new = ((self.since >= begin) & (self.since < end)).to_numpy()
        inside = self._between(begin, end)
        orders = np.bincount(self._buyer[inside], self._is_purchase[inside], minlength=len(self.since))
        revenue = np.bincount(self._buyer[inside], self._revenue[inside], minlength=len(self.since))
        referrers = self._referrers(begin, end)
        for segment_type, segment, members in [*self._segments, *self._rfm_segments(start)]:
            before, after = int((at_begin & members).sum()), int((at_end & members).sum())
            kept = int((at_begin & at_end & members).sum())
            came = int((new & members).sum())
            values: dict[str, tuple[float, float]] = {
                "retention_rate": (kept, before),
                "churn_rate": (before - kept, before),
                "active_customers": (after, np.nan),
                "new_customers": (came, np.nan),
            }
            if self.has_orders:
                values["repurchase_rate"] = (int((at_begin & (orders > 0) & members).sum()), before)
                values["loyalty_rate"] = (int(((orders >= 2) & members).sum()), int(((orders > 0) & members).sum()))
                values["arpu"] = (float(revenue[members].sum()), after)
            if referrers is not None and segment_type in ("all", "country", "rfm"):
                values["recommendation_rate"] = (int((referrers & members).sum()), after)
            for kpi, (numerator, denominator) in values.items():
                yield kpi, segment_type, segment, numerator, denominator

    def _rfm_segments(self, start: date) -> list[tuple[str, str, np.ndarray]]:
        """Returns the segments by what was bought before the period, with their members."""
        if self._rfm is None:
            return []
        before = self._rfm.before(start)
        names = np.array([before.get(customer, NEVER) for customer in self.since.index], dtype=object)
        return [("rfm", name, names == name) for name in sorted(set(names))]

    def _between(self, begin: pd.Timestamp, end: pd.Timestamp) -> slice:
        return slice(self._moments.searchsorted(begin), self._moments.searchsorted(end))

    def _active(self, at: pd.Timestamp) -> np.ndarray:
        if self.churned is not None:
            return ((self.since < at) & (self.churned.isna() | (self.churned >= at))).to_numpy()
        inside = self._between(at - self._window, at)
        return np.bincount(self._buyer[inside], self._is_purchase[inside], minlength=len(self.since)) > 0

    def _referrers(self, begin: pd.Timestamp, end: pd.Timestamp) -> np.ndarray | None:
        """Returns which customers referred one who signed up in the period; None if the records have no referrals."""
        if self._referrals is None:
            return None
        during = self._referrals[(self._referrals["at"] >= begin) & (self._referrals["at"] < end)]
        who = np.zeros(len(self.since), bool)
        who[during["referrer"].to_numpy(dtype=int)] = True
        return who


def _segments(calculation: Calculation, customers: pd.Series) -> list[tuple[str, str, np.ndarray]]:
    """Returns each segment type and segment with its members, one boolean a customer."""
    values_of = calculation.customer_segments(customers)
    values_of = values_of.where(values_of.notna(), "unknown")
    found: list[tuple[str, str, np.ndarray]] = [("all", "all", np.ones(len(customers), bool))]
    for segment_type in CUSTOMER_SEGMENTS:
        values = values_of[segment_type].to_numpy()
        found += [(segment_type, str(value), values == value) for value in sorted(set(values))]
    return found


def _referrals(calculation: Calculation, position: dict[str, int]) -> pd.DataFrame | None:
    """Returns the number of each referring customer with the moment at which the referred customer signed up."""
    if "referred_by" not in calculation.frames.get("customer", ()):
        return None
    records = calculation.get("customer", "created_at")
    assert records is not None
    records = records[records["referred_by"].notna()]
    return pd.DataFrame({"at": records["created_at"], "referrer": records["referred_by"].map(position)})
