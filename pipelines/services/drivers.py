"""What drove the changes that alerts are about: read once for all events of a pass, of the periods that they need."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pandas as pd

from pipelines.kpis import Grain, Kpi, previous_period
from pipelines.warehouse.readings import Selection
from pipelines.watch.drivers import Driver, drivers, main_drivers
from pipelines.watch.state import Event, GapEvent


class Moved(NamedTuple):
    """The whole of a KPI in a period, whose change is explained."""

    kpi: str
    grain: Grain
    period_start: date


def moved_in(event: Event | GapEvent) -> Moved | None:
    """Returns what an event's message explains; None where there is nothing to explain.

    A resolved alert needs no explanation, and the segments of a segment are not known.
    """
    reading = event.reading
    if (
        event.kind in ("resolved", "restated", "no_data", "data_again")
        or reading.segment_type != "all"
        or reading.value is None
    ):
        return None
    return Moved(reading.kpi, reading.grain, reading.period_start)


def drivers_of(
    events: Iterable[Event],
    kpis: Mapping[str, Kpi],
    unnamed: Collection[str],
    read: Callable[[Sequence[Selection]], pd.DataFrame],
    names_of: Callable[[Sequence[str]], Mapping[tuple[str, str], str]] = lambda _: {},
) -> Mapping[Moved, tuple[Driver, ...]]:
    """Returns the main drivers of what the events' messages explain; nothing is read where they explain nothing.

    Args:
        events: what happened.
        kpis: the catalogue.
        unnamed: dimensions whose segments are people, who are not named.
        read: reads the readings of selections.
        names_of: reads the names of segments that are ids, of some dimensions.
    """
    moved = {each for event in events if (each := moved_in(event)) is not None and kpis[each.kpi].no_drivers is None}
    selections = [selection for each in sorted(moved) for selection in _selections(each, kpis[each.kpi], unnamed)]
    if not selections:
        return {}
    effects = drivers(read(selections))
    is_of = {
        each: (effects["kpi"] == each.kpi)
        & (effects["grain"] == each.grain)
        & (effects["period_start"] == pd.Timestamp(each.period_start))
        for each in moved
    }
    found = {each: main_drivers(effects[is_wanted], unnamed) for each, is_wanted in is_of.items()}
    names = names_of(sorted({driver.segment_type for of_one in found.values() for driver in of_one}))
    return {
        each: tuple(replace(driver, name=names.get((driver.segment_type, driver.segment))) for driver in of_one)
        for each, of_one in found.items()
    }


def _selections(moved: Moved, kpi: Kpi, unnamed: Collection[str]) -> list[Selection]:
    """Returns the readings of a period and of the one before: the whole and every dimension that may be named."""
    dimensions = [each for each in kpi.segments if each not in unnamed]
    if not dimensions:
        return []
    periods = (moved.period_start, previous_period(moved.grain, moved.period_start))
    whole = Selection(moved.kpi, moved.grain, "all", periods=periods)
    return [whole, *(replace(whole, segment_type=dimension) for dimension in dimensions)]
