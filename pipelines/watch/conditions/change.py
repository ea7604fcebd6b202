"""`change`: the value fell or rose too much against an earlier period."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pipelines.kpis import Grain, Kpi, previous_period, same_period_last_year
from pipelines.watch.amount import Amount, bare_seconds
from pipelines.watch.conditions.condition import Condition, Path
from pipelines.watch.difference import DIFFERENCE_SCHEMA, Difference, difference_mistake
from pipelines.watch.history import Numbers, Positions, at_positions, earlier_positions, grain_of, standard_errors
from pipelines.watch.limit import SEVERITIES, Limit, Severity, Side
from pipelines.watch.mistake import Mistake

Reference = Literal["previous", "previous_year"]

_SIDES: Mapping[str, Side] = {"drop": "below", "rise": "above"}
_CHANGE_SCHEMA: JsonSchemaValue = DIFFERENCE_SCHEMA | {
    "description": "-10% for a drop of more than that, +10% for a rise"
}


class Steps(BaseModel):
    """How far a value may go in one direction: the difference that warns and the one that is critical."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    warn: Difference | None = None
    critical: Difference | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [DIFFERENCE_SCHEMA, handler(schema)]}

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        for each in self.by_severity.values():
            if each <= 0:
                raise ValueError(f"write how far without a sign, such as 10%, instead of {each.written}")
        if not self.by_severity:
            raise ValueError("give warn, critical or both")
        if self.warn is not None and self.critical is not None:
            if self.warn.form != self.critical.form:
                raise ValueError(
                    f"warn ({self.warn.written}) and critical ({self.critical.written}) must be of one kind: "
                    "shares of the earlier value, or amounts"
                )
            if self.critical < self.warn:
                raise ValueError(
                    f"critical ({self.critical.written}) must not be less than warn ({self.warn.written}): "
                    "the larger change is the worse one"
                )
        return self

    @property
    def by_severity(self) -> Mapping[Severity, Difference]:
        """The differences that are given, the most severe first."""
        given: tuple[tuple[Severity, Difference | None], ...] = (("critical", self.critical), ("warn", self.warn))
        return {severity: difference for severity, difference in given if difference is not None}


class Change(Condition):
    """How much a value may change from an earlier period to this one."""

    key: ClassVar[str] = "change"
    description: ClassVar[str] = "fires when the value fell or rose by more than this since an earlier period"
    position: ClassVar[int] = 6

    # The fields of a condition are the keys that a person writes.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: Annotated[
        Reference,
        Field(alias="from", description="the value that counts: of the previous period, or of the same one a year ago"),
    ] = "previous"
    drop: Annotated[Steps | None, Field(description="how far it may fall")] = None
    rise: Annotated[Steps | None, Field(description="how far it may rise")] = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [_CHANGE_SCHEMA, handler(schema)]}

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if self.drop is None and self.rise is None:
            raise ValueError("give drop, rise or both")
        return self

    @classmethod
    def expand(cls, given: object, severity: Severity) -> object:
        """Returns -10% as a drop and +10% as a rise."""
        difference = Difference.read(given)
        if not difference.written.startswith(("-", "+")) and difference >= 0:
            raise ValueError(
                f"does {difference.written} mean a drop or a rise? Write -{difference.written}, +{difference.written}, "
                "or {drop: …, rise: …}"
            )
        size = Difference(abs(difference), difference.form, difference.written.lstrip("+-"))
        return {"drop" if difference < 0 else "rise": {severity: size}}

    @classmethod
    def complete(cls, given: Mapping[str, object], severity: Severity) -> object:
        """Returns the settings with a severity for each single difference."""
        return {
            key: {severity: Difference.read(value)} if key in _SIDES and _is_single(value) else value
            for key, value in given.items()
        }

    @property
    def severities(self) -> tuple[Severity, ...]:
        """The severities that have a difference in any direction."""
        given = [severity for _, steps in self._steps() for severity in steps.by_severity]
        return tuple(severity for severity in SEVERITIES if severity in given)

    def limits(self, readings: pd.DataFrame, kpi: Kpi) -> Mapping[Severity, tuple[Limit, ...]]:
        """Returns the earlier values less the drops and plus the rises."""
        grain = grain_of(readings)
        positions = np.empty(0, dtype=np.intp) if grain is None else self._earlier(readings, grain)
        earlier = at_positions(readings["value"].to_numpy(dtype=np.float64), positions)
        found: dict[Severity, tuple[Limit, ...]] = {}
        for key, steps in self._steps():
            side = _SIDES[key]
            # What the earlier value may really have been counts on the side towards which the value moved.
            errors = at_positions(standard_errors(readings, side), positions)
            for severity, step in steps.by_severity.items():
                limit = _limit(side, step, earlier, errors, readings.index)
                found[severity] = (*found.get(severity, ()), limit)
        return found

    def amounts(self) -> Iterator[tuple[Path, Amount]]:
        """Yields nothing: a difference is not a value of the KPI."""
        yield from ()

    def mistakes(self, kpi: Kpi, grain: Grain, clear: object) -> Iterator[Mistake]:
        """Yields differences that the values of the KPI cannot have, and a year that is no other period."""
        yield from super().mistakes(kpi, grain, clear)
        if self.from_ == "previous_year" and grain == "year":
            same = "the year before is the previous period of a year: write from: previous"
            yield Mistake((self.key, "from"), same, ("previous",), self.from_)
        for key, steps in self._steps():
            for severity, step in steps.by_severity.items():
                message = difference_mistake(step, kpi) or _too_far(key, step, kpi)
                if message is not None:
                    path = (self.key, key, severity) if len(steps.by_severity) > 1 else (self.key, key)
                    yield Mistake(path, message, (), step.written)

    def doubts(self, kpi: Kpi, clear: object) -> Iterator[Mistake]:
        """Yields durations without a unit."""
        for key, steps in self._steps():
            for severity, step in steps.by_severity.items():
                amount = Amount(step, "number" if step.form == "number" else "percent", step.written)
                message = bare_seconds(amount, kpi)
                if message is not None:
                    path = (self.key, key, severity) if len(steps.by_severity) > 1 else (self.key, key)
                    yield Mistake(path, message, (), step.written)

    def _steps(self) -> Iterator[tuple[str, Steps]]:
        yield from ((key, steps) for key, steps in (("drop", self.drop), ("rise", self.rise)) if steps is not None)

    def _earlier(self, readings: pd.DataFrame, grain: Grain) -> Positions:
        of = previous_period if self.from_ == "previous" else same_period_last_year
        return earlier_positions(readings, lambda day: of(grain, day))


def _is_single(given: object) -> bool:
    return given is not None and not isinstance(given, Mapping | Steps)


def _limit(side: Side, step: Difference, earlier: Numbers, errors: Numbers, index: pd.Index) -> Limit:
    sign = -1 if side == "below" else 1
    if step.form == "relative":
        factor = 1 + sign * float(step)
        # A share of nothing, or of a debt, says nothing.
        thresholds, errors = np.where(earlier > 0, earlier * factor, np.nan), errors * factor
    else:
        thresholds = earlier + sign * float(step)
    return Limit(side, pd.Series(thresholds, index), error=pd.Series(errors, index))


def _too_far(key: str, step: Difference, kpi: Kpi) -> str | None:
    """Returns why a value can never change by more than `step`; None if it can."""
    if key == "drop" and step.form == "relative" and step >= 1 and kpi.lowest == 0:
        return f"{kpi.name} is never negative, so that it cannot fall by more than {step.written}"
    if step.form != "relative" and kpi.lowest is not None and kpi.highest is not None:
        span = kpi.highest - kpi.lowest
        if step >= span:
            shown = f"{span * 100:g}pp" if kpi.unit == "ratio" else f"{span:g}"
            return f"{kpi.name} cannot change by more than {shown}: {step.written} never fires"
    return None
