"""Advertising by day and campaign."""

from tests.acceptance.oracle.core import Calculation


def add_rows(calculation: Calculation) -> None:
    """Adds ad_click_rate: of days of which both impressions and clicks are known."""
    days = calculation.get("ad_stat")
    if days is None:
        return
    today = calculation.as_of.tz_convert(calculation.zone).date()
    is_known = days["impressions"].notna() & days["clicks"].notna()
    days = days[is_known & (days["date"] <= today)].reset_index(drop=True)
    days["campaign"] = days["campaign_id"]
    calculation.emit_ratios(days, days["date"], {"ad_click_rate": ("clicks", "impressions")}, ("campaign",))
