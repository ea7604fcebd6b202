"""The vocabulary in which the exports of products are declared.

Names of headers are compared without case, blanks and accents. A rule of a column names alternatives, the first of
which that the file has is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pipelines.sources.files.propose.dates import Order


@dataclass(frozen=True, slots=True)
class Col:
    """A column of the file: the first of these headers that it has. `why` is shown if the rule is no plain fact."""

    names: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Const:
    """The same value on each row."""

    value: str | int | float | bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a deal is won, from the words of its stage or status. `words` are those that the product always has."""

    names: tuple[str, ...]
    words: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WhenClosed:
    """A date that counts only in closed deals: open ones have the date on which they are expected to close."""

    names: tuple[str, ...]
    stage: tuple[str, ...]
    words: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """A value for each word of a column."""

    names: tuple[str, ...]
    words: Mapping[str, str | int | float | bool]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a survey, in numbers or in words."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class After:
    """A duration after another column of the entity."""

    names: tuple[str, ...]
    after: str
    unit: Literal["seconds", "minutes", "hours", "days"] | None = None


@dataclass(frozen=True, slots=True)
class First:
    """The first of several values in a cell."""

    names: tuple[str, ...]
    separator: str = ";"


@dataclass(frozen=True, slots=True)
class Filled:
    """Of each row the first of the columns in `names` that has a value, of those that the file has: at least two.

    Alternatives of one column are separated by `|`. `guest`: the column whose value, after `guest-`, fills rows that
    have none, so that each of them has a value of its own; then the file may have any number of `names`.
    """

    names: tuple[str, ...]
    guest: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of columns of numbers, all of which the file must have; an empty cell counts as 0."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sql:
    """A DuckDB expression; `{0}`, `{1}` … are the columns of `names`, all of which the file must have."""

    sql: str
    names: tuple[str, ...]
    why: str = ""


# A rule about the first of its columns that the file has.
OfColumn: TypeAlias = Col | Outcome | WhenClosed | Words | Score | After | First
Rule: TypeAlias = OfColumn | Const | Filled | Sum | Sql
Rules: TypeAlias = Rule | tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """How an export fills one entity.

    `needs`: headers without which this table is not proposed; of each entry the file must have one alternative,
    separated by `|`. `add`: for an entity's column what to add to the export in the product. `where`: a condition over
    the columns that it names in braces.
    """

    entity: str
    rules: Mapping[str, Rules]
    needs: tuple[str, ...] = ()
    add: Mapping[str, str] = field(default_factory=dict)
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """An export of a product.

    `marks`: headers of which the file must have at least `least`; those in `must` it must all have (alternatives are
    separated by `|`), those in `never` it must not have.
    `habit`: the order of day and month that the product writes, if it has one. `zone`: what its times are in.
    """

    product: str
    kind: str
    source: str
    marks: tuple[str, ...]
    fills: tuple[Fill, ...]
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    least: int = 3
    habit: Order | None = None
    zone: str = ""
    why_not: str = ""


def col(*names: str, why: str = "") -> Col:
    """Returns the rule for the first of these headers that the file has."""
    return Col(names, why)
