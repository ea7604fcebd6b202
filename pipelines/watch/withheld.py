"""Values that rules must not see, because what they are computed from is known to be incomplete."""

from collections.abc import Collection
from datetime import date, datetime

import numpy as np
import pandas as pd

from pipelines.kpis import GRAINS, period_of


def withhold(readings: pd.DataFrame, kpis: Collection[str], days: Collection[date]) -> pd.DataFrame:
    """Returns the readings without those of some KPIs in the periods that have one of some days.

    What is not there is no sign for or against an incident; later periods are evaluated all the same.

    Args:
        readings: a frame of readings; it is not changed.
        kpis: the names of the KPIs.
        days: the days on which something is missing.
    """
    if not days or not kpis:
        return readings
    is_withheld = np.zeros(len(readings), dtype=np.bool_)
    of_kpis = readings["kpi"].isin(list(kpis)).to_numpy()
    starts = readings["period_start"].to_numpy()
    for grain in GRAINS:
        of_grain = (readings["grain"] == grain).to_numpy()
        periods = {np.datetime64(datetime.combine(period_of(grain, day), datetime.min.time()), "us") for day in days}
        is_withheld |= of_kpis & of_grain & np.isin(starts, list(periods))
    return readings[~is_withheld] if is_withheld.any() else readings
