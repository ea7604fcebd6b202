"""Advertising: what its platform counts by day and campaign."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from tests.acceptance.records.draw import Draw

ADVERTISED = ["K1", "K2", "K3", "K4"]


def _days(draw: Draw) -> Iterator[date]:
    """Yields the days of the records; the current one is not reported yet."""
    zone = draw.scenario.zone
    today = draw.as_of.tz_convert(zone).date()
    for day in pd.date_range(draw.first.tz_convert(zone).date(), today + timedelta(days=10), freq="D"):
        if day.date() != today:
            yield day.date()


def ad_statistics(draw: Draw) -> pd.DataFrame:
    """Returns days of campaigns, some without impressions, clicks or cost, and some on which nothing was shown."""
    rows = []
    for day in _days(draw):
        for campaign in ADVERTISED:
            if draw.random.random() < 0.3:
                continue
            impressions = 0 if draw.random.random() < 0.1 else int(draw.random.integers(1, 40000))
            clicks, cost = int(draw.random.binomial(impressions, 0.02)), int(draw.random.integers(0, 30000)) / 100
            rows.append((day, campaign, impressions, clicks, cost))
    frame = pd.DataFrame(rows, columns=["date", "campaign_id", "impressions", "clicks", "cost"])
    for name, share in (("impressions", 0.05), ("clicks", 0.05)):
        frame[name] = frame[name].astype("Int64").where(~draw.some(len(frame), share))
    # The platform gives no cost of the last campaign.
    is_known = (frame["campaign_id"] != ADVERTISED[-1]) & draw.some(len(frame), 0.9)
    return frame.assign(cost=np.where(is_known, frame["cost"], np.nan))
