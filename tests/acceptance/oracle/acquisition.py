"""What it costs to win a customer."""

import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.revenue import exchange_rates, sales


def spending(calculation: Calculation) -> pd.DataFrame | None:
    """Returns what was spent until the current day; `spent` is the amount in the company's currency."""
    spend = calculation.get("spend")
    if spend is None:
        return None
    today = calculation.as_of.tz_convert(calculation.zone).date()
    spend = spend[spend["date"] <= today].reset_index(drop=True)
    return spend.assign(spent=spend["amount"] * exchange_rates(calculation, spend["currency"], spend["date"]))


def add_rows(calculation: Calculation) -> None:
    """Adds customer_acquisition_cost: all spend by all new customers, and that on a channel by those it brought.

    There is none where nothing is known to be spent, or nobody became a customer.
    """
    spend, orders = spending(calculation), sales(calculation)
    if spend is None or orders is None:
        return
    first = orders[orders["revenue"] >= 0].groupby("customer_id")["at"].min()
    brought_by = calculation.frames["customer"].set_index("customer_id")["acquisition_channel"]
    fact = pd.concat(
        [
            # What is spent on no channel is not spent on customers whose channel is unknown.
            pd.DataFrame(
                {"day": spend["date"], "channel": spend["channel"].fillna("no channel"), "spent": spend["spent"]}
            ),
            pd.DataFrame(
                {"day": calculation.days(first), "channel": brought_by.reindex(first.index), "customer": first.index}
            ),
        ],
        ignore_index=True,
    )
    for grain, segment_type, groups in calculation.groups(fact, fact["day"], ("channel",)):
        spent, customers = groups["spent"].sum(min_count=1), groups["customer"].count().astype(float)
        rows = pd.DataFrame({"numerator": spent, "denominator": customers}).dropna().reset_index()
        calculation.emit(rows, "customer_acquisition_cost", grain, segment_type)
