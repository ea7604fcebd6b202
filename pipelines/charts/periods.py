"""The labels of the periods below a chart: as many as fit, evenly spaced, the latest always among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from pipelines.kpis import Grain
from pipelines.kpis.formatting import Language, format_date


@dataclass(frozen=True, slots=True)
class PeriodLabel:
    """The label of the period at position `place`; `year` is a second line, often empty."""

    place: int
    text: str
    year: str


def period_labels(periods: Sequence[date], grain: Grain, language: Language, most: int) -> Sequence[PeriodLabel]:
    """Returns the labels, at most `most`, in the order of the periods; the first one and a new year have the year."""
    every = max(1, ceil(len(periods) / most))
    labels: list[PeriodLabel] = []
    year = None
    for place in range((len(periods) - 1) % every, len(periods), every):
        start = periods[place]
        shown = "" if start.year == year or grain == "year" else f"{start.year}"
        labels.append(PeriodLabel(place, _name(start, grain, language), shown))
        year = start.year
    return labels


def _name(start: date, grain: Grain, language: Language) -> str:
    match grain:
        case "day" | "week":
            return format_date(start, "d MMM", language)
        case "month":
            return format_date(start, "MMM", language)
        case "quarter":
            return format_date(start, "QQQ", language)
        case "year":
            return f"{start.year}"
