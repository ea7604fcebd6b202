"""What campaigns cost and brought, and what they added to the conversions of those who were shown them."""

from datetime import timedelta

import pandas as pd

from tests.acceptance.oracle.acquisition import spending
from tests.acceptance.oracle.attribution import DEFAULT_MODEL, credits_of_sales, known_touchpoints
from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.revenue import exchange_rates

_LONGEST_CAMPAIGN = timedelta(days=1000)
_MIN_GROUP = 1000


def add_rows(calculation: Calculation) -> None:
    """Adds campaign_roi, marketing_conversion_rate and campaign_uplift."""
    _returns(calculation)
    exposures = calculation.get("exposure", "exposed_at")
    if exposures is None:
        return
    exposures["campaign"] = exposures["campaign_id"]
    exposures["converted"] = exposures["converted_at"].notna().astype(int)
    exposures["one"] = 1
    _conversions(calculation, exposures)
    _uplift(calculation, exposures)


# Returns


def _returns(calculation: Calculation) -> None:
    """Adds campaign_roi, of campaigns whose cost is known; from the first contact of any campaign with a customer on."""
    credited, touchpoints = credits_of_sales(calculation), known_touchpoints(calculation)
    if credited is None or touchpoints is None:
        return
    costs = _costs(calculation)
    first = calculation.days(touchpoints.loc[touchpoints["campaign_id"].notna(), "occurred_at"]).min()
    is_counted = (credited["model"] == DEFAULT_MODEL) & credited["campaign"].isin(costs["campaign"])
    credited = credited[is_counted]
    fact = pd.concat(
        [
            costs[costs["day"] >= first].assign(net=lambda rows: -rows["cost"]),
            pd.DataFrame(
                {"day": credited["day"], "campaign": credited["campaign"], "cost": 0.0, "net": credited["credit"]}
            ),
        ],
        ignore_index=True,
    )
    calculation.emit_ratios(fact, fact["day"], {"campaign_roi": ("net", "cost")}, ("campaign",))


def _costs(calculation: Calculation) -> pd.DataFrame:
    """Returns day, campaign and cost: of each campaign as the advertising platform, the books or the campaign itself say."""
    today = calculation.as_of.tz_convert(calculation.zone).date()
    by_platform = calculation.frames["ad_stat"]
    by_platform = by_platform[by_platform["cost"].notna() & (by_platform["date"] <= today)]
    booked = spending(calculation)
    assert booked is not None
    booked = booked[booked["campaign_id"].notna()]
    found = pd.DataFrame(
        {"day": by_platform["date"], "campaign": by_platform["campaign_id"], "cost": by_platform["cost"]}
    )
    for more in (
        pd.DataFrame({"day": booked["date"], "campaign": booked["campaign_id"], "cost": booked["spent"]}),
        _own_costs(calculation),
    ):
        known = more[(more["day"] <= today) & ~more["campaign"].isin(found["campaign"])]
        found = pd.concat([found, known], ignore_index=True)
    return found


def _own_costs(calculation: Calculation) -> pd.DataFrame:
    """Returns the cost of campaigns as a whole, divided evenly by their days; without a known end it is of the first."""
    campaigns = calculation.frames["campaign"]
    campaigns = campaigns[campaigns["cost"].notna()].reset_index(drop=True)
    campaigns["first"], campaigns["last"] = (
        calculation.days(campaigns["started_at"]),
        calculation.days(campaigns["ended_at"]),
    )
    campaigns["amount"] = campaigns["cost"] * exchange_rates(calculation, campaigns["currency"], campaigns["first"])
    rows = []
    for each in campaigns.itertuples():
        has_length = pd.notna(each.last) and each.last - each.first <= _LONGEST_CAMPAIGN
        days = (each.last - each.first).days + 1 if has_length else 1
        rows += [(each.first + timedelta(days=number), each.campaign_id, each.amount / days) for number in range(days)]
    return pd.DataFrame(rows, columns=["day", "campaign", "cost"])


# Experiments


def _conversions(calculation: Calculation, exposures: pd.DataFrame) -> None:
    """Adds marketing_conversion_rate: the control group was not exposed."""
    treated = exposures[exposures["arm"] != "control"].reset_index(drop=True)
    calculation.emit_ratios(
        treated,
        calculation.days(treated["exposed_at"]),
        {"marketing_conversion_rate": ("converted", "one")},
        ("campaign",),
        maturity_days=7,
    )


def _uplift(calculation: Calculation, exposures: pd.DataFrame) -> None:
    """Adds campaign_uplift: each campaign against its own control group, several by the number of people treated."""
    for grain, segment_type, groups in calculation.groups(
        exposures, calculation.days(exposures["exposed_at"]), ("campaign",)
    ):
        rows = [
            (start, segment, *counted)
            for (start, segment), group in groups
            for counted in [_compared([(part, part["arm"] != "control") for _, part in group.groupby("campaign")])]
        ]
        _emit_uplift(calculation, rows, grain, segment_type)
        if segment_type == "all":
            rows = [
                (start, arm, *_compared([(part, part["arm"] == arm) for _, part in group.groupby("campaign")]))
                for (start, _), group in groups
                for arm in sorted(set(group["arm"]) - {"control"})
            ]
            _emit_uplift(calculation, rows, grain, "arm")


def _emit_uplift(calculation: Calculation, rows: list[tuple], grain: str, segment_type: str) -> None:
    table = pd.DataFrame(rows, columns=["period_start", "segment", "numerator", "denominator"])
    calculation.emit(table, "campaign_uplift", grain, segment_type, 7)


def _compared(campaigns: list[tuple[pd.DataFrame, pd.Series]]) -> tuple[float, float]:
    """Returns the conversions that the campaigns added, and the people treated by those that can be compared."""
    added = people = 0.0
    for part, is_treated in campaigns:
        treated, control = part.loc[is_treated, "converted"], part.loc[part["arm"] == "control", "converted"]
        if min(len(treated), len(control)) >= _MIN_GROUP:
            added += len(treated) * (treated.mean() - control.mean())
            people += len(treated)
    return added, people
