"""Periods in which nothing happened: counts, sums and shares of all events are zero where the sources cover the period.

The records of every company continue beyond the as-of, so that its sources cover all periods that have begun by then.
"""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from tests.acceptance.oracle.core import Company
from tests.acceptance.oracle.periods import period_end, shift

SHARES_OF_ALL = ("channel_share", "marketing_contribution")
ZERO_WITHOUT_EVENTS = ("revenue", "ticket_volume", "attributed_revenue", *SHARES_OF_ALL)
# So long a silence of the whole, and of a segment, is filled.
DAYS_OF_WHOLE, DAYS_OF_SEGMENT = 400, 92


def with_zeros(table: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Returns the expected rows with those of the periods in between and afterwards in which nothing happened."""
    totals = {
        (row.kpi, row.grain, row.period_start): row.denominator
        for row in table[table["kpi"].isin(SHARES_OF_ALL) & (table["segment_type"] == "all")].itertuples()
    }
    series = ["kpi", "grain", "segment_type", "segment"]
    counted = table[table["kpi"].isin(ZERO_WITHOUT_EVENTS)]
    found = []
    for (kpi, grain, segment_type, segment), rows in counted.groupby(series, sort=False):
        is_whole = segment_type == "all"
        for start in _silent(sorted(rows["period_start"]), grain, company, is_whole=is_whole):
            denominator = totals.get((kpi, grain, start)) if kpi in SHARES_OF_ALL else float("nan")
            if denominator is not None and not (kpi in SHARES_OF_ALL and is_whole):
                end = period_end(start, grain, company.timezone)
                found.append(
                    {
                        "kpi": kpi, "grain": grain, "segment_type": segment_type, "segment": segment,
                        "period_start": start, "value": 0.0, "numerator": 0.0, "denominator": denominator,
                        "is_complete": end <= pd.Timestamp(company.as_of), "is_optional": rows["is_optional"].any(),
                        "maturity_days": 0,
                    }
                )  # fmt: skip
    return pd.concat([table, pd.DataFrame(found)], ignore_index=True) if found else table


def _silent(starts: list[date], grain: str, company: Company, *, is_whole: bool) -> Iterator[date]:
    """Yields the periods between and after those with events that are zero."""
    first = starts[0]
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        end = period = shift(start, grain, 1)
        while (following is None or period < following) and _has_begun(period, company):
            silence = (period - end).days
            if is_whole and silence >= DAYS_OF_WHOLE:
                break
            if not is_whole:
                was_there, will_be_silent = (end - first).days, (shift(period, grain, 1) - end).days
                if start == first or silence >= DAYS_OF_SEGMENT or will_be_silent >= was_there:
                    break
            yield period
            period = shift(period, grain, 1)


def _has_begun(start: date, company: Company) -> bool:
    return pd.Timestamp(start).tz_localize(company.timezone) < pd.Timestamp(company.as_of)
