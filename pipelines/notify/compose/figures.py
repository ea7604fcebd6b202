"""The numbers of an event, as messages about one alert and about several write them."""

import math
from typing import NamedTuple

from pipelines.kpis import Kpi
from pipelines.kpis.formatting import ValueFormat
from pipelines.notify.compose.parts import CompanyFacts
from pipelines.watch.state import Event


class Figures(NamedTuple):
    """The value of an event's reading, the one before (None if it is not known), the threshold, and their format."""

    value: float
    previous: float | None
    threshold: float
    numbers: ValueFormat


def figures_of(event: Event, kpi: Kpi, company: CompanyFacts) -> Figures:
    """Returns the numbers of an event in a format in which they differ.

    Raises:
        ValueError: the event's reading has no value.
    """
    value, previous = finite(event.reading.value), finite(event.reading.previous_value)
    if value is None:
        raise ValueError(f"the event {event.kind} of rule {event.series.rule} has a reading without a value")
    # The threshold that all breached periods of a resolved incident have crossed is the mildest one.
    threshold = event.mildest_threshold if event.kind == "resolved" else event.threshold
    numbers = ValueFormat.beside_threshold(
        kpi.shown_unit,
        company.language,
        company.currency,
        value=value,
        threshold=threshold,
        others=tuple(each for each in (previous, finite(event.restated_value)) if each is not None),
    )
    return Figures(value, previous, threshold, numbers)


def finite(value: float | None) -> float | None:
    """Returns a number that can be written, None for one that is missing or infinite."""
    return None if value is None or not math.isfinite(value) else float(value)
