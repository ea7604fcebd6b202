"""Conversion of leads, deals and visitors."""

import pandas as pd

from tests.acceptance.oracle.core import Calculation


def add_rows(calculation: Calculation) -> None:
    """Adds lead_conversion_rate, win_rate, sales_cycle and visitor_conversion_rate."""
    _leads(calculation)
    _deals(calculation)
    _web(calculation)


def _leads(calculation: Calculation) -> None:
    leads = calculation.get("lead", "created_at")
    if leads is None:
        return
    leads["owner"] = leads["owner_id"]
    leads["one"] = 1
    leads["won"] = leads["converted_at"].notna()
    calculation.emit_ratios(
        leads, calculation.days(leads["created_at"]), {"lead_conversion_rate": ("won", "one")}, maturity_days=30
    )


def _deals(calculation: Calculation) -> None:
    deals = calculation.get("deal", "closed_at")
    if deals is None:
        return
    deals = deals[deals["is_won"].notna()].reset_index(drop=True)
    deals["owner"] = deals["owner_id"]
    deals["one"] = 1
    deals["won"] = deals["is_won"].astype(bool)
    calculation.emit_ratios(deals, calculation.days(deals["closed_at"]), {"win_rate": ("won", "one")})
    won = deals[deals["won"] & deals["created_at"].notna()].reset_index(drop=True)
    won["cycle"] = (won["closed_at"] - won["created_at"]) / pd.Timedelta(days=1)
    calculation.emit_ratios(
        won, calculation.days(won["closed_at"]), {"sales_cycle": ("cycle", "one")}, ("owner", "deal_type")
    )


def _web(calculation: Calculation) -> None:
    web = calculation.get("web_stat")
    if web is None:
        return
    today = calculation.as_of.tz_convert(calculation.zone).date()
    web = web[web["date"] <= today].reset_index(drop=True)
    calculation.emit_ratios(web, web["date"], {"visitor_conversion_rate": ("conversions", "visitors")})
