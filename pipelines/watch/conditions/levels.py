"""Conditions with one level for `warn` and one for `critical`."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar, Generic, Self, TypeVar

import pandas as pd
from pydantic import GetJsonSchemaHandler, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pipelines.kpis import Kpi
from pipelines.watch.amount import Amount
from pipelines.watch.conditions.condition import Condition, Path
from pipelines.watch.limit import Limit, Severity

Level = TypeVar("Level")


class Levels(Condition, Generic[Level]):
    """A condition with a level that warns and a level that is critical; at least one is given.

    Attributes:
        level_schema: the JSON Schema of a level.
    """

    level_schema: ClassVar[JsonSchemaValue]

    warn: Level | None = None
    critical: Level | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [cls.level_schema, handler(schema)]}

    @field_validator("warn", "critical", mode="before")
    @classmethod
    def _is_a_level(cls, given: object) -> object:
        # A level in a mapping is read as one that is written alone.
        return None if given is None else cls.read_level(given)

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if self.warn is None and self.critical is None:
            raise ValueError("give warn, critical or both")
        return self

    @classmethod
    def expand(cls, given: object, severity: Severity) -> object:
        """Returns a single level as that of `severity`."""
        return {severity: cls.read_level(given)}

    @property
    def by_severity(self) -> tuple[tuple[Severity, Level], ...]:
        """The levels that are given, the most severe first."""
        levels: tuple[tuple[Severity, Level | None], ...] = (("critical", self.critical), ("warn", self.warn))
        return tuple((severity, level) for severity, level in levels if level is not None)

    @property
    def severities(self) -> tuple[Severity, ...]:
        """The severities that have a level, the most severe first."""
        return tuple(severity for severity, _ in self.by_severity)

    @property
    def mildest(self) -> Level:
        """The level that is crossed first."""
        return self.by_severity[-1][1]

    def limits(self, readings: pd.DataFrame, kpi: Kpi) -> Mapping[Severity, tuple[Limit, ...]]:
        """Returns the limits of each level."""
        return {severity: self.level_limits(level, readings, kpi) for severity, level in self.by_severity}

    def amounts(self) -> Iterator[tuple[Path, Amount]]:
        """Yields the amounts of each level."""
        for severity, level in self.by_severity:
            # A level alone may have been written as a single value, so its key is that of the condition.
            key = (self.key, severity) if len(self.by_severity) > 1 else (self.key,)
            for amount in self.level_amounts(level):
                yield key, amount

    @classmethod
    @abstractmethod
    def read_level(cls, given: object) -> Level:
        """Returns the level that a person wrote.

        Raises:
            ValueError: it is not one; the text says what is allowed.
        """

    @abstractmethod
    def level_limits(self, level: Level, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns the limits of readings at a level."""

    @abstractmethod
    def level_amounts(self, level: Level) -> tuple[Amount, ...]:
        """Returns the values of the KPI in a level."""
