"""The part that all families share: known records, segments and periods, and the table of expected rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from tests.acceptance.oracle.definitions import GRAINS, NAMED_SEGMENTS
from tests.acceptance.oracle.periods import period_end, period_of, shift
from tests.acceptance.oracle.rfm import Rfm


@dataclass(frozen=True)
class Company:
    """The settings that the KPIs depend on."""

    timezone: str
    as_of: datetime
    active_days: int = 365
    at_risk_days: int = 180
    minimum_lost: int = 20
    currency: str = "EUR"
    rfm: Mapping[str, list[int]] | None = None


class Calculation:
    """The records that are known as of a moment, and the rows that the families add."""

    def __init__(self, frames: dict[str, pd.DataFrame], company: Company) -> None:
        self.company = company
        self.zone = company.timezone
        self.as_of = pd.Timestamp(company.as_of).tz_convert("UTC")
        self.frames = {
            # When a campaign is to begin and to end is known before it does.
            entity: frame.copy() if entity == "campaign" else self._known(frame)
            for entity, frame in frames.items()
        }
        # The segments by recency, frequency and money, where the settings have limits for them.
        self.rfm: Rfm | None = None
        self.rows: list[pd.DataFrame] = []
        self._places: list[tuple[str, str, str, int]] = []

    # Records

    def _known(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Returns the frame as of the company's moment: events after it are empty."""
        frame = frame.copy()
        for name in frame.columns:
            if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
                frame[name] = frame[name].where(frame[name] <= self.as_of)
        return frame

    def get(self, entity: str, event: str | None = None) -> pd.DataFrame | None:
        """Returns an entity's records; with `event`, only those on which that event has happened."""
        frame = self.frames.get(entity)
        if frame is None or event is None:
            return frame
        return frame[frame[event].notna()].reset_index(drop=True)

    def days(self, moments: pd.Series) -> pd.Series:
        """Returns the days of moments in the company's time zone."""
        return moments.dt.tz_convert(self.zone).dt.date

    def customer_segments(self, customers: pd.Series) -> pd.DataFrame:
        """Returns country and customer segment of the customers, from their records."""
        known = self.frames.get("customer")
        if known is None or "country" not in known:
            return pd.DataFrame({"country": None, "customer_segment": None}, index=customers.index)
        segments = known.set_index("customer_id")[["country", "segment"]].reindex(customers)
        segments.columns = ["country", "customer_segment"]
        return segments.set_index(customers.index)

    # Rows

    def emit(self, rows: pd.DataFrame, kpi: str, grain: str, segment_type: str, maturity_days: int = 0) -> None:
        """Adds rows of period_start, segment, numerator, denominator, and if given value, is_optional, low, high."""
        self.rows.append(rows)
        self._places += [(kpi, grain, segment_type, maturity_days)] * len(rows)

    def table(self) -> pd.DataFrame:
        """Returns all added rows with value and is_complete, without ratios whose denominator is zero."""
        table = pd.concat(self.rows, ignore_index=True)
        table[["kpi", "grain", "segment_type", "maturity_days"]] = self._places
        table = table[table["denominator"] != 0].reset_index(drop=True)
        for name in ("is_optional", "value", "low", "high"):
            if name not in table:
                table[name] = np.nan
        table["is_optional"] = table["is_optional"].eq(True)
        table["value"] = table["value"].fillna(table["numerator"] / table["denominator"].fillna(1.0))
        periods = table[["grain", "period_start", "maturity_days"]].drop_duplicates()
        periods["is_complete"] = [
            period_end(row.period_start, row.grain, self.zone) + pd.Timedelta(days=row.maturity_days) <= self.as_of
            for row in periods.itertuples()
        ]
        return table.merge(periods, on=["grain", "period_start", "maturity_days"])

    def groups(
        self, fact: pd.DataFrame, day: pd.Series, segments: tuple[str, ...]
    ) -> Iterator[tuple[str, str, DataFrameGroupBy]]:
        """Yields each grain and segment type with the fact's rows grouped by period_start and segment."""
        days = day.unique()
        for grain in GRAINS:
            period = day.map({one: period_of(one, grain) for one in days}).rename("period_start")
            yield grain, "all", fact.groupby([period, pd.Series("all", index=fact.index, name="segment")], sort=False)
            for segment_type in segments:
                if segment_type != "rfm":
                    value = fact[segment_type].astype(object).fillna("unknown").rename("segment")
                elif self.rfm is not None:
                    value = self.rfm.of(fact["customer_id"], period).rename("segment")
                else:
                    continue
                yield grain, segment_type, fact.groupby([period, value], sort=False)

    def emit_ratios(
        self,
        fact: pd.DataFrame,
        day: pd.Series,
        kpis: dict[str, tuple[str, str | None]],
        segments: tuple[str, ...] | None = None,
        maturity_days: int = 0,
        only: str | None = None,
    ) -> None:
        """Adds the rows of KPIs of a fact: the sum of a column, alone, over another sum, or over a distinct count.

        Args:
            fact: one row an event.
            day: the day of each event.
            kpis: numerator and denominator of each KPI; the denominator `distinct x` counts the values of x.
            segments: the segment types; by default those that the catalogue names for the KPIs.
            maturity_days: how long after its end a period is complete.
            only: the one segment type to add, without the row of all.
        """
        if fact.empty:
            return
        segment_types = segments or tuple(dict.fromkeys(name for kpi in kpis for name in NAMED_SEGMENTS[kpi]))
        columns = [name for ratio in kpis.values() for name in ratio if name and " " not in name]
        summed = list(dict.fromkeys(columns))
        for grain, segment_type, groups in self.groups(fact, day, segment_types):
            if only is not None and segment_type != only:
                continue
            sums = groups[summed].sum().astype(float)
            place = sums.index.to_frame(index=False)
            for kpi, (numerator, denominator) in kpis.items():
                if denominator is None:
                    divisor = np.full(len(sums), np.nan)
                elif denominator.startswith("distinct "):
                    divisor = groups[denominator.removeprefix("distinct ")].nunique().to_numpy(float)
                else:
                    divisor = sums[denominator].to_numpy()
                rows = place.assign(numerator=sums[numerator].to_numpy(), denominator=divisor)
                self.emit(rows, kpi, grain, segment_type, maturity_days)

    def periods(self, first: date) -> Iterator[tuple[str, date, pd.Timestamp, pd.Timestamp]]:
        """Yields every period from that of the first day to the current one: grain, start, first and last moment."""
        today = self.as_of.tz_convert(self.zone).date()
        for grain in GRAINS:
            start = period_of(first, grain)
            while start <= today:
                begin = pd.Timestamp(start).tz_localize(self.zone).tz_convert("UTC")
                if begin < self.as_of:
                    yield grain, start, begin, min(period_end(start, grain, self.zone), self.as_of)
                start = shift(start, grain, 1)
