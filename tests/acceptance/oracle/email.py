"""Rates of e-mail campaigns, from single e-mails, from the events of a newsletter system, and from totals of campaigns.

What the definitions leave open, and is taken from what Vigie says of itself: an e-mail that is only known from its opens
and clicks is dated by the first of them.
"""

import pandas as pd

from tests.acceptance.oracle.core import Calculation

# What a platform may report of an e-mail, and the events that say so.
_EVENT_OF = {
    "delivered": "delivered",
    "bounced": "bounce",
    "opened": "open",
    "clicked": "click",
    "unsubscribed": "unsubscribe",
    "complained": "complaint",
}
# Of these a platform that reports them does so for many e-mails; of the others one is enough.
_COMMON = ("delivered", "opened")
_COMMON_SHARE = 0.05
_SEGMENTS = ("campaign", "country", "customer_segment", "counted_from")
_KPIS = {
    "email_open_rate": ("opened", "sent"),
    "email_open_rate_human": ("opened_by_human", "sent"),
    "email_open_rate_delivered": ("opened", "delivered"),
    "email_click_rate": ("clicked", "opened"),
    "email_click_through_rate": ("clicked", "sent"),
    "email_click_rate_delivered": ("clicked", "delivered"),
    "delivery_rate": ("delivered", "sent"),
    "bounce_rate": ("bounced", "sent"),
    "unsubscribe_rate": ("unsubscribed", "sent"),
    "complaint_rate": ("complained", "sent"),
}


def add_rows(calculation: Calculation) -> None:
    """Adds open, click, delivery, bounce, unsubscribe and complaint rates: of e-mails of which both parts are known."""
    sends = calculation.get("email_send", "sent_at")
    if sends is None:
        return
    for what in _EVENT_OF:
        sends[what] = sends[f"first_{what}_at" if what in ("opened", "clicked") else f"{what}_at"].notna()
    emails = pd.concat([_known(calculation, sends.assign(sent=1.0), ("opened",)), _of_events(calculation)])
    emails["counted_from"] = "emails"
    totals = calculation.get("campaign_stat", "sent_at")
    if totals is not None:
        totals = totals[~totals["campaign_id"].isin(emails["campaign_id"])]
        emails = pd.concat([emails, totals.assign(counted_from="totals")])
    emails = emails.reset_index(drop=True)
    emails["campaign"] = emails["campaign_id"]
    for kpi, (numerator, denominator) in _KPIS.items():
        is_known = emails[numerator].notna() & emails[denominator].notna()
        # Of e-mails that are only known from their opens and clicks, nothing but clicks by opens is.
        is_known &= emails["sent"].notna() | (kpi == "email_click_rate")
        both = emails[is_known].reset_index(drop=True).astype({numerator: float, denominator: float})
        calculation.emit_ratios(
            both, calculation.days(both["sent_at"]), {kpi: (numerator, denominator)}, _SEGMENTS, maturity_days=3
        )


def _known(calculation: Calculation, emails: pd.DataFrame, uncertain: tuple[str, ...]) -> pd.DataFrame:
    """Returns e-mails of one platform with their country and segment; what it did not report yet is empty.

    It reports something from the first month on in which it did: of what is common, for 5 % of the e-mails.
    """
    month = pd.Series([day.replace(day=1) for day in calculation.days(emails["sent_at"])], index=emails.index)
    reported = {}
    for what in uncertain:
        share = emails[what].groupby(month).mean()
        months = share.index[(share > 0) & (share >= (_COMMON_SHARE if what in _COMMON else 0))]
        reported[what] = month >= min(months) if len(months) else pd.Series(data=False, index=emails.index)
    # A click implies that a person opened it.
    emails["opened"] |= emails["clicked"]
    for what, is_reported in reported.items():
        emails[what] = emails[what].astype(object).where(is_reported)
    emails[["country", "customer_segment"]] = calculation.customer_segments(emails["customer_id"])
    return emails


def _of_events(calculation: Calculation) -> pd.DataFrame | None:
    """Returns the e-mails of which the newsletter system has events."""
    events = calculation.get("email_event", "occurred_at")
    if events is None:
        return None
    key = ["campaign_id", "email"]
    sent = events[events["event"] == "sent"][[*key, "occurred_at"]]
    sent = sent.assign(sent_at=sent["occurred_at"], sent=1.0).sort_values("occurred_at")
    others = events[events["event"] != "sent"].sort_values("occurred_at")
    # Each event is of the last e-mail of its campaign that was sent to its recipient before.
    matched = pd.merge_asof(others, sent, on="occurred_at", by=key)
    # Of a campaign that was never seen to be sent, everybody got one e-mail. In the others such events are of nobody.
    alone = matched[~matched["campaign_id"].isin(sent["campaign_id"])]
    alone = alone.assign(sent_at=alone.groupby(key)["occurred_at"].transform("min"))
    matched = pd.concat([matched[matched["sent_at"].notna()], alone])
    emails = pd.concat([sent, alone[[*key, "sent_at"]]]).drop(columns="occurred_at")
    emails = emails.drop_duplicates([*key, "sent_at"]).set_index([*key, "sent_at"])
    is_machine = matched["is_machine"].eq(True)
    for what, event in _EVENT_OF.items():
        emails[what] = emails.index.isin(matched[matched["event"] == event].set_index([*key, "sent_at"]).index)
    by_people = matched[(matched["event"] == "open") & ~is_machine].set_index([*key, "sent_at"]).index
    emails["opened_by_human"] = emails.index.isin(by_people) | emails["clicked"]
    emails["delivered"] |= emails["opened"] | emails["clicked"]
    emails = emails.reset_index()
    # Copies of a customer's record have its country and segment.
    customers = calculation.frames["customer"].drop_duplicates("email").set_index("email")["customer_id"]
    emails["customer_id"] = customers.reindex(emails["email"]).to_numpy()
    return _known(calculation, emails, tuple(_EVENT_OF))
