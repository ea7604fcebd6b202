"""No data: complete periods in which a series that is watched has no value, such as a ratio without a denominator.

They neither fire nor resolve anything by themselves. After `for` of them in a row an alert of its own is raised,
because nobody looks at what is not there; it is resolved as soon as there is a value again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.watch.evaluation import EvaluatedReadings
from pipelines.watch.reading import Series
from pipelines.watch.rule import Rule
from pipelines.watch.state import Gap, GapEvent, SeriesChange, gap_id

Periods = npt.NDArray[np.datetime64]

# A segment that has had no value for longer has ended: a campaign, a person who left. The whole does not end.
ENDED_AFTER = np.timedelta64(92, "D")
# Segments that end by themselves.
_SHORT_LIVED = frozenset({"campaign"})
# A series is missed only if it had a value in each of so many complete periods before: segments are quiet now and then.
_USUAL_PERIODS: dict[bool, int] = {True: 3, False: 8}
# Something was there before, however rarely.
_ANY_PERIOD = 1


def complete_periods(rule: Rule, readings: pd.DataFrame) -> Periods:
    """Returns the first days of the complete periods of a rule's KPI at its grain, in order.

    A period without a value is among them if the KPI as a whole has a row for it.

    Args:
        rule: the rule.
        readings: a frame with the readings of the rule and those of its KPI as a whole.
    """
    is_chosen = (readings["kpi"] == rule.kpi) & (readings["grain"] == rule.grain) & readings["is_complete"]
    return np.unique(readings.loc[is_chosen, "period_start"].to_numpy().astype("datetime64[D]"))


def periods_without_data(evaluated: EvaluatedReadings, complete: Periods) -> Iterator[tuple[Series, Periods]]:
    """Yields each series with its periods without a value, from its first value on.

    Args:
        evaluated: the readings of a rule.
        complete: the complete periods of its KPI, in order.
    """
    for series, begin, end in zip(evaluated.series, evaluated.starts[:-1], evaluated.starts[1:], strict=True):
        counted = evaluated.periods[begin:end][evaluated.is_counted[begin:end]]
        expected = complete[complete > counted[0]] if counted.size else complete[:0]
        missing = expected[~np.isin(expected, counted)]
        if series.segment_type != "all":
            last_values = counted[np.searchsorted(counted, missing) - 1] if missing.size else missing
            missing = missing[missing - last_values <= ENDED_AFTER]
        yield series, missing


def series_without_data(evaluated: EvaluatedReadings, complete: Periods) -> list[Series]:
    """Returns the series without a value in the last complete period of their KPI; see `periods_without_data`."""
    return [series for series, missing in periods_without_data(evaluated, complete[-1:]) if missing.size]


def with_gaps(
    changes: Sequence[SeriesChange], evaluated: EvaluatedReadings, complete: Periods, now: datetime
) -> list[SeriesChange]:
    """Returns changes with what the evaluation found of missing data.

    A series that is evaluated for the first time raises an alert only as a whole: its segments may have ended long ago.

    Args:
        changes: those of the evaluation.
        evaluated: the readings of the rule as it is in effect now; series that it does not watch stay as they are.
        complete: the complete periods of its KPI, in order.
        now: the moment of the evaluation, aware.
    """
    counted = np.flatnonzero(evaluated.is_counted)
    behind = np.searchsorted(counted, evaluated.starts)
    has_value = np.diff(behind) > 0
    last = np.zeros(has_value.size, dtype=np.intp)
    last[has_value] = counted[behind[1:][has_value] - 1]
    following = np.searchsorted(complete, evaluated.periods[last], side="right")
    missing = np.where(has_value, complete.size - following, 0)
    found = dict(
        zip(evaluated.series, zip(missing.tolist(), last.tolist(), following.tolist(), strict=True), strict=True)
    )
    with_them = []
    for change in changes:
        number, position, first = found.get(change.series, (0, 0, 0))
        is_concerned = change.series in found and (number or change.after.gap is not None)
        with_them.append(_with_gap(change, evaluated, complete, position, first, now) if is_concerned else change)
    return with_them


def _with_gap(
    change: SeriesChange, evaluated: EvaluatedReadings, complete: Periods, last: int, first: int, now: datetime
) -> SeriesChange:
    """Returns a change with the beginning or the end of a gap.

    Args:
        change: that of the series.
        evaluated: as for `with_gaps`.
        complete: as for `with_gaps`.
        last: the position of the series' last reading with a value.
        first: the index in `complete` of the first period after it.
        now: the moment of the evaluation, aware.
    """
    gap, missing = change.after.gap, complete[first:]
    if gap is not None and evaluated.period_at(last) >= gap.since:
        change = _without_gap(change, gap, evaluated, complete, last, now)
        gap = None
    if gap is not None or missing.size < evaluated.rule.for_:
        return change
    if not _is_missed(change, evaluated, complete, last, first):
        return change
    since = missing[0].item()
    is_first = change.before is None or change.before.last_period is None
    if is_first and change.series.segment_type != "all":
        return replace(change, after=replace(change.after, gap=Gap(since)))
    incident = change.after.incident
    if incident is not None and incident.fired_at is not None:
        noted = replace(change, after=replace(change.after, gap=Gap(since)))
        during = Gap(since, incident.alert_id, incident.opened_at)
        return _add(noted, _event("no_data", noted, evaluated, last, during, missing.size, now))
    gap = Gap(since, gap_id(change.series, since), now)
    noted = replace(change, after=replace(change.after, gap=gap))
    return _add(noted, _event("no_data", noted, evaluated, last, gap, missing.size, now))


def _without_gap(
    change: SeriesChange, gap: Gap, evaluated: EvaluatedReadings, complete: Periods, last: int, now: datetime
) -> SeriesChange:
    """Returns a change with the end of a gap, by the reading at `last`."""
    change = replace(change, after=replace(change.after, gap=None))
    if gap.alert_id is None:
        return change
    since, until = np.datetime64(gap.since, "D"), evaluated.periods[last]
    empty = np.count_nonzero((complete >= since) & (complete < until))
    return _add(change, _event("data_again", change, evaluated, last, gap, int(empty), now))


def _is_missed(change: SeriesChange, evaluated: EvaluatedReadings, complete: Periods, last: int, first: int) -> bool:
    """Returns whether a series without a value is worth an alert, by the rule or by what is usual for it."""
    rule, segment_type = evaluated.rule, change.series.segment_type
    if rule.no_data == "ignore":
        return False
    usual = _USUAL_PERIODS[segment_type == "all"]
    if rule.no_data == "alert":
        usual = _ANY_PERIOD
    elif segment_type in _SHORT_LIVED:
        return False
    before = complete[max(first - usual, 0) : first]
    start = int(evaluated.starts[int(evaluated.starts.searchsorted(last, side="right")) - 1])
    counted = evaluated.periods[start : last + 1][evaluated.is_counted[start : last + 1]]
    is_recent = segment_type == "all" or bool(complete[-1] - evaluated.periods[last] <= ENDED_AFTER)
    return before.size == usual and bool(np.isin(before, counted).all()) and is_recent


def _event(
    kind: Literal["no_data", "data_again"],
    change: SeriesChange,
    evaluated: EvaluatedReadings,
    position: int,
    gap: Gap,
    periods: int,
    now: datetime,
) -> GapEvent:
    return GapEvent(
        kind=kind,
        alert_id=gap.alert_id or "",
        series=change.series,
        reading=evaluated.at(position).reading,
        since=gap.since,
        periods=periods,
        opened_at=gap.opened_at or now,
        at=now,
    )


def _add(change: SeriesChange, event: GapEvent) -> SeriesChange:
    return replace(change, events=(*change.events, event))
