"""`target`: the value misses the target of the KPI, or a share of it."""

from collections.abc import Iterator
from typing import ClassVar, Self

import pandas as pd
from pydantic import model_validator
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Grain, Kpi
from pipelines.watch.amount import Amount
from pipelines.watch.conditions.levels import Levels
from pipelines.watch.limit import Limit, Side
from pipelines.watch.mistake import Mistake

_MOST = 10


class Target(Levels[Amount]):
    """A share of the target that takes effect with the period; 100% is the target itself."""

    key: ClassVar[str] = "target"
    description: ClassVar[str] = "fires when the value misses this share of the KPI's target: 100% is the target itself"
    position: ClassVar[int] = 5
    level_schema: ClassVar[JsonSchemaValue] = {"type": "string", "pattern": r"^\s*(\d+\.?\d*|\.\d+)\s*%\s*$"}

    @model_validator(mode="after")
    def _are_on_one_side(self) -> Self:
        if self.warn is not None and self.critical is not None and (self.warn - 1) * (self.critical - 1) < 0:
            raise ValueError(
                f"one of {self.warn.written} and {self.critical.written} is less than the target and one is more: "
                "only one of them is worse than the target"
            )
        return self

    @property
    def wording(self) -> str:
        """`target_share` unless every level is the target itself."""
        return self.key if all(float(share) == 1 for _, share in self.by_severity) else "target_share"

    @classmethod
    def read_level(cls, given: object) -> Amount:
        """Returns the share that a person wrote as a percentage."""
        share = Amount.read(given)
        if share.form != "percent" or not 0 < share <= _MOST:
            raise ValueError(
                f"write a share of the target, such as 100% or 95%, instead of {given}; "
                "the target itself is given under `kpis`"
            )
        return share

    def level_limits(self, level: Amount, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns the share of each reading's target: less than a target below zero is further below zero."""
        targets, side = readings["target"], _side(kpi)
        thresholds = targets + (float(level) - 1) * targets.abs()
        return (Limit(side, thresholds),)

    def level_amounts(self, level: Amount) -> tuple[Amount, ...]:
        """Returns nothing: a share of the target is not a value of the KPI."""
        return ()

    def mistakes(self, kpi: Kpi, grain: Grain, clear: object) -> Iterator[Mistake]:
        """Yields shares that are better than the target, and levels of which the critical one is the better one."""
        yield from super().mistakes(kpi, grain, clear)
        if kpi.direction == "none":
            yield Mistake((self.key,), f"neither more nor less of {kpi.name} is better: it cannot miss a target")
            return
        sign = -1 if kpi.direction == "down" else 1
        for severity, share in self.by_severity:
            if (share - 1) * sign > 0:
                path = (self.key, severity) if len(self.by_severity) > 1 else (self.key,)
                side = "at least" if kpi.direction == "down" else "at most"
                better = "less" if kpi.direction == "down" else "more"
                message = f"{better} of {kpi.name} is better, so that {share.written} of the target is no miss"
                yield Mistake(path, f"{message}: write {side} 100%", (), share.written)
        if self.warn is not None and self.critical is not None and (self.critical - self.warn) * sign > 0:
            message = (
                f"critical ({self.critical.written}) must not be nearer to the target than warn ({self.warn.written})"
            )
            yield Mistake((self.key, "critical"), message, (), self.critical.written)


def _side(kpi: Kpi) -> Side:
    return "above" if kpi.direction == "down" else "below"
