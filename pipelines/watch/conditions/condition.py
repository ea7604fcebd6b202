"""The interface of a condition: its settings, and the limits they compile to."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

import pandas as pd
from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Grain, Kpi
from pipelines.watch.amount import Amount, bare_seconds, unit_mistake
from pipelines.watch.limit import Limit, Severity
from pipelines.watch.mistake import Mistake

Path = tuple[str, ...]


class Condition(BaseModel):
    """What a rule fires on.

    A condition is a pydantic model of the settings under its key, in a module of its own in this package. Nothing else
    registers it: `Rule` has a key for every condition of the package.

    Attributes:
        key: the key in the settings of a rule.
        description: when it fires, for the JSON Schema of the settings.
        position: where the key is listed among those of the other conditions.
        clear_schema: the JSON Schema of the rule's key `clear` with this condition; None if it has no `clear`.
        measures_kpi: whether values of the KPI are compared with the limits, which have samples and intervals.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ClassVar[str]
    description: ClassVar[str]
    position: ClassVar[int]
    clear_schema: ClassVar[JsonSchemaValue | None] = None
    measures_kpi: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def expand(cls, given: object, severity: Severity) -> object:
        """Returns the settings that a shorthand stands for, such as `{warn: 0.8}` for `0.8`.

        Args:
            given: what was written under the key, if it is neither a mapping nor empty.
            severity: the severity that the rule states for a shorthand.

        Raises:
            ValueError: there is no such shorthand.
        """

    @property
    def wording(self) -> str:
        """The name of its words in messages: the key, unless its settings call for other ones."""
        return self.key

    @classmethod
    def complete(cls, given: Mapping[str, object], severity: Severity) -> object:
        """Returns the settings that were written as a mapping, with a severity where they leave it to the rule.

        Args:
            given: what was written under the key.
            severity: the severity that the rule states for a shorthand.
        """
        return given

    @property
    @abstractmethod
    def severities(self) -> tuple[Severity, ...]:
        """The severities that have limits, the most severe first."""

    def subject(self, kpi: Kpi) -> Kpi:
        """Returns what is compared with the limits, as messages name it and write its values: the KPI itself.

        Args:
            kpi: the KPI that the rule watches.
        """
        return kpi

    def compared(self, readings: pd.DataFrame, now: datetime) -> pd.DataFrame:
        """Returns the readings that are compared with the limits: those of the KPI.

        Args:
            readings: the readings that the rule watches.
            now: the moment of the evaluation, in the company's time zone.
        """
        return readings

    @abstractmethod
    def limits(self, readings: pd.DataFrame, kpi: Kpi) -> Mapping[Severity, tuple[Limit, ...]]:
        """Returns the limits of readings by severity; what is beyond a critical limit is beyond the warn limit too.

        Args:
            readings: the rule's frame of readings, with the whole history of each series. A reading that the rule does
                not evaluate (incomplete, or of too small a sample) has no value there.
            kpi: the KPI that the rule watches.
        """

    @abstractmethod
    def amounts(self) -> Iterator[tuple[Path, Amount]]:
        """Yields each amount in the settings that is a value of the KPI, with the key under which it was written."""

    def read_clear(self, given: object) -> object:
        """Returns the rule's `clear`, which a value has to reach again before an incident resolves.

        A condition that has a `clear` overrides this method and the two that follow.

        Raises:
            ValueError: it cannot be read, it is beyond a limit of the condition, or the condition has no `clear`.
        """
        raise ValueError(f"`clear` cannot be used with `{self.key}`: leave it out")

    def clear_limits(self, clear: Any, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns the limits that a value must not be beyond before an incident resolves.

        Args:
            clear: what `read_clear` returned.
            readings: as for `limits`.
            kpi: as for `limits`.
        """
        return ()

    def clear_amounts(self, clear: Any) -> tuple[Amount, ...]:
        """Returns the values of the KPI in what `read_clear` returned."""
        return ()

    def mistakes(self, kpi: Kpi, grain: Grain, clear: object) -> Iterator[Mistake]:
        """Yields what makes no sense for a KPI: amounts that do not fit its unit.

        Args:
            kpi: the KPI that the rule watches.
            grain: the grain at which it does.
            clear: what `read_clear` returned; None if the rule has no `clear`.
        """
        for key, amount in self._all_amounts(clear):
            message = unit_mistake(amount, kpi)
            if message is not None:
                yield Mistake(key, message, (), amount.written)

    def doubts(self, kpi: Kpi, clear: object) -> Iterator[Mistake]:
        """Yields what is allowed but may mean something else to whoever wrote it: durations without a unit.

        Args:
            kpi: the KPI that the rule watches.
            clear: as for `mistakes`.
        """
        for key, amount in self._all_amounts(clear):
            message = bare_seconds(amount, kpi)
            if message is not None:
                yield Mistake(key, message, (), amount.written)

    def _all_amounts(self, clear: object) -> Iterator[tuple[Path, Amount]]:
        yield from self.amounts()
        if clear is not None:
            yield from ((("clear",), amount) for amount in self.clear_amounts(clear))
