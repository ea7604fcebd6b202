"""Sales in the company's currency, and the KPIs of revenue."""

import pandas as pd

from tests.acceptance.oracle.core import Calculation


def sales(calculation: Calculation) -> pd.DataFrame | None:
    """Returns the valid orders, or the won deals of a company without orders; None if it has neither.

    Columns beside the order's own: `at`, `rate` into the company's currency, and `revenue` in it.
    """
    orders = calculation.get("order", "ordered_at")
    if orders is None:
        deals = calculation.get("deal", "closed_at")
        if deals is None or "amount" not in deals:
            return None
        won = deals[deals["is_won"].astype(bool)].reset_index(drop=True)
        return pd.DataFrame(
            {
                "order_id": won["deal_id"], "customer_id": won["customer_id"], "at": won["closed_at"],
                "revenue": won["amount"], "rate": 1.0, "channel": None, "country": None,
                "type": won.get("deal_type"),
            }
        )  # fmt: skip
    is_excluded = orders["status"].str.lower().isin(["cancelled", "refunded", "annulée", "remboursee"])
    orders = orders[~is_excluded].reset_index(drop=True)
    orders["at"] = orders["ordered_at"]
    orders["rate"] = (
        exchange_rates(calculation, orders["currency"], calculation.days(orders["at"])) if "currency" in orders else 1.0
    )
    orders["revenue"] = orders["amount"] * orders["rate"]
    orders["type"] = None
    for name in ("channel", "country"):
        if name not in orders:
            orders[name] = None
    return orders


def exchange_rates(calculation: Calculation, currencies: pd.Series, days: pd.Series) -> pd.Series:
    """Returns the exchange rate of each amount on its day; a day without a rate has the last one before."""
    rates = calculation.frames["fx_rate"].sort_values("date")
    result = []
    for currency, day in zip(currencies, days, strict=True):
        if currency is None or pd.isna(currency) or currency.upper() == calculation.company.currency:
            result.append(1.0)
            continue
        known = rates[(rates["currency"] == currency.upper()) & (rates["date"] <= day)]
        result.append(float(known["rate"].iloc[-1]))
    return pd.Series(result, index=currencies.index)


def add_rows(calculation: Calculation) -> None:
    """Adds revenue, revenue_per_customer and average_order_value, also by product category."""
    orders = sales(calculation)
    if orders is None:
        return
    orders["customer_segment"] = calculation.customer_segments(orders["customer_id"])["customer_segment"].to_numpy()
    # Refunds lower revenue; nobody buys by one.
    orders["buyer"] = orders["customer_id"].where(orders["revenue"] >= 0)
    kpis: dict[str, tuple[str, str | None]] = {
        "revenue": ("revenue", None),
        "revenue_per_customer": ("revenue", "distinct buyer"),
    }
    of_purchases: dict[str, tuple[str, str | None]] = {"average_order_value": ("revenue", "distinct order_id")}
    by_category = "product_category"
    segments = ("channel", "country", "customer_segment", "rfm")
    calculation.emit_ratios(orders, calculation.days(orders["at"]), kpis, segments)
    purchases = orders[orders["buyer"].notna()].reset_index(drop=True)
    calculation.emit_ratios(purchases, calculation.days(purchases["at"]), of_purchases, segments)
    lines = calculation.frames.get("order_line")
    if lines is None:
        # The definitions do not say whether all revenue is then in an unknown category or in none.
        before = len(calculation.rows)
        fact = orders.assign(product_category=None)
        calculation.emit_ratios(fact, calculation.days(fact["at"]), kpis, (by_category,), only=by_category)
        fact = fact[fact["buyer"].notna()].reset_index(drop=True)
        calculation.emit_ratios(fact, calculation.days(fact["at"]), of_purchases, (by_category,), only=by_category)
        calculation.rows[before:] = [rows.assign(is_optional=True) for rows in calculation.rows[before:]]
        return
    # An order's categories are those of its lines; an order without lines has none.
    parts = orders[["order_id", "buyer", "at", "rate", "revenue"]].merge(
        lines[["order_id", "category", "amount"]], on="order_id", how="left"
    )
    parts["revenue"] = parts["revenue"].where(parts["amount"].isna(), parts["amount"] * parts["rate"])
    parts["product_category"] = parts["category"]
    calculation.emit_ratios(parts, calculation.days(parts["at"]), kpis, (by_category,), only=by_category)
    parts = parts[parts["buyer"].notna()].reset_index(drop=True)
    calculation.emit_ratios(parts, calculation.days(parts["at"]), of_purchases, (by_category,), only=by_category)
