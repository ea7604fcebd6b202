"""Rates of e-mail campaigns, from single e-mails and from totals of campaigns."""

import pandas as pd

from tests.acceptance.oracle.core import Calculation


def add_rows(calculation: Calculation) -> None:
    """Adds open, click, delivery, bounce, unsubscribe and complaint rates."""
    sends = calculation.get("email_send", "sent_at")
    if sends is None:
        return
    sends["campaign"] = sends["campaign_id"]
    sends[["country", "customer_segment"]] = calculation.customer_segments(sends["customer_id"])
    for name in [name for name in sends if name.endswith("_at") and name != "sent_at"]:
        sends[name] = sends[name].notna()
    sends["first_opened_at"] |= sends["first_clicked_at"]
    sends["one"] = 1
    sends["counted_from"] = "emails"
    totals = _totals(calculation)
    if totals is not None:
        sends = pd.concat([sends, totals[~totals["campaign"].isin(sends["campaign"])]], ignore_index=True)
    day = calculation.days(sends["sent_at"])
    reports_opens = _reports_opens(sends, day)
    calculation.emit_ratios(
        sends[reports_opens].reset_index(drop=True),
        day[reports_opens].reset_index(drop=True),
        {
            "email_open_rate": ("first_opened_at", "one"),
            "email_open_rate_delivered": ("first_opened_at", "delivered_at"),
        },
        maturity_days=3,
    )
    calculation.emit_ratios(
        sends,
        day,
        {
            "email_click_rate": ("first_clicked_at", "first_opened_at"),
            "email_click_through_rate": ("first_clicked_at", "one"),
            "email_click_rate_delivered": ("first_clicked_at", "delivered_at"),
            "delivery_rate": ("delivered_at", "one"),
            "bounce_rate": ("bounced_at", "one"),
            "unsubscribe_rate": ("unsubscribed_at", "one"),
            "complaint_rate": ("complained_at", "one"),
        },
        maturity_days=3,
    )


def _reports_opens(sends: pd.DataFrame, day: pd.Series) -> pd.Series:
    """Returns which rows are of a month that reports opens: e-mails do from the first month with 5 % opened on."""
    is_email = sends["counted_from"] == "emails"
    month = pd.Series([each.replace(day=1) for each in day], index=sends.index)
    opened = sends.loc[is_email, "first_opened_at"].astype(float).groupby(month[is_email]).mean()
    reported = opened.index[opened >= 0.05]
    return ~is_email | (month >= min(reported) if len(reported) else False)


def _totals(calculation: Calculation) -> pd.DataFrame | None:
    """Returns the totals of each campaign under the names of the columns of single e-mails."""
    totals = calculation.get("campaign_stat", "sent_at")
    if totals is None:
        return None
    names = {
        "campaign_id": "campaign",
        "sent": "one",
        "delivered": "delivered_at",
        "bounced": "bounced_at",
        "opened": "first_opened_at",
        "clicked": "first_clicked_at",
        "unsubscribed": "unsubscribed_at",
        "complained": "complained_at",
    }
    return totals.rename(columns=names).assign(counted_from="totals", country=None, customer_segment=None)
