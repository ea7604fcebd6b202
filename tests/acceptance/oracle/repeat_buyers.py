"""What people who had bought before buy: cross-sell and upsell."""

import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.definitions import CUSTOMER_SEGMENTS
from tests.acceptance.oracle.revenue import sales


def add_rows(calculation: Calculation) -> None:
    """Adds cross_sell_rate and upsell_rate, by country and customer segment."""
    orders = sales(calculation)
    if orders is None:
        return
    orders = (
        orders[(orders["revenue"] >= 0) & orders["customer_id"].notna()]
        .sort_values(["at", "order_id"])
        .reset_index(drop=True)
    )
    lines = calculation.frames.get("order_line")
    categories: dict[str, set[str]] = {}
    if lines is not None:
        named = lines[lines["category"].notna()]
        categories = {order: set(group) for order, group in named.groupby("order_id")["category"]}
    amounts: dict[str, list[float]] = {}
    known: dict[str, set[str]] = {}
    rows = []
    for order in orders.itertuples():
        earlier = amounts.setdefault(order.customer_id, [])
        had = known.setdefault(order.customer_id, set())
        bought = categories.get(order.order_id, set())
        mean = sum(earlier) / len(earlier) if earlier else float("inf")
        is_more = bool(earlier) and (order.revenue > mean or order.type == "upsell")
        rows.append((order.customer_id, bool(earlier), bool(earlier) and bool(bought - had), is_more, bought))
        earlier.append(order.revenue)
        had |= bought
    purchases = pd.DataFrame(rows, columns=["customer_id", "had_bought", "is_new", "is_more", "categories"])
    segments = calculation.customer_segments(purchases["customer_id"])
    for segment_type in CUSTOMER_SEGMENTS:
        values = segments[segment_type]
        purchases[segment_type] = values.where(values.notna(), None).to_numpy()
    for grain, segment_type, groups in calculation.groups(
        purchases, calculation.days(orders["at"]), (*CUSTOMER_SEGMENTS, "rfm")
    ):
        counted = []
        for place, group in groups:
            buyers = [bought for _, bought in group.groupby("customer_id") if bought["had_bought"].any()]
            if buyers:
                cross = sum(bool(each["is_new"].any()) or len(set().union(*each["categories"])) > 1 for each in buyers)
                counted.append((place, cross, sum(bool(each["is_more"].any()) for each in buyers), len(buyers)))
        if not counted:
            continue
        names = list(groups.size().index.names)
        frame = pd.DataFrame([place for place, *_ in counted], columns=names)
        frame["denominator"] = [float(buyers) for *_, buyers in counted]
        if categories:
            cross_sold = frame.assign(numerator=[float(cross) for _, cross, _, _ in counted])
            calculation.emit(cross_sold, "cross_sell_rate", grain, segment_type)
        upsold = frame.assign(numerator=[float(more) for _, _, more, _ in counted])
        calculation.emit(upsold, "upsell_rate", grain, segment_type)
