"""`band`: the value does not reach a level of the KPI's built-in benchmark."""

from collections.abc import Iterator
from typing import ClassVar, Self, cast, get_args

import pandas as pd
from pydantic import model_validator
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Benchmark, Grain, Kpi, Level
from pipelines.watch.amount import Amount
from pipelines.watch.conditions.levels import Levels
from pipelines.watch.history import grain_of
from pipelines.watch.limit import Limit
from pipelines.watch.mistake import Mistake

_LEVELS: tuple[Level, ...] = get_args(Level)


class Band(Levels[Level]):
    """A level of the benchmark that the values of a company should reach."""

    key: ClassVar[str] = "band"
    description: ClassVar[str] = "fires when the value does not reach this level of the KPI's benchmark: good, average"
    position: ClassVar[int] = 4
    level_schema: ClassVar[JsonSchemaValue] = {"enum": list(_LEVELS)}

    @model_validator(mode="after")
    def _critical_is_not_better(self) -> Self:
        if self.warn == "average" and self.critical == "good":
            raise ValueError("critical must not be good if warn is average: a value that gets worse leaves good first")
        return self

    @classmethod
    def read_level(cls, given: object) -> Level:
        """Returns the level that a person wrote."""
        if given not in _LEVELS:
            raise ValueError(f"there is no level called {given}: write {' or '.join(_LEVELS)}")
        return cast("Level", given)

    def level_limits(self, level: Level, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns the bound of the level; values are bad on the side on which the KPI is worse."""
        grain = grain_of(readings)
        benchmark = None if grain is None else _benchmark(kpi, level, grain)
        bound = float("nan") if benchmark is None else benchmark.bound
        is_beyond = benchmark is not None and benchmark.is_beyond
        return (Limit("above" if kpi.direction == "down" else "below", bound, is_beyond),)

    def level_amounts(self, level: Level) -> tuple[Amount, ...]:
        """Returns nothing: nobody wrote the bound of the level."""
        return ()

    def mistakes(self, kpi: Kpi, grain: Grain, clear: object) -> Iterator[Mistake]:
        """Yields levels that the benchmark of the KPI does not have at the grain."""
        yield from super().mistakes(kpi, grain, clear)
        if kpi.direction == "none":
            yield Mistake((self.key,), f"neither more nor less of {kpi.name} is better: it has no good and bad values")
            return
        for severity, level in self.by_severity:
            if _benchmark(kpi, level, grain) is None:
                path = (self.key, severity) if len(self.by_severity) > 1 else (self.key,)
                allowed = tuple(each for each in _LEVELS if _benchmark(kpi, each, grain) is not None)
                yield Mistake(path, _absence(kpi, level, grain), allowed, level)


def _benchmark(kpi: Kpi, level: Level, grain: Grain) -> Benchmark | None:
    """Returns the benchmark of a level, that of the grain before the one of all grains."""
    found = [each for each in kpi.benchmarks if each.level == level and each.grain in (None, grain)]
    return max(found, key=lambda each: each.grain is not None, default=None)


def _absence(kpi: Kpi, level: Level, grain: Grain) -> str:
    others = [each.grain for each in kpi.benchmarks if each.level == level and each.grain is not None]
    if others:
        return f"the level {level} of {kpi.name} is one of a {others[0]}, not of a {grain}"
    if kpi.benchmarks:
        return f"the benchmark of {kpi.name} has no level {level}"
    return f"{kpi.name} has no benchmark for a company of this sector: use below, above or target"
