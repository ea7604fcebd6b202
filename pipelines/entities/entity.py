"""The vocabulary of the declarations: entities, their columns, and the scales of their scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "integer", "number", "money", "boolean", "timestamp", "date"]

# Sums of money must not depend on the order of addition, so money is an exact decimal.
DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18,6)",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
}

# The texts that are accepted as booleans, in any letter case.
TRUE_WORDS = ("true", "1", "yes", "y", "t", "oui", "vrai")
FALSE_WORDS = ("false", "0", "no", "n", "f", "non", "faux")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an entity.

    `description` is one sentence. `allowed` lists the only values, in lower case, if there is such a list; texts are
    accepted in any letter case. `example` is a value as a file may have it. `unit` says what a number counts or
    measures; None for what is no quantity. `lowest` is the least that a number can be: 0 for what is counted or lasts,
    None for what may be negative, such as an amount. A lower one is a mark or a mistake: what it stands for is unknown.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    example: str = field(default="", kw_only=True)
    unit: str | None = field(default=None, kw_only=True)
    lowest: int | None = field(default=None, kw_only=True)

    @property
    def duckdb_type(self) -> str:
        """The column's type in raw Parquet and in the warehouse."""
        return DUCKDB_TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Scale:
    """The lowest and the highest score that can be given."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """How the scores of an entity are read.

    `score`, `kind`, `lowest` and `highest` name columns: the score, what it measures, and the ends of its scale.
    `defaults` has the usual scale of each kind, for scores whose ends are empty. `words` has the scores of words, in
    lower case; whatever the columns say, a word's scale is `word_scale`.
    """

    score: str
    kind: str
    lowest: str
    highest: str
    defaults: Mapping[str, Scale]
    words: Mapping[str, int]

    @property
    def word_scale(self) -> Scale:
        """The scale of scores that are given as words."""
        return Scale(min(self.words.values()), max(self.words.values()))


@dataclass(frozen=True, slots=True)
class Entity:
    """A canonical entity: its columns, and the key that identifies a record within a source.

    `description` is one sentence. `one_of` has groups of columns; one column of each group must be filled. `version` is
    the column that decides which of several rows with one key is the latest, if the settings name none. `is_reference`
    says that other entities refer to it by id and that it changes rarely: a source that was asked and had nothing new
    is then up to date. `scoring` is set if it has scores on scales.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    version: str | None = None
    is_reference: bool = False
    scoring: Scoring | None = None

    def column(self, name: str) -> Column:
        """Returns the column called `name`.

        Raises:
            KeyError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns in their order."""
        return tuple(column.name for column in self.columns)
