"""What raw knows of a stream already, compared with a list that is complete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.raw import RawStore, Stream
from pipelines.raw.writer import write_records
from pipelines.storage.sql import identifier, literal


@dataclass(frozen=True, slots=True)
class Differences:
    """The rows of a complete list that raw does not have like this, and the keys of those that are gone."""

    changed: Sequence[dict[str, Any]]
    gone: Sequence[dict[str, Any]]


def differences(
    store: RawStore,
    source: str,
    stream: Stream,
    rows: Sequence[Mapping[str, Any]],
    scope: Mapping[str, Any],
    work: Path,
) -> Differences:
    """Compares all rows that there are of a stream, within a scope, with the latest that raw has of each key.

    Args:
        store: the raw store.
        source: the source's name.
        stream: the stream.
        rows: all that there is now where the columns of `scope` have its values.
        scope: values by column; empty means the whole stream.
        work: a folder for a file.
    """
    names = [name for name, _ in stream.columns]
    row_files, deletion_files = store.files(source, stream.name, store.loads(source, stream.name))
    if not row_files:
        return Differences([dict(row) for row in rows], [])
    current = work / "current.parquet"
    write_records(current, stream, rows, source=source, load_id="", load_sequence=0)
    columns, key = ", ".join(map(identifier, names)), ", ".join(map(identifier, stream.key))
    where = " AND ".join(f"{identifier(name)} IS NOT DISTINCT FROM ${name}" for name in scope) or "true"
    parts = [f"SELECT {columns}, _load_sequence, _row, false AS is_gone FROM {_read(file.path for file in row_files)}"]
    if deletion_files:
        paths = _read(file.path for file in deletion_files)
        parts.append(f"SELECT {columns}, _load_sequence, _row, true AS is_gone FROM {paths}")
    known = f"""
        SELECT * FROM ({" UNION ALL BY NAME ".join(parts)})
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _load_sequence DESC, is_gone DESC, _row DESC) = 1
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"CREATE TABLE known AS SELECT {columns} FROM ({known}) WHERE NOT is_gone AND {where}", dict(scope) or None
        )
        connection.execute(f"CREATE TABLE current AS SELECT {columns}, _row FROM read_parquet({literal(str(current))})")
        same = f"SELECT {columns} FROM current INTERSECT SELECT {columns} FROM known"
        matches = " AND ".join(
            f"current.{identifier(name)} IS NOT DISTINCT FROM same.{identifier(name)}" for name in names
        )
        changed = connection.execute(
            f"SELECT _row FROM current ANTI JOIN ({same}) AS same ON {matches} ORDER BY _row"
        ).fetchall()
        gone = connection.execute(f"SELECT {key} FROM known ANTI JOIN current USING ({key}) ORDER BY ALL").fetchall()
    return Differences(
        [dict(rows[number - 1]) for (number,) in changed],
        [dict(zip(stream.key, values, strict=True)) for values in gone],
    )


def _read(paths: Any) -> str:
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{listed}], union_by_name = true)"
