"""Records that are no rows, and no part of the table either: totals that have a cell more than the header."""

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from pipelines.entities import Entity
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.checks import FILTERED
from pipelines.sources.files.formats.cells import Cells
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.staging import Staging
from pipelines.storage.sql import identifier, literal

# Each is a query of its own. Totals are few; a file with more such records is damaged.
_MOST = 100


class ExcludedRecords:
    """Decides on the records of one file that are too wide, by the condition `where` of its table."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: ExtractTable, entity: Entity, notation: Notation
    ) -> None:
        self._connection = connection
        self._table = table
        self._entity = entity
        self._notation = notation
        self._tried = 0
        # How many records the condition has excluded.
        self.count = 0

    def exclude(self, cells: Cells, raw_row: Mapping[str, str]) -> bool:
        """Returns whether a record is too wide, and its cells below the header do not fulfil the condition.

        Args:
            cells: the file's columns.
            raw_row: the cells of the record by column, those beyond the header last.
        """
        is_wide = len(raw_row) > len(cells.columns) > 0
        if self._table.where is None or not is_wide or self._tried == _MOST:
            return False
        self._tried += 1
        values = (f"NULLIF({literal(raw_row[cell.column])}, '')" for cell in cells.columns)
        row = ", ".join(f"{value} AS {identifier(str(position))}" for position, value in enumerate(values))
        alone = replace(cells, relation=f"SELECT {row}", numbered=False, faulty=False, has_header=False)
        query = Staging(self._connection, alone, self._table, self._entity, self._notation).query()
        [(bad,)] = self._connection.execute(f"SELECT _bad FROM ({query})").fetchall()
        is_excluded = bool(bad == FILTERED)
        self.count += is_excluded
        return is_excluded
