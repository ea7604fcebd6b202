"""A KPI as settings, rules, messages and exports know it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from pipelines.kpis.grain import Grain
from pipelines.kpis.need import Input, Need
from pipelines.kpis.parameter import Parameter

Unit = Literal["ratio", "score", "seconds", "currency", "count", "days"]
# How people read values whose unit alone misleads: a difference of shares is in points, not in percent.
ShownAs = Literal["points", "hours"]
ShownUnit = Unit | ShownAs
Direction = Literal["up", "down", "none"]
Level = Literal["good", "average"]
# Why segments cannot explain the changes of a KPI: it is derived from other KPIs, its segments are shares of the whole,
# or it is no sum over them, as percentiles and distinct counts.
NoDrivers = Literal["derived", "share_of_all", "not_a_sum"]


class Benchmark(NamedTuple):
    """Where a level of a KPI begins, in its unit; what does not reach `average` is poor.

    `is_beyond` says that a value equal to `bound` does not reach the level. Without a `sector` or a `grain` it holds
    for all of them. `source` has the document and its words in short.
    """

    level: Level
    bound: float
    is_beyond: bool = False
    sector: str | None = None
    grain: Grain | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI of the catalogue.

    `unit` says what `value` means: `ratio` is a fraction (0.8 is 80 %), `score` runs from -100 to 100 or over the
    scale of its survey, `seconds` and `days` are durations, `currency` is an amount in the company's currency, `count`
    is a number of things. `direction` says which way is better. `maturity_days` are the days after the end of a period
    until its value no longer changes. `segments` are the `segment_type`s it has rows for, beside `all`.
    `description_fr` and `formula_fr` are for French readers; where they are empty, those get the English ones.
    `dated_by` is the event that puts a row into a period; a ratio of two facts has several. `vendors` has the name of a
    product and how the figure of that name, or of that meaning, differs there. `no_drivers` is why its segments cannot
    explain its changes, None where they can.
    `shown_as` is what people read instead of the unit, if that alone misleads; `caveat` says where values mislead.
    `is_constant_as_a_whole` says that the value of the company as a whole is always 1: a share of itself.
    `parameters` are what an operator may set for it. `needs` are the data without which it has no values, and
    `needs_settings` the keys of the settings; `needs_words` are words that a column must have before it has a value,
    and `needs_months` months of purchases. `benchmarks` are the built-in ones, of every sector and grain. No value is
    less than `lowest` or more than `highest`; None where there is no such bound. `interval` is how its 95 % intervals
    are computed, `none` if it has none. `sample_of` is the name in `NOUNS` of what its samples consist of, empty for
    observations of any kind.
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
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[Need, ...] = ()
    needs_settings: tuple[str, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    description_fr: str = ""
    formula_fr: str = ""
    dated_by: tuple[str, ...] = ()
    vendors: tuple[tuple[str, str], ...] = ()
    lowest: float | None = None
    highest: float | None = None
    interval: str = "none"
    no_drivers: NoDrivers | None = None
    shown_as: ShownAs | None = None
    caveat: str = ""
    caveat_fr: str = ""
    is_constant_as_a_whole: bool = False
    needs_words: tuple[tuple[Input, str], ...] = ()
    needs_months: int = 0
    sample_of: str = ""

    @property
    def shown_unit(self) -> ShownUnit:
        """The unit in which people read the values."""
        return self.shown_as or self.unit

    def label(self, language: str) -> str:
        """Returns the KPI's name for a reader of `language` (`fr`, else English)."""
        return self.label_fr if language == "fr" else self.label_en

    def description_in(self, language: str) -> str:
        """Returns what the KPI means, for a reader of `language` (`fr`, else English)."""
        return self.description_fr if language == "fr" and self.description_fr else self.description

    def formula_in(self, language: str) -> str:
        """Returns how the KPI is computed, for a reader of `language` (`fr`, else English)."""
        return self.formula_fr if language == "fr" and self.formula_fr else self.formula

    def caveat_in(self, language: str) -> str:
        """Returns where values mislead, for a reader of `language`; nothing where they do not."""
        return self.caveat_fr if language == "fr" and self.caveat_fr else self.caveat

    def in_sector(self, sector: str | None) -> "Kpi":
        """Returns the KPI with the benchmarks of a sector: its own where it has any, else the general ones."""
        own = _of_sector(self.benchmarks, sector)
        return replace(self, benchmarks=own or _of_sector(self.benchmarks, None))


def _of_sector(benchmarks: Sequence[Benchmark], sector: str | None) -> tuple[Benchmark, ...]:
    return tuple(benchmark for benchmark in benchmarks if benchmark.sector == sector)
