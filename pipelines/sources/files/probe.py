"""Probe: whether the files of a table can be found and read, and have the columns that the settings name."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.entities import ENTITIES
from pipelines.sources.base import ExtractContext
from pipelines.sources.files import addresses
from pipelines.sources.files.connections import open_connection
from pipelines.sources.files.errors import ExtractError, StillWrittenError
from pipelines.sources.files.extraction import RESULT, query_reason, result_cells
from pipelines.sources.files.mapping import wanted_columns
from pipelines.sources.files.read import columns_of
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.staging import Staging, by_name
from pipelines.sources.files.units import notation_of, open_extract, readable
from pipelines.storage.sql import identifier

_MOST_PROBED = 20


def probe_tables(tables: Sequence[ExtractTable], context: ExtractContext) -> list[str]:
    """Returns what is wrong with each table's newest files, in words; reads no more than their columns need."""
    problems: list[str] = []
    for table in tables:
        timezone = table.timezone or context.timezone
        with tempfile.TemporaryDirectory(prefix="vigie-") as name, open_connection(Path(name), timezone) as connection:
            try:
                problems += _probe_table(connection, table, timezone, context.base, Path(name), context.wall_clock)
            except ExtractError as error:
                problems.append(f"{table.entity}: {error}")
    return problems


def _probe_table(
    connection: duckdb.DuckDBPyConnection, table: ExtractTable, timezone: str, base: Path, folder: Path, now: datetime
) -> list[str]:
    """What is wrong with the newest files of a table. Raises ExtractError for what is wrong with all of them."""
    entity = ENTITIES[table.entity]
    wanted = wanted_columns(table, entity)
    problems: list[str] = []
    parts: dict[str, list[str]] = {}
    names = []
    for name, pattern in table.patterns().items():
        located = addresses.locate(pattern, base, now)
        # To look into a remote file means to copy it.
        for number, found in enumerate(located[-_MOST_PROBED if located[0].is_local else -1 :]):
            work = folder / f"{name}-{number}"
            work.mkdir()
            try:
                with readable([(name, found)]):
                    path = addresses.fetch(found, work / f"fetched{Path(found.path).suffix}")
                    cells = columns_of(connection, open_extract(path, found.name, table, work), table, wanted)
                    if table.sql is None:
                        Staging(connection, cells, table, entity, notation_of(table, timezone, cells))
            except StillWrittenError:
                continue
            except ExtractError as error:
                problems.append(f"{table.entity}: {error}")
                continue
            names.append(found.name)
            parts.setdefault(name, []).append(by_name(cells, table))
    if table.sql is not None and parts.keys() == table.patterns().keys():
        for name, queries in parts.items():
            query = " UNION ALL BY NAME ".join(queries)
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS {query}")
        try:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {RESULT} AS {table.sql.strip().removesuffix(';')}")
        except duckdb.Error as error:
            reason = query_reason(connection, list(parts), error)
            raise ExtractError(f"the sql of {table.entity} does not fit {', '.join(names)}: {reason}") from error
        cells = result_cells(connection, ", ".join(names))
        Staging(connection, cells, table, entity, notation_of(table, timezone, cells))
    return problems
