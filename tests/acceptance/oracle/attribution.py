"""Revenue credited to the contacts of customers with marketing."""

import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.revenue import sales

DEFAULT_MODEL = "last"
_WINDOW = pd.Timedelta(days=90)
_HALF_LIFE = pd.Timedelta(days=7)


def credits_of_sales(calculation: Calculation) -> pd.DataFrame | None:
    """Returns one row a sale, touchpoint and model with the `credit`; None if nothing is known to be credited."""
    orders, touchpoints = sales(calculation), known_touchpoints(calculation)
    if orders is None or touchpoints is None:
        return None
    paths = dict(list(touchpoints.sort_values(["occurred_at", "touchpoint_id"]).groupby("customer_id")))
    rows = []
    for order in orders.itertuples():
        path = paths.get(order.customer_id)
        if path is None:
            continue
        path = path[(path["occurred_at"] >= order.at - _WINDOW) & (path["occurred_at"] <= order.at)]
        if path.empty:
            continue
        ages = [(order.at - moment) / _HALF_LIFE for moment in path["occurred_at"]]
        for model, weights in _weights(ages).items():
            total = sum(weights)
            for weight, channel, campaign in zip(weights, path["channel"], path["campaign_id"], strict=True):
                # What a model credits with nothing was there all the same: its channel and campaign have a zero.
                rows.append((order.at, model, channel, campaign, order.revenue * weight / total))
    credits_ = pd.DataFrame(rows, columns=["at", "model", "channel", "campaign", "credit"])
    return credits_.assign(day=calculation.days(credits_["at"]))


def _weights(half_lives: list[float]) -> dict[str, list[float]]:
    """Returns the weight of each touchpoint, in the order of time, by each model."""
    number = len(half_lives)
    between = number - 2
    return {
        "first": [1.0] + [0.0] * (number - 1),
        "last": [0.0] * (number - 1) + [1.0],
        "linear": [1.0] * number,
        "time_decay": [0.5 ** (age - half_lives[-1]) for age in half_lives],
        "position": [0.4, *[0.2 / between] * between, 0.4] if between > 0 else [1.0] * number,
    }


def known_touchpoints(calculation: Calculation) -> pd.DataFrame | None:
    """Returns the touchpoints of people: of a customer, or of the customer who a lead is."""
    touchpoints = calculation.get("touchpoint", "occurred_at")
    if touchpoints is None:
        return None
    leads = calculation.get("lead", "created_at")
    if leads is not None:
        of_lead = leads.set_index("lead_id")["customer_id"].reindex(touchpoints["lead_id"]).reset_index(drop=True)
        touchpoints["customer_id"] = touchpoints["customer_id"].fillna(of_lead)
    return touchpoints[touchpoints["customer_id"].notna()].reset_index(drop=True)


def add_rows(calculation: Calculation) -> None:
    """Adds attributed_revenue and marketing_contribution, by the default model and by each model."""
    credited = credits_of_sales(calculation)
    if credited is None:
        return
    by_default = credited[credited["model"] == DEFAULT_MODEL].reset_index(drop=True)
    whole = _whole_revenue(calculation)
    for fact, segments in ((by_default, ("channel", "campaign")), (credited, ("model",))):
        for grain, segment_type, groups in calculation.groups(fact, fact["day"], segments):
            if segment_type == "all" and fact is credited:
                continue
            rows = groups["credit"].sum().rename("numerator").reset_index()
            calculation.emit(rows.assign(denominator=float("nan")), "attributed_revenue", grain, segment_type)
            # Each segment is a share of the whole revenue.
            shares = rows.assign(denominator=rows["period_start"].map(whole[grain]))
            if segment_type == "all":
                shares = whole[grain].rename("denominator").reset_index().merge(rows, on="period_start", how="left")
                shares = shares.assign(segment="all", numerator=shares["numerator"].fillna(0.0))
            calculation.emit(shares.dropna(), "marketing_contribution", grain, segment_type)


def _whole_revenue(calculation: Calculation) -> dict[str, pd.Series]:
    """Returns the revenue of each period, by grain, from the first touchpoint on."""
    orders, touchpoints = sales(calculation), known_touchpoints(calculation)
    assert orders is not None
    assert touchpoints is not None
    orders = orders[orders["at"] >= touchpoints["occurred_at"].min()].reset_index(drop=True)
    groups = calculation.groups(orders, calculation.days(orders["at"]), ())
    return {grain: of_grain["revenue"].sum().droplevel("segment") for grain, _, of_grain in groups}
