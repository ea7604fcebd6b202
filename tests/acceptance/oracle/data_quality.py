"""The quality of what was delivered: duplicates, errors, completeness and freshness.

Every extract is loaded at the as-of, so that there is one period of each length, which is running. What the definitions
leave open, and is taken from what Vigie says of itself: every row of a file is a record, older versions and repeated pages
included; a date is the moment at which its day begins.
"""

from collections.abc import Iterator

import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.definitions import GRAINS
from tests.acceptance.oracle.periods import period_of

# The information that is expected of a record, if its source has it at all.
_EXPECTED = {"customer": ("email", "name", "country"), "lead": ("email", "channel"), "deal": ("customer_id", "amount")}
# An address that more records than this have is that of nobody.
_MOST_OF_ONE_PERSON = 3


def add_rows(calculation: Calculation, frames: dict[str, pd.DataFrame], delivered: pd.DataFrame) -> None:
    """Adds duplicate_rate, error_rate, completeness_rate and freshness, by source and entity.

    Args:
        calculation: the records that are known.
        frames: all records.
        delivered: source and entity, the number of rows in its files, and of those that break a rule (`rejected`).
    """
    table = delivered.assign(all="all").rename(columns={"rows": "records"})
    counted = pd.DataFrame([_counts(calculation, frames[entity], entity) for entity in table["entity"]])
    table = pd.concat([table, counted], axis=1)
    day = calculation.as_of.tz_convert(calculation.zone).date()
    for segment_type in ("all", "source", "entity"):
        groups = table.groupby(segment_type)
        hours = (calculation.as_of - groups["newest"].max()) / pd.Timedelta(hours=1)
        sums = groups[["records", "rejected", "customers", "duplicates", "checked", "complete"]].sum().astype(float)
        for kpi, numerator, denominator in (
            ("error_rate", sums["rejected"], sums["records"]),
            ("duplicate_rate", sums["duplicates"], sums["customers"]),
            ("completeness_rate", sums["complete"], sums["checked"]),
            ("freshness", hours, pd.Series(float("nan"), index=hours.index)),
        ):
            rows = pd.DataFrame({"numerator": numerator, "denominator": denominator})
            rows = rows[rows["numerator"].notna()].rename_axis("segment").reset_index()
            for grain in GRAINS:
                calculation.emit(rows.assign(period_start=period_of(day, grain)), kpi, grain, segment_type)


def _counts(calculation: Calculation, frame: pd.DataFrame, entity: str) -> dict[str, object]:
    """Returns what is known of the records of an entity at the as-of."""
    # What breaks a rule is rejected, and is no record.
    if entity == "survey_response":
        frame = frame[(frame["score"] >= frame["scale_min"]) & (frame["score"] <= frame["scale_max"])]
    elif entity == "quality_review":
        frame = frame[frame["errors"].notna()]
    known = frame
    if "created_at" in frame:
        known = frame[frame["created_at"].isna() | (frame["created_at"] <= calculation.as_of)]
    found: dict[str, object] = {"newest": max(_moments(calculation, frame), default=pd.NaT)}
    expected = [name for name in _EXPECTED.get(entity, ()) if name in frame]
    if expected:
        found |= {"checked": len(known), "complete": int(known[expected].notna().all(axis=1).sum())}
    if entity == "customer" and "email" in frame:
        address = known["email"].str.strip().str.lower()
        same = address.map(address.value_counts())
        found |= {"customers": len(known), "duplicates": int(((same > 1) & (same <= _MOST_OF_ONE_PERSON)).sum())}
    return {"customers": 0, "duplicates": 0, "checked": 0, "complete": 0, **found}


def _moments(calculation: Calculation, frame: pd.DataFrame) -> Iterator[pd.Timestamp]:
    """Yields the newest moment of each column that has any, of those that have happened."""
    for name in frame:
        moments = frame[name]
        if name == "date":
            moments = pd.to_datetime(moments).dt.tz_localize(calculation.zone).dt.tz_convert("UTC")
        if isinstance(moments.dtype, pd.DatetimeTZDtype):
            newest = moments[moments <= calculation.as_of].max()
            if pd.notna(newest):
                yield newest
