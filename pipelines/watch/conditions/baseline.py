"""`baseline`: the value leaves the usual range of the series' own past."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pipelines.kpis import Grain, Kpi
from pipelines.watch.amount import Amount
from pipelines.watch.baseline import RHYTHMS, Numbers, period_numbers, scale_of, usual_limits
from pipelines.watch.conditions.condition import Condition, Path
from pipelines.watch.history import grain_of, series_numbers
from pipelines.watch.limit import SEVERITIES, Limit, Severity, Side
from pipelines.watch.mistake import Mistake

_FEWEST = 0.01
# A limit that is crossed more often than in one period of five by chance says nothing.
_LARGEST_CHANCE = 0.2


def _frequency(given: object) -> object:
    frequency = given if given is None else Amount.read(given)
    if frequency is not None and (frequency.form != "number" or frequency < _FEWEST):
        raise ValueError(f"write how many false alarms a year are acceptable, {_FEWEST} or more, instead of {given}")
    return None if frequency is None else float(frequency)


Frequency = Annotated[float | None, BeforeValidator(_frequency, json_schema_input_type=float | None)]


class FalseAlarms(BaseModel):
    """How many false alarms a year are acceptable, by severity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    warn: Frequency = None
    critical: Frequency = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "number", "minimum": _FEWEST}, handler(schema)]}

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if self.warn is None and self.critical is None:
            raise ValueError("give warn, critical or both")
        if self.warn is not None and self.critical is not None and self.critical > self.warn:
            raise ValueError(
                f"critical ({self.critical:g}) must not be more than warn ({self.warn:g}): "
                "what is critical is rarer by chance"
            )
        return self

    @property
    def by_severity(self) -> Mapping[Severity, float]:
        """The frequencies that are given, the most severe first."""
        given: tuple[tuple[Severity, float | None], ...] = (("critical", self.critical), ("warn", self.warn))
        return {severity: frequency for severity, frequency in given if frequency is not None}


class Baseline(Condition):
    """The usual range of a series, as narrow as the accepted number of false alarms a year allows."""

    key: ClassVar[str] = "baseline"
    description: ClassVar[str] = (
        "fires when the value leaves the usual range of the series' own past; {} has the defaults"
    )
    position: ClassVar[int] = 7

    false_alarms_per_year: Annotated[
        FalseAlarms, Field(description="how many false alarms a year and series are acceptable")
    ] = FalseAlarms(warn=1)
    side: Annotated[
        Literal["worse", "below", "above", "both"],
        Field(description="where it fires: worse is below if more of the KPI is better, above if less is"),
    ] = "worse"

    @classmethod
    def expand(cls, given: object, severity: Severity) -> object:
        """Raises ValueError: a number alone would not say what it counts."""
        raise ValueError(f"write {{false_alarms_per_year: 1}} or {{}} for the defaults instead of {given}")

    @classmethod
    def complete(cls, given: Mapping[str, object], severity: Severity) -> object:
        """Returns the settings with a severity for a single number of false alarms."""
        frequency = given.get("false_alarms_per_year", 1)
        if frequency is None or isinstance(frequency, Mapping | FalseAlarms):
            return given
        return {**given, "false_alarms_per_year": {severity: _frequency(frequency)}}

    @property
    def severities(self) -> tuple[Severity, ...]:
        """The severities that have a number of false alarms, the most severe first."""
        return tuple(each for each in SEVERITIES if each in self.false_alarms_per_year.by_severity)

    def limits(self, readings: pd.DataFrame, kpi: Kpi) -> Mapping[Severity, tuple[Limit, ...]]:
        """Returns the ends of the usual range of each period, from the periods before it."""
        grain, sides = grain_of(readings), self._sides(kpi)
        if grain is None or grain not in RHYTHMS:
            return {severity: tuple(Limit(side, float("nan")) for side in sides) for severity in self.severities}
        rhythm = RHYTHMS[grain]
        wanted: list[tuple[Severity, Side, float]] = [
            (severity, side, frequency / rhythm.a_year / len(sides))
            for severity, frequency in self.false_alarms_per_year.by_severity.items()
            for side in sides
        ]
        scale, (numbers, values) = scale_of(kpi), _grid(readings, grain)
        found = usual_limits(
            scale.of(values), int(numbers.min()), rhythm, [(side, chance) for _, side, chance in wanted]
        )
        rows, columns = numbers - numbers.min(), series_numbers(readings)
        limits: dict[Severity, tuple[Limit, ...]] = {}
        outermost: dict[Side, Numbers] = {}
        # From the mildest to the most severe: what is critical is no less far off, whatever few errors say of it.
        for (severity, side, _), of_wanted in reversed(list(zip(wanted, found, strict=True))):
            farther = np.fmin if side == "below" else np.fmax
            outermost[side] = farther(of_wanted, outermost.get(side, of_wanted))
            column = pd.Series(scale.back(outermost[side][rows, columns]), readings.index)
            limits[severity] = (Limit(side, column), *limits.get(severity, ()))
        return limits

    def amounts(self) -> Iterator[tuple[Path, Amount]]:
        """Yields nothing: a number of false alarms is not a value of the KPI."""
        yield from ()

    def mistakes(self, kpi: Kpi, grain: Grain, clear: object) -> Iterator[Mistake]:
        """Yields a grain without enough periods, and more false alarms than periods allow."""
        yield from super().mistakes(kpi, grain, clear)
        if grain not in RHYTHMS:
            allowed = tuple(RHYTHMS)
            yield Mistake(("grain",), f"a {grain} has too few others to be compared with", allowed, grain)
            return
        most = _LARGEST_CHANCE * RHYTHMS[grain].a_year
        for severity, frequency in self.false_alarms_per_year.by_severity.items():
            if frequency > most:
                path: Path = (self.key, "false_alarms_per_year")
                if len(self.false_alarms_per_year.by_severity) > 1:
                    path = (*path, severity)
                message = f"a {grain} in five would be a false alarm: write at most {most:.2g} at this grain"
                yield Mistake(path, message, (), f"{frequency:g}")

    def _sides(self, kpi: Kpi) -> tuple[Side, ...]:
        if self.side == "below" or (self.side == "worse" and kpi.direction == "up"):
            return ("below",)
        if self.side == "above" or (self.side == "worse" and kpi.direction == "down"):
            return ("above",)
        return ("below", "above")


def _grid(readings: pd.DataFrame, grain: Grain) -> tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", Numbers]:
    """Returns the number of each reading's period, and the values by period and series, NaN where there is none."""
    numbers = period_numbers(readings["period_start"].to_numpy(), grain)
    columns = series_numbers(readings)
    values = np.full((int(numbers.max() - numbers.min()) + 1, int(columns[-1]) + 1), np.nan)
    values[numbers - numbers.min(), columns] = readings["value"].to_numpy(dtype=np.float64)
    return numbers, values
