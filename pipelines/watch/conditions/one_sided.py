"""Conditions with a fixed threshold on one side."""

from collections.abc import Iterator
from typing import ClassVar

import pandas as pd
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Kpi
from pipelines.watch.amount import AMOUNT_SCHEMA, Amount, never_beyond
from pipelines.watch.conditions.levels import Levels
from pipelines.watch.limit import Limit, Side
from pipelines.watch.mistake import Mistake


class OneSided(Levels[Amount]):
    """A fixed threshold; `side` is the side on which the bad values are."""

    side: ClassVar[Side]
    level_schema: ClassVar[JsonSchemaValue] = AMOUNT_SCHEMA
    clear_schema: ClassVar[JsonSchemaValue | None] = AMOUNT_SCHEMA

    @classmethod
    def read_level(cls, given: object) -> Amount:
        """Returns the threshold that a person wrote."""
        return Amount.read(given)

    def read_clear(self, given: object) -> Amount:
        """Returns a single value."""
        if isinstance(given, list | tuple):
            raise ValueError("`clear` is a single value here; a range goes with `outside`")  # noqa: TRY004 - for pydantic
        return Amount.read(given)

    def doubts(self, kpi: Kpi, clear: object) -> Iterator[Mistake]:
        """Yields durations without a unit, and thresholds that no value of the KPI is beyond."""
        yield from super().doubts(kpi, clear)
        for path, amount in self.amounts():
            message = never_beyond(amount, self.side, kpi)
            if message is not None:
                yield Mistake(path, message, (), amount.written)

    def level_limits(self, level: Amount, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns the same threshold for all readings."""
        return (Limit(self.side, float(level)),)

    def clear_limits(self, clear: Amount, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns the limit on the side of the condition: the value has to reach `clear`."""
        return self.level_limits(clear, readings, kpi)

    def level_amounts(self, level: Amount) -> tuple[Amount, ...]:
        """Returns the threshold."""
        return (level,)

    def clear_amounts(self, clear: Amount) -> tuple[Amount, ...]:
        """Returns the value of `clear`."""
        return (clear,)
