"""What is published: tables of the warehouse, of other databases and given by value, and views over them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipelines.export.errors import PublishError

_TABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Personal = Literal["value", "id", "segment", "segment_name"]
"""How a column identifies people: by a name or an address itself, by an id, by a segment, by a segment's name."""


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
class Description:
    """What a row of a table or view is, and what each column means; readers see both as comments."""

    text: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PublishedView:
    """A view over published tables: a query that DuckDB and PostgreSQL understand, with the tables unqualified."""

    name: str
    query: str
    description: Description


@dataclass(frozen=True, slots=True)
class Privacy:
    """Keeps people out of what is published.

    Attributes:
        key: a secret; the same id always gets the same pseudonym, and nobody can compute it without the key.
        columns: by table, the columns that identify people.
        person_segments: the segment types whose segments are people.
    """

    key: str
    columns: Mapping[str, Mapping[str, Personal]]
    person_segments: Sequence[str]


@dataclass(frozen=True, slots=True)
class PublishSource:
    """The tables that are published, all from schema `main` of their databases.

    Attributes:
        warehouse: the path of a DuckDB database that no process writes to.
        tables: the names of tables and views in the warehouse.
        elsewhere: the names of tables in other DuckDB databases, with the paths of these.
        extra: tables given by value, by name.
        views: views over these tables.
        filters: by table, the condition on its rows, as SQL; tables without one are published with all rows.
        descriptions: by table; a table without one keeps the comments of the warehouse.
        privacy: how people are kept out; None publishes everything.
    """

    warehouse: Path
    tables: Sequence[str]
    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    extra: Mapping[str, ExtraTable] = field(default_factory=dict)
    views: Sequence[PublishedView] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, Description] = field(default_factory=dict)
    privacy: Privacy | None = None

    def check_names(self) -> None:
        """Checks the names of the tables and views.

        Raises:
            PublishError: a name is not plain, or two tables have the same name.
        """
        names = [*self.tables, *self.elsewhere, *self.extra, *(view.name for view in self.views)]
        for name in names:
            if not _TABLE_NAME.fullmatch(name):
                raise PublishError(f"'{name}' cannot be the name of a published table: letters, digits and _ only")
            if names.count(name) > 1:
                raise PublishError(f"table '{name}' would be published twice")
