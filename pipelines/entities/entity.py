"""The canonical entities: what every system is mapped to, column by column."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "money", "boolean", "timestamp", "date"]

# Sums of money must not depend on the order of addition, so it is stored as an exact decimal.
DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18,6)",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an entity; `allowed` lists its only values, if there are such."""

    name: str
    kind: Kind
    required: bool = False
    allowed: tuple[str, ...] = ()

    @property
    def duckdb_type(self) -> str:
        """The column's type in raw Parquet and in the warehouse."""
        return DUCKDB_TYPES[self.kind]


_REFERENCE_ENTITIES = frozenset({"agent", "campaign", "customer", "fx_rate"})


@dataclass(frozen=True, slots=True)
class Entity:
    """A canonical entity: its columns, the key that identifies a row, and groups of which one must be filled.

    `version` is the column by which the latest of several rows with one key is known when the settings name none.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    version: str | None = None

    @property
    def is_reference(self) -> bool:
        """Whether others look its records up by id and they change rarely: customers, agents, campaigns, rates."""
        return self.name in _REFERENCE_ENTITIES

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns in their order."""
        return tuple(column.name for column in self.columns)
