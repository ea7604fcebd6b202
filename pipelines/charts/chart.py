"""What a chart shows: the values of one series, and what they are compared with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipelines.charts.words import word
from pipelines.kpis import Grain
from pipelines.kpis.formatting import Language, ValueFormat, format_period
from pipelines.kpis.kpi import ShownUnit

LineKind = Literal["target", "warn", "critical", "previous_year"]
Severity = Literal["warn", "critical"]

Numbers = Sequence[float | None]
"""One number for each period of a chart, in the KPI's unit; None where there is none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line beside the values: a bound of a rule, a target, or the year before."""

    kind: LineKind
    values: Numbers

    @property
    def constant(self) -> float | None:
        """The number of the line if it is the same in all periods that have one."""
        numbers = {value for value in self.values if value is not None}
        return numbers.pop() if len(numbers) == 1 else None


@dataclass(frozen=True, slots=True)
class Incident:
    """The periods of an incident, first and last included; `last` is None while it is open."""

    severity: Severity
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One series over consecutive periods, with all that a reader compares it with.

    Attributes:
        title: what is drawn, such as the KPI and the segment.
        unit: the unit in which people read the KPI.
        grain: the length of a period.
        language: the language of numbers, dates and words.
        currency: an ISO 4217 code.
        periods: the first days of the periods, ascending and without gaps.
        values: the value of each period.
        lines: bounds, target and year before.
        usual: the lower and the upper end of the usual range of each period; empty if none is known.
        incidents: the incidents of the series.
    """

    title: str
    unit: ShownUnit
    grain: Grain
    language: Language
    currency: str
    periods: Sequence[date]
    values: Numbers
    lines: Sequence[Line] = ()
    usual: Sequence[tuple[float, float] | None] = ()
    incidents: Sequence[Incident] = ()

    def __post_init__(self) -> None:
        rows = [self.values, *(line.values for line in self.lines), *([self.usual] if self.usual else [])]
        if any(len(row) != len(self.periods) for row in rows):
            raise ValueError(f"the chart '{self.title}' needs one number for each of its {len(self.periods)} periods")

    @property
    def numbers(self) -> list[float]:
        """Every number that is drawn."""
        return [number for row in self._rows() for number in row if number is not None]

    @property
    def last(self) -> int | None:
        """The position of the latest period with a value; None if there is none."""
        return next((place for place in reversed(range(len(self.values))) if self.values[place] is not None), None)

    def shown(self, number: float) -> str:
        """Returns a value as messages and the command line write it."""
        return ValueFormat.for_values(self.unit, self.language, self.currency, [number]).format(number)

    def description(self) -> str:
        """Returns the chart in a sentence, for those who cannot see it."""
        last = self.last
        if last is None:
            return word("nothing", self.language, title=self.title)
        known = [value for value in self.values if value is not None]
        latest = known[-1]
        return word(
            "description",
            self.language,
            title=self.title,
            value=self.shown(latest),
            period=format_period(self.periods[last], self.grain, self.language),
            low=self.shown(min(known)),
            high=self.shown(max(known)),
            count=len(known),
        )

    def _rows(self) -> Iterator[Numbers]:
        yield self.values
        for line in self.lines:
            yield line.values
        for end in (0, 1):
            yield [None if pair is None else pair[end] for pair in self.usual]
