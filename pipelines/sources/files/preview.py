"""Preview: the newest files of a table, read as a load reads them, without a load."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.entities import ENTITIES
from pipelines.raw import LoadWarning
from pipelines.sources.base import ExtractContext
from pipelines.sources.files import addresses
from pipelines.sources.files.addresses import Found
from pipelines.sources.files.columns import ConstantColumn, source_text
from pipelines.sources.files.connections import open_connection
from pipelines.sources.files.errors import ExtractError, StillWrittenError
from pipelines.sources.files.extraction import STAGED, Extraction, RowCounts
from pipelines.sources.files.formats.cells import ReadResult
from pipelines.sources.files.quarantine import Quarantine, add_up
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.staging import Staging
from pipelines.sources.files.units import ExtractFile, Unit, readable
from pipelines.sources.preview import PreviewedFile, TablePreview
from pipelines.sources.rejection import Rejections
from pipelines.storage.credentials import without_credentials
from pipelines.storage.sql import identifier

# A preview takes a second or two: of a table the newest files up to this size together, and so many of their rows.
_BYTES = 10_000_000
_ROWS = 100_000
_MOST_FILES = 20
_SAMPLE = 10


def preview_tables(source: str, tables: Sequence[ExtractTable], context: ExtractContext) -> Iterator[TablePreview]:
    """Yields what each table would load; what is wrong with a file is part of it, in words."""
    for table in tables:
        yield _Preview(source, table, context).of_table()


@dataclass(slots=True)
class _Sum:
    """What the files that were read so far have in common."""

    looked_at: list[str] = field(default_factory=list)
    is_whole: bool = True
    records: int = 0
    counts: RowCounts = field(default_factory=lambda: RowCounts(0, 0, 0, 0, 0))
    quarantined: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    moments: dict[str, tuple[str, str]] = field(default_factory=dict)
    sample: list[dict[str, str | None]] = field(default_factory=list)
    rejections: Rejections = field(default_factory=dict)
    warnings: dict[tuple[str, str], LoadWarning] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class _Preview:
    """The preview of one table."""

    def __init__(self, source: str, table: ExtractTable, context: ExtractContext) -> None:
        self._source = source
        self._table = table
        self._entity = ENTITIES[table.entity]
        self._context = context
        self._timezone = table.timezone or context.timezone
        self._sum = _Sum()

    def of_table(self) -> TablePreview:
        """Returns the preview."""
        files: list[tuple[str, Found]] = []
        for name, pattern in self._table.patterns().items():
            try:
                located = addresses.locate(pattern, self._context.base, self._context.wall_clock)
                files += [(name, each) for each in located]
            except ExtractError as error:
                self._sum.problems.append(str(error))
        if not self._sum.problems:
            chosen = self._newest(files)
            self._sum.is_whole = len(chosen) == len(files)
            # The newest first, so that the sample is of the newest; the rows of `sql` come from all files at once.
            units = [chosen] if self._table.sql is not None else [[each] for each in reversed(chosen)]
            for unit in units:
                if self._rows_left() <= 0:
                    self._sum.is_whole = False
                    break
                self._read_or_report(unit)
        return self._result(files)

    def _rows_left(self) -> int:
        return _ROWS - self._sum.records

    def _newest(self, files: Unit) -> list[tuple[str, Found]]:
        """The last files of each table of `sql`, or of the only one, up to a size and a number."""
        chosen: list[tuple[str, Found]] = []
        size = 0
        taken: dict[str, int] = {}
        for name, each in reversed(files):
            number = taken.get(name, 0)
            most = _MOST_FILES if each.is_local else 1
            if number and (number >= most or size + each.bytes > _BYTES):
                continue
            chosen.append((name, each))
            taken[name] = number + 1
            size += each.bytes
        return chosen[::-1]

    def _read_or_report(self, unit: Unit) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="vigie-") as folder,
            open_connection(Path(folder), self._timezone) as connection,
        ):
            try:
                self._read(connection, unit, Path(folder))
            except StillWrittenError:
                self._sum.problems.append(f"{', '.join(each.name for _, each in unit)} is still being written")
            except ExtractError as error:
                self._sum.problems.append(str(error))

    def _read(self, connection: duckdb.DuckDBPyConnection, unit: Unit, folder: Path) -> None:
        quarantine = Quarantine(folder / "quarantine.jsonl", self._source, self._entity.name)
        extraction = Extraction(connection, self._source, self._table, self._timezone, most_rows=self._rows_left())
        with readable(unit):
            work = folder / "work"
            work.mkdir()
            files = [
                ExtractFile(name, each, addresses.fetch(each, folder / f"fetched-{number}{Path(each.path).suffix}"))
                for number, (name, each) in enumerate(unit)
            ]
            try:
                staging, result = extraction.stage(files, work, quarantine)
            finally:
                quarantine.close()
        self._add(connection, extraction, staging, result, quarantine)
        self._sum.looked_at += [each.name for _, each in unit]

    def _add(
        self,
        connection: duckdb.DuckDBPyConnection,
        extraction: Extraction,
        staging: Staging,
        result: ReadResult,
        quarantine: Quarantine,
    ) -> None:
        found = self._sum
        counts, rejections = extraction.inspect(result)
        counts = counts._replace(blank=counts.blank + result.blank, filtered=counts.filtered + result.filtered)
        found.counts = RowCounts(*map(sum, zip(found.counts, counts, strict=True)))
        found.quarantined += counts.bad + quarantine.count
        records = counts.good + counts.bad + counts.blank + counts.filtered
        found.is_whole = found.is_whole and records < self._rows_left()
        found.records += records
        add_up(found.rejections, [*quarantine.rejections.values(), *rejections])
        for warning in extraction.warnings(staging, self._context.loaded_until):
            found.warnings.setdefault((warning.column, warning.problem), warning)
        found.columns |= {name: self._origin(name) for name in staging.filled if name not in found.columns}
        for name, span in self._moments(connection, staging).items():
            before = found.moments.get(name, span)
            found.moments[name] = (min(before[0], span[0]), max(before[1], span[1]))
        found.sample += self._sample(connection, staging, _SAMPLE - len(found.sample))

    def _moments(self, connection: duckdb.DuckDBPyConnection, staging: Staging) -> dict[str, tuple[str, str]]:
        names = [name for name in staging.filled if self._entity.column(name).kind in ("timestamp", "date")]
        if not names:
            return {}
        ends = ", ".join(f"{_text(f'min({identifier(name)})')}, {_text(f'max({identifier(name)})')}" for name in names)
        (row,) = connection.execute(f"SELECT {ends} FROM {STAGED} WHERE _bad IS NULL").fetchall()
        pairs = zip(names, row[::2], row[1::2], strict=True)
        return {name: (first, last) for name, first, last in pairs if first is not None}

    def _sample(
        self, connection: duckdb.DuckDBPyConnection, staging: Staging, most: int
    ) -> list[dict[str, str | None]]:
        if most <= 0 or not staging.filled:
            return []
        chosen = ", ".join(self._shown(name) for name in staging.filled)
        rows = connection.execute(f"SELECT {chosen} FROM {STAGED} WHERE _bad IS NULL ORDER BY rowid LIMIT {most}")
        return [dict(zip(staging.filled, row, strict=True)) for row in rows.fetchall()]

    def _shown(self, name: str) -> str:
        """SQL for a value as text; an exact decimal would show zeros that nobody wrote."""
        column = identifier(name)
        return _text(f"CAST({column} AS DOUBLE)" if self._entity.column(name).kind == "money" else column)

    def _origin(self, name: str) -> str:
        """Where a column comes from, in words."""
        if self._table.sql is not None:
            return "sql"
        value = (self._table.columns or {}).get(name, name)
        if isinstance(value, ConstantColumn):
            # As the settings have it: readers of any language know it from there.
            const = str(value.const).lower() if isinstance(value.const, bool) else value.const
            return f"{{const: {const}}}"
        return source_text(value) or name

    def _result(self, files: Unit) -> TablePreview:
        found = self._sum
        return TablePreview(
            entity=self._entity.name,
            places=tuple(without_credentials(pattern) for pattern in self._table.patterns().values()),
            files=tuple(PreviewedFile(each.name, each.bytes, each.modified_at) for _, each in files),
            looked_at=tuple(found.looked_at),
            is_whole=found.is_whole and not found.problems,
            rows=found.counts.good,
            quarantined=found.quarantined,
            filtered=found.counts.filtered,
            duplicates=found.counts.duplicates,
            blank=found.counts.blank,
            columns=found.columns,
            moments=found.moments,
            sample=tuple(found.sample),
            rejections=tuple(sorted(found.rejections.values(), key=lambda each: -each.rows)),
            warnings=tuple(found.warnings.values()),
            problems=tuple(found.problems),
        )


def _text(value: str) -> str:
    return f"CAST({value} AS VARCHAR)"
