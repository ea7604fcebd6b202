"""`outside`: the value leaves a fixed range."""

from collections.abc import Iterator
from typing import ClassVar, Self

import pandas as pd
from pydantic import model_validator
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Kpi
from pipelines.watch.amount import RANGE_SCHEMA, Amount, Range, never_beyond, range_text, read_range
from pipelines.watch.conditions.levels import Levels
from pipelines.watch.limit import Limit
from pipelines.watch.mistake import Mistake


class Outside(Levels[Range]):
    """A range to stay in."""

    key: ClassVar[str] = "outside"
    description: ClassVar[str] = "fires when the value leaves this range"
    position: ClassVar[int] = 3
    level_schema: ClassVar[JsonSchemaValue] = RANGE_SCHEMA
    clear_schema: ClassVar[JsonSchemaValue | None] = RANGE_SCHEMA

    @model_validator(mode="after")
    def _critical_contains_warn(self) -> Self:
        if (
            self.warn is not None
            and self.critical is not None
            and (self.critical[0] > self.warn[0] or self.critical[1] < self.warn[1])
        ):
            raise ValueError(
                f"the critical range {range_text(self.critical)} must contain "
                f"the warn range {range_text(self.warn)}: a value that leaves the range meets warn first"
            )
        return self

    @classmethod
    def read_level(cls, given: object) -> Range:
        """Returns the range that a person wrote."""
        return read_range(given)

    def read_clear(self, given: object) -> Range:
        """Returns a range within the range."""
        if isinstance(given, str | int | float):
            raise ValueError("with `outside`, `clear` is a range too: write [low, high]")  # noqa: TRY004 - for pydantic
        clear = read_range(given)
        low, high = self.mildest
        if clear[0] < low or clear[1] > high:
            raise ValueError(f"{range_text(clear)} must be within {range_text(self.mildest)}")
        return clear

    def doubts(self, kpi: Kpi, clear: object) -> Iterator[Mistake]:
        """Yields durations without a unit, and ranges that no value of the KPI leaves."""
        yield from super().doubts(kpi, clear)
        for severity, ends in self.by_severity:
            low, high = ends
            if never_beyond(low, "below", kpi) and never_beyond(high, "above", kpi):
                path = (self.key, severity) if len(self.by_severity) > 1 else (self.key,)
                message = f"{kpi.name} is never outside of {range_text(ends)}, so that this would never fire"
                yield Mistake(path, message)

    def level_limits(self, level: Range, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns one limit for each end."""
        low, high = level
        return (Limit("below", float(low)), Limit("above", float(high)))

    def clear_limits(self, clear: Range, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns one limit for each end: the value has to be within `clear`."""
        return self.level_limits(clear, readings, kpi)

    def level_amounts(self, level: Range) -> tuple[Amount, ...]:
        """Returns the two ends."""
        return level

    def clear_amounts(self, clear: Range) -> tuple[Amount, ...]:
        """Returns the two ends of `clear`."""
        return clear
