"""A KPI as settings, rules, messages and exports know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["ratio", "score", "seconds", "currency", "count", "days"]
Direction = Literal["up", "down", "none"]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI of the catalogue.

    `unit` says how `value` is to be read: `ratio` is a fraction (0.8 is 80 %), `score` runs from -100 to 100 or
    over the scale of its survey, `seconds` and `days` are durations, `currency` is in the company's currency,
    `count` is a number of things. `direction` is the way it gets better. `segments` are the `segment_type`s it
    has rows for, beside `all`. `bands` are the built-in benchmark bounds by name (good, average).
    """

    name: str
    label_en: str
    label_fr: str
    family: str
    description: str
    formula: str
    unit: Unit
    direction: Direction
    source: str
    maturity_days: int
    is_additive: bool
    segments: tuple[str, ...] = ()
    bands: Mapping[str, float] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """The KPI's name for a reader of `language` (`fr`, else English)."""
        return self.label_fr if language == "fr" else self.label_en
