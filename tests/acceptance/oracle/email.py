"""Rates of e-mail campaigns."""

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
    sends["one"] = 1
    calculation.emit_ratios(
        sends,
        calculation.days(sends["sent_at"]),
        {
            "email_open_rate": ("first_opened_at", "one"),
            "email_open_rate_delivered": ("first_opened_at", "delivered_at"),
            "email_click_rate": ("first_clicked_at", "first_opened_at"),
            "email_click_through_rate": ("first_clicked_at", "one"),
            "delivery_rate": ("delivered_at", "one"),
            "bounce_rate": ("bounced_at", "one"),
            "unsubscribe_rate": ("unsubscribed_at", "one"),
            "complaint_rate": ("complained_at", "one"),
        },
        maturity_days=3,
    )
