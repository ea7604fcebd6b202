"""What is published: tables of the warehouse, tables of other databases, and tables given by value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.export.errors import PublishError

_TABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """A column of a table given by value; `type` as DuckDB writes it (`TIMESTAMP WITH TIME ZONE`)."""

    name: str
    type: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ExtraTable:
    """A table given by value: its rows have their cells in the order of the columns; moments are aware."""

    columns: Sequence[ExtraColumn]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class PublishSource:
    """The tables that are published, all from schema `main` of their databases.

    Attributes:
        warehouse: the path of a DuckDB database that no process writes to.
        tables: the names of tables and views in the warehouse.
        elsewhere: the names of tables in other DuckDB databases, with the paths of these.
        extra: tables given by value, by name.
    """

    warehouse: Path
    tables: Sequence[str]
    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    extra: Mapping[str, ExtraTable] = field(default_factory=dict)

    def check_names(self) -> None:
        """Checks the names of the tables.

        Raises:
            PublishError: a name is not plain, or two tables have the same name.
        """
        names = [*self.tables, *self.elsewhere, *self.extra]
        for name in names:
            if not _TABLE_NAME.fullmatch(name):
                raise PublishError(f"'{name}' cannot be the name of a published table: letters, digits and _ only")
            if names.count(name) > 1:
                raise PublishError(f"table '{name}' would be published twice")
