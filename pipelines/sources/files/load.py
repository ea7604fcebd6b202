"""One pass over a source's extracts of one entity: what is new or changed becomes a load in the raw store."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Self, TextIO, TypeAlias

import duckdb

from pipelines.entities import ENTITIES
from pipelines.raw import store as raw
from pipelines.raw.store import Load, LoadedFile
from pipelines.sources.files import addresses
from pipelines.sources.files.addresses import Found
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.delimited import Reject
from pipelines.sources.files.errors import ExtractError, StillWrittenError, TruncatedError, is_about_storage
from pipelines.sources.files.read import Cell, Cells, Extract, Taken, brief, columns_of, read
from pipelines.sources.files.settings import ExtractTable, FilesSource, without_credentials
from pipelines.sources.files.staging import BLANK, Staging, by_name, wanted_columns
from pipelines.sources.files.zones import zone
from pipelines.storage.sql import identifier, literal

# A file that ends in the middle is taken for one on its way if it was changed less than this ago.
FRESH = timedelta(minutes=10)

_STAGED = "_staged"
_RESULT = "_result"
_IS_BAD = "_bad LIKE '{%'"
_LONGEST_VALUE = 1_000
# Parquet's dictionaries are for columns of few values; for the others, trying costs a fifth of writing.
_LARGEST_DICTIONARY = 2_000
_MOST_PROBED = 20
# Much of reading keeps one core busy: unpacking, finding the ends of rows.
_READ_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Refusal:
    """How many records were refused for the sake of one column (None: the record itself), and the first of them."""

    column: str | None
    rows: int
    file: str
    row: int
    reason: str


@dataclass(slots=True)
class IngestReport:
    """What a pass did: new loads, unchanged files, files left for the next pass, and what the operator must mend."""

    source: str
    entity: str
    new_loads: list[Load] = field(default_factory=list)
    unchanged: int = 0
    deferred: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    refusals: dict[str | None, Refusal] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows were taken in."""
        return sum(load.rows for load in self.new_loads)

    @property
    def quarantined(self) -> int:
        """How many records went to quarantine."""
        return sum(load.quarantined for load in self.new_loads)


def ingest(
    source: FilesSource,
    entity: str,
    *,
    home: Path,
    base: Path,
    company_timezone: str,
    now: datetime,
    covers_until: datetime,
) -> IngestReport:
    """Loads what is new or changed among the extracts that fill `entity`.

    `base` is where relative paths start, `now` the time on the wall, `covers_until` the moment up to which the source
    will then have told what happened. A file that cannot be used is a problem in the report and does not keep the
    others from being loaded.
    """
    report = IngestReport(source.name, entity)
    try:
        with raw.exclusively(home, source.name, entity), raw.working_folder(home) as work:
            for number, table in enumerate(source.tables_of(entity)):
                folder = work / str(number)
                folder.mkdir()
                timezone = table.timezone or company_timezone
                _Table(source.name, table, timezone, home, base, folder, now, covers_until, report).load()
            if not report.problems and not report.deferred:
                raw.record_check(home, source.name, entity, covers_until)
    except raw.RawStoreError as error:
        report.problems.append(str(error))
    except OSError as error:
        report.problems.append(_storage_problem(home, error.strerror or str(error)))
    except duckdb.Error as error:
        if not is_about_storage(error):
            raise
        report.problems.append(_storage_problem(home, brief(error)))
    return report


def _storage_problem(home: Path, reason: str) -> str:
    return f"cannot write in {home}: {reason}; give it room and the right to be written, then run again"


def probe(source: FilesSource, base: Path, company_timezone: str) -> list[str]:
    """Whether each table's files can be found and read, and have the columns that the settings name; the problems."""
    problems = []
    now = datetime.now(UTC)
    for table in source.tables:
        timezone = table.timezone or company_timezone
        with _scratch() as folder, _connection(folder, timezone) as connection:
            try:
                problems += _probe_table(connection, table, timezone, base, folder, now)
            except ExtractError as error:
                problems.append(f"{table.entity}: {error}")
    return problems


def listing(source: FilesSource, *, base: Path) -> Iterator[str]:
    """A line for each file there is, which changes when the file does, and one for each pattern that finds none."""
    now = datetime.now(UTC)
    for table in source.tables:
        for pattern in table.patterns().values():
            try:
                for found in addresses.locate(pattern, base, now):
                    yield f"{found.name} {found.state}"
            except ExtractError as error:
                yield str(error)


class _Connections:
    """As many DuckDBs as are in use at once, each used again."""

    def __init__(self, folder: Path, timezone: str) -> None:
        self._folder = folder
        self._timezone = timezone
        self._idle: LifoQueue[duckdb.DuckDBPyConnection] = LifoQueue()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def one(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for the duration of a `with` block, for whoever asks."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._stack.enter_context(_connection(self._folder, self._timezone))
            _limit_memory(connection)
        try:
            yield connection
        finally:
            self._idle.put(connection)


def _limit_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """Leaves the others that may be at work their share of the memory."""
    row = connection.execute("SELECT current_setting('memory_limit')").fetchone()
    amount, unit = str(row[0] if row else "").split()
    connection.execute(f"SET memory_limit = '{float(amount) / _READ_AT_ONCE} {unit}'")


@contextmanager
def _connection(folder: Path, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory; what is too large for that goes to `folder`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(f"SET TimeZone = {literal(timezone)}")
        connection.execute("SET enable_progress_bar = false")
        # The first makes joins of long lists, and rows lose their order in joins. The second takes what two expressions
        # have in common out of their TRY.
        connection.execute("SET disabled_optimizers = 'in_clause,common_subexpressions'")
        yield connection


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vigie-") as folder:
        yield Path(folder)


# The files that one load is made of, each with the name of its table in `sql`.
_Unit: TypeAlias = Sequence[tuple[str, Found]]


@dataclass(frozen=True, slots=True)
class _File:
    """An extract at hand: the name of its table in `sql`, what was found, and a local path to its content."""

    table: str
    found: Found
    path: Path


def _names(unit: _Unit) -> tuple[str, ...]:
    return tuple(found.name for _, found in unit)


class _Quarantine:
    """The records that a load does not take in, written as they come."""

    def __init__(self, path: Path, source: str, entity: str) -> None:
        self.path = path
        self.refusals: dict[str | None, Refusal] = {}
        self._origin = {"source": source, "entity": entity}
        self._file: TextIO | None = None

    @property
    def count(self) -> int:
        """How many records there are."""
        return sum(refusal.rows for refusal in self.refusals.values())

    def refuse(self, cells: Cells, reject: Reject, raw_row: Mapping[str, str]) -> None:
        """Adds a record that is no row."""
        if self._file is None:
            self._file = self.path.open("a", encoding="utf-8")
        error = {"column": None, "value": reject.text[:_LONGEST_VALUE], "reason": f"the record {reject.reason}"}
        record = {**self._origin, "file": cells.file, "row": reject.row, **error, "raw": raw_row, "errors": [error]}
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        _add_up(self.refusals, [Refusal(None, 1, cells.file, reject.row, str(error["reason"]))])

    def take(self, lines: Path, refusals: Iterable[Refusal]) -> None:
        """Adds a file of records, and what was wrong with them."""
        self.close()
        with self.path.open("ab") as file, lines.open("rb") as source:
            shutil.copyfileobj(source, file)
        _add_up(self.refusals, refusals)

    def close(self) -> None:
        """Writes out what has been added."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _add_up(known: dict[str | None, Refusal], more: Iterable[Refusal]) -> None:
    """Counts further refusals in with those known, of which the first stays."""
    for refusal in more:
        before = known.setdefault(refusal.column, replace(refusal, rows=0))
        known[refusal.column] = replace(before, rows=before.rows + refusal.rows)


class _Known:
    """What has been loaded with the settings of a table as they are now."""

    def __init__(self, loads: Iterable[Load]) -> None:
        self.newest: Load | None = None
        self._last: dict[tuple[str, ...], Load] = {}
        self._contents: set[tuple[str, ...]] = set()
        self._sizes: set[tuple[int, ...]] = set()
        for load in loads:
            self.add(load)

    def add(self, load: Load) -> None:
        """Adds a load; loads come in the order in which they were made."""
        self.newest = load
        self._last[tuple(file.path for file in load.files)] = load
        self._contents.add(load.contents)
        self._sizes.add(tuple(file.bytes for file in load.files))

    def last_of(self, unit: _Unit) -> Load | None:
        """The last load of files that were called as these are."""
        return self._last.get(_names(unit))

    @property
    def names(self) -> Collection[tuple[str, ...]]:
        """What the files of each load were called."""
        # In one go: readers in other threads ask while loads are added.
        return tuple(self._last)

    def has_content(self, contents: tuple[str, ...]) -> bool:
        """Whether some files with these contents were loaded."""
        return contents in self._contents

    def may_have(self, sizes: tuple[int, ...]) -> bool:
        """Whether some files of these sizes were loaded; if not, their content is new."""
        return sizes in self._sizes


@dataclass(frozen=True, slots=True)
class _Reading:
    """A load that has been made and is not in the store yet, with the folder it is in."""

    load: Load
    folder: Path
    quarantine: "_Quarantine"


class _Table:
    """One pass over one table of the settings.

    Files are read several at once, and enter the store one after the other in the order in which they were found.
    """

    def __init__(
        self,
        source: str,
        table: ExtractTable,
        timezone: str,
        home: Path,
        base: Path,
        work: Path,
        now: datetime,
        covers_until: datetime,
        report: IngestReport,
    ) -> None:
        self._source = source
        self._table = table
        self._timezone = timezone
        self._home = home
        self._base = base
        self._work = work
        self._now = now
        self._covers_until = covers_until
        self._report = report
        # Asked for anew by each table: the one before may have filled the same entity.
        loads = raw.loads(home, source, table.entity)
        self._next_sequence = max((load.sequence for load in loads), default=0) + 1
        self._fingerprint = table.fingerprint
        self._pattern = " ".join(map(without_credentials, table.patterns().values()))
        self._known = _Known(load for load in loads if self._is_alike(load))
        self._positions: dict[tuple[str, ...], int] = {}

    def load(self) -> None:
        """Loads what is new or changed, and adds to the report."""
        found: list[tuple[str, Found]] = []
        for name, pattern in self._table.patterns().items():
            try:
                found += [(name, each) for each in addresses.locate(pattern, self._base, self._now)]
            except ExtractError as error:
                self._report.problems.append(str(error))
                return
        units = [found] if self._table.sql is not None else [[each] for each in found]
        self._positions = {_names(unit): position for position, unit in enumerate(units)}
        changed = [unit for unit in units if not self._has_same_stamps(unit)]
        self._report.unchanged += sum(map(len, units)) - sum(map(len, changed))
        local = [Path(each.path) for unit in changed for _, each in unit if each.is_local]
        written = addresses.open_for_writing(local)
        with _Connections(self._work, self._timezone) as connections, ThreadPoolExecutor(_READ_AT_ONCE) as threads:
            ahead = []
            for number, unit in enumerate(changed):
                turn = _Turn(unit, self._next_sequence + number, self._work / str(number), connections)
                ahead.append((turn, threads.submit(self._read_ahead, turn, written)))
            try:
                for turn, reading in ahead:
                    self._take_or_tell(turn, reading)
            finally:
                for _, reading in ahead:
                    reading.cancel()

    def _take_or_tell(self, turn: "_Turn", reading: "Future[_Reading | None]") -> None:
        try:
            self._take(turn, reading.result())
        except StillWrittenError:
            self._defer(turn.unit)
        except TruncatedError as error:
            if self._is_fresh(turn.unit):
                self._defer(turn.unit)
            else:
                self._report.problems.append(str(error))
        except ExtractError as error:
            self._report.problems.append(str(error))
        finally:
            shutil.rmtree(turn.work, ignore_errors=True)

    def _defer(self, unit: _Unit) -> None:
        names = ", ".join(each.name for _, each in unit)
        be = "is" if len(unit) == 1 else "are"
        self._report.deferred.append(f"{names} {be} still being written; it will be loaded by the next pass")

    def _is_fresh(self, unit: _Unit) -> bool:
        return any(self._now - each.modified_at < FRESH for _, each in unit)

    def _is_alike(self, load: Load) -> bool:
        same_reading = (load.fingerprint, load.timezone) == (self._fingerprint, self._timezone)
        return same_reading and load.table in (None, self._pattern)

    def _has_same_stamps(self, unit: _Unit) -> bool:
        previous = self._known.last_of(unit)
        if previous is None:
            return False
        stamps = [file.stamp for file in previous.files]
        return None not in stamps and stamps == [each.stamp for _, each in unit]

    def _read_ahead(self, turn: "_Turn", written: Collection[Path]) -> _Reading | None:
        """What is certain to be new, before its turn; None if that depends on what comes before it."""
        if any(Path(each.path) in written for _, each in turn.unit if each.is_local):
            raise StillWrittenError
        turn.work.mkdir()
        with _readable(turn.unit):
            turn.fetch()
            if self._known.may_have(turn.sizes):
                return None
            return self._read(turn)

    def _take(self, turn: "_Turn", reading: _Reading | None) -> None:
        """Puts a unit into the store, unless its content is there."""
        with _readable(turn.unit):
            if self._known.may_have(turn.sizes) and self._is_known(turn.unit, turn.contents()):
                self._report.unchanged += len(turn.unit)
                return
            if reading is None or reading.load.load_id != self._load_id(turn.unit, turn.contents()):
                # The same content may have come in since it was read ahead; then it is another load of it.
                reading = self._read(turn)
        quarantine = reading.quarantine
        raw.commit(self._home, reading.load, reading.folder, quarantine.path if quarantine.count else None)
        self._report.new_loads.append(reading.load)
        _add_up(self._report.refusals, quarantine.refusals.values())
        self._known.add(reading.load)

    def _read(self, turn: "_Turn") -> _Reading:
        work = Path(tempfile.mkdtemp(dir=turn.work))
        quarantine = _Quarantine(work / "quarantine.jsonl", self._source, self._table.entity)
        with turn.connections.one() as connection, ThreadPoolExecutor(1) as thread:
            contents = thread.submit(turn.contents)
            extraction = _Extraction(connection, self._source, self._table, self._timezone)
            try:
                staging, taken = extraction.stage(turn.files, work, quarantine)
            finally:
                quarantine.close()
            load_id = self._load_id(turn.unit, contents.result())
            for _, each in turn.unit:
                now_there = addresses.look(each, self._now)
                if now_there is None or now_there.state != each.state:
                    raise StillWrittenError
            if taken.ends_early and self._is_fresh(turn.unit):
                raise StillWrittenError
            folder = work / "load"
            folder.mkdir()
            good, blank = extraction.write(folder / raw.ROWS, taken, load_id, turn.sequence, quarantine, work)
            newest_at = _newest_moment(connection, folder / raw.ROWS, self._table.entity, self._covers_until)
        load = Load(
            load_id=load_id,
            source=self._source,
            entity=self._table.entity,
            fingerprint=self._fingerprint,
            timezone=self._timezone,
            pattern=self._pattern,
            mode=self._table.mode,
            sequence=turn.sequence,
            files=tuple(
                LoadedFile(each.name, each.bytes, sha256, each.modified_at, each.stamp)
                for (_, each), sha256 in zip(turn.unit, contents.result(), strict=True)
            ),
            rows=good,
            quarantined=quarantine.count,
            blank=blank + taken.blank,
            loaded_at=self._now,
            covers_until=self._covers_until,
            columns=staging.filled,
            newest_at=newest_at,
        )
        return _Reading(load, folder, quarantine)

    def _is_known(self, unit: _Unit, contents: tuple[str, ...]) -> bool:
        """Whether that is the last content these files were loaded with, or if they never were, any file's.

        A snapshot of another name says that all is as in the one before only if it is like that very one.
        """
        previous = self._before(unit)
        if previous is None:
            return self._known.has_content(contents)
        return previous.contents == contents

    def _before(self, unit: _Unit) -> Load | None:
        """The load that these files follow: the last one of their names, for a snapshot newer than all loaded the last.

        An older snapshot that was never loaded by its name held what another did when it was looked at.
        """
        previous = self._known.last_of(unit)
        if previous is not None or self._table.mode != "snapshot":
            return previous
        loaded = (self._positions[names] for names in self._known.names if names in self._positions)
        return self._known.newest if self._positions[_names(unit)] > max(loaded, default=-1) else None

    def _load_id(self, unit: _Unit, contents: tuple[str, ...]) -> str:
        """The same for the same content read the same way, unless these files had another content in between."""
        previous = self._before(unit) if self._known.has_content(contents) else None
        identity = [
            self._source,
            self._table.entity,
            self._fingerprint,
            self._timezone,
            self._pattern if self._table.mode == "snapshot" else None,
            list(zip([name for name, _ in unit], contents, strict=True)),
            previous.load_id if previous is not None else None,
        ]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:24]


class _Turn:
    """A unit that is to enter the store, and its place in it."""

    def __init__(self, unit: _Unit, sequence: int, work: Path, connections: _Connections) -> None:
        self.unit = unit
        self.sequence = sequence
        self.work = work
        self.connections = connections
        self.files: list[_File] = []
        self.sizes: tuple[int, ...] = ()
        self._contents: tuple[str, ...] | None = None

    def fetch(self) -> None:
        """Brings the files here, if they are elsewhere."""
        self.files = [
            _File(name, each, addresses.fetch(each, self.work / f"fetched-{number}{Path(each.path).suffix}"))
            for number, (name, each) in enumerate(self.unit)
        ]
        self.sizes = tuple(file.path.stat().st_size for file in self.files)

    def contents(self) -> tuple[str, ...]:
        """What identifies the content of each file; found out once."""
        if self._contents is None:
            self._contents = tuple(_sha256(file.path) for file in self.files)
        return self._contents


class _Extraction:
    """Reads the files of one load with a connection of its own, and writes their rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str, table: ExtractTable, timezone: str) -> None:
        self._connection = connection
        self._source = source
        self._table = table
        self._entity = ENTITIES[table.entity]
        self._timezone = timezone

    def stage(self, files: Sequence[_File], work: Path, quarantine: _Quarantine) -> tuple[Staging, Taken]:
        """Reads the files into a temporary table; what cannot be a row at all goes to quarantine."""
        if self._table.sql is not None:
            return self._stage_query(self._table.sql, files, work, quarantine)
        staging: Staging | None = None

        def take(cells: Cells) -> int:
            nonlocal staging
            staging = self._staging(cells)
            return self._create_staged(staging)

        taken = self._read(files[0], work, take, quarantine)
        if staging is None:
            raise ExtractError(f"{files[0].found.name} has nothing to be read")
        return staging, taken

    def _read(self, file: _File, work: Path, take: Callable[[Cells], int], quarantine: _Quarantine) -> Taken:
        extract = _extract(file.path, file.found.name, self._table, work)
        wanted = wanted_columns(self._table, self._entity)
        return read(self._connection, extract, self._table, wanted, take, quarantine.refuse)

    def _staging(self, cells: Cells) -> Staging:
        return Staging(
            self._connection, cells, self._table, self._entity, _notation(self._table, self._timezone, cells)
        )

    def _create_staged(self, staging: Staging) -> int:
        if staging.keeps_order:
            return self._create(_STAGED, staging.query())
        self._connection.execute("SET threads = 1")
        try:
            return self._create(_STAGED, staging.query())
        finally:
            self._connection.execute("RESET threads")

    def _create(self, name: str, query: str) -> int:
        return int(self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}").fetchall()[0][0])

    def _stage_query(
        self, sql: str, files: Sequence[_File], work: Path, quarantine: _Quarantine
    ) -> tuple[Staging, Taken]:
        parts: dict[str, list[str]] = {}
        ends_early, blank = False, 0
        for number, file in enumerate(files):
            name = f"_extract_{number}"
            folder = work / name
            folder.mkdir()
            taken = self._read(file, folder, self._taker(name), quarantine)
            ends_early, blank = ends_early or taken.ends_early, blank + taken.blank
            if taken.cells.faulty:
                self._refuse_faults(name, taken.cells, quarantine)
            parts.setdefault(file.table, []).append(_sound_rows(name, taken.cells))
        for table, queries in parts.items():
            view = f"CREATE OR REPLACE TEMP VIEW {identifier(table)} AS {' UNION ALL BY NAME '.join(queries)}"
            self._connection.execute(view)
        cells = self._query_cells(sql, ", ".join(file.found.name for file in files))
        staging = self._staging(cells)
        self._create_staged(staging)
        for number in range(len(files)):
            self._connection.execute(f"DROP TABLE _extract_{number}")
        return staging, Taken(cells, "_position + 1", blank, ends_early)

    def _taker(self, name: str) -> Callable[[Cells], int]:
        return lambda cells: self._create(name, by_name(cells, self._table))

    def _refuse_faults(self, name: str, cells: Cells, quarantine: _Quarantine) -> None:
        faults = self._connection.execute(f"SELECT rowid + 1, _fault FROM {name} WHERE _fault <> '' ORDER BY 1")
        while rows := faults.fetchmany(1_000):
            for row, fault in rows:
                quarantine.refuse(cells, Reject(row, fault, ""), {})

    def _query_cells(self, sql: str, names: str) -> Cells:
        try:
            self._create(_RESULT, sql.strip().removesuffix(";"))
        except duckdb.Error as error:
            if is_about_storage(error):
                raise
            raise ExtractError(f"the sql of {self._entity.name} does not fit {names}: {brief(error)}") from error
        return _result_cells(self._connection, names)

    def write(
        self, target: Path, taken: Taken, load_id: str, sequence: int, quarantine: _Quarantine, work: Path
    ) -> tuple[int, int]:
        """Writes the rows to `target`, those with cells that do not fit to quarantine; how many are good, and blank."""
        good, bad, blank, *versions = self._counts()
        origin = {"_source": self._source, "_load_id": load_id, "_file": taken.cells.file}
        rows = self._rows(origin, sequence, taken, versions)
        options = f"FORMAT parquet, DICTIONARY_SIZE_LIMIT {_LARGEST_DICTIONARY}"
        self._connection.execute(f"COPY ({rows}) TO {literal(str(target))} ({options})")
        if bad:
            lines = work / "bad.jsonl"
            self._connection.execute(f"COPY ({self._bad_rows(taken)}) TO {literal(str(lines))} (FORMAT json)")
            quarantine.take(lines, self._refusals(taken))
        self._connection.execute(f"DROP TABLE {_STAGED}")
        return good, blank

    def _counts(self) -> tuple[int, ...]:
        """Good, bad and blank rows, and of the good ones how many have a version as text, as a time, as a number."""
        (counts,) = self._connection.execute(f"""
            SELECT count(*) FILTER (_bad IS NULL), count(*) FILTER ({_IS_BAD}), count(*) FILTER (_bad = '{BLANK}'),
                count(_version_text) FILTER (_bad IS NULL), count(_version_at) FILTER (_bad IS NULL),
                count(_version_number) FILTER (_bad IS NULL)
            FROM {_STAGED}
        """).fetchall()
        return tuple(counts)

    def _rows(self, origin: Mapping[str, str], sequence: int, taken: Taken, versions: Sequence[int]) -> str:
        given, as_time, as_number = versions
        kind = "_version_at" if as_time == given else "_version_number" if as_number == given else "_version_text"
        # Of one value throughout: as an enumeration it is not hashed for every row.
        columns = {name: f"CAST({literal(text)} AS ENUM({literal(text)}))" for name, text in origin.items()}
        columns |= {"_load_sequence": f"CAST({sequence} AS BIGINT)", "_row": f"CAST({taken.row} AS BIGINT)"}
        columns |= {name: f"CAST(NULL AS {kind_})" for name, kind_ in raw.ORIGIN_COLUMNS if name.startswith("_version")}
        columns |= {kind: kind}
        chosen = [
            f"{columns.get(name, identifier(name))} AS {identifier(name)}" for name, _ in raw.columns(self._entity.name)
        ]
        return f"SELECT {', '.join(chosen)} FROM ({_positioned('_bad IS NULL')})"

    def _refusals(self, taken: Taken) -> list[Refusal]:
        """What was wrong first with the rows that have cells that do not fit, by column."""
        found = self._connection.execute(f"""
            SELECT error ->> 'column', count(*), min(row), arg_min(error ->> 'reason', row)
            FROM (
                SELECT CAST({taken.row} AS BIGINT) AS row, CAST(_bad AS JSON) -> 'errors' -> 0 AS error
                FROM ({_positioned(_IS_BAD)})
            )
            GROUP BY ALL ORDER BY min(row)
        """).fetchall()
        return [Refusal(column, rows, taken.cells.file, row, reason) for column, rows, row, reason in found]

    def _bad_rows(self, taken: Taken) -> str:
        first = [f"errors -> 0 ->> '{key}' AS {identifier(key)}" for key in ("column", "value", "reason")]
        origin = {"source": self._source, "entity": self._entity.name, "file": taken.cells.file}
        chosen = [f"{literal(text)} AS {name}" for name, text in origin.items()]
        return (
            f"SELECT {', '.join([*chosen, 'row', *first])}, raw, errors FROM ("
            f"SELECT CAST({taken.row} AS BIGINT) AS row, CAST(_bad AS JSON) -> 'errors' AS errors,"
            f" CAST(_bad AS JSON) -> 'raw' AS raw FROM ({_positioned(_IS_BAD)}))"
        )


def _newest_moment(connection: duckdb.DuckDBPyConnection, rows: Path, entity: str, until: datetime) -> datetime | None:
    """The latest moment up to `until` that any row has."""
    known = f"<= CAST({literal(until.isoformat())} AS TIMESTAMPTZ)"
    columns = [identifier(each.name) for each in ENTITIES[entity].columns if each.kind in ("timestamp", "date")]
    moments = [f"max({column}) FILTER ({column} {known})" for column in columns]
    if not moments:
        return None
    query = f"SELECT epoch(greatest({', '.join(moments)}, NULL)) FROM read_parquet({literal(str(rows))})"
    (found,) = connection.execute(query).fetchall()
    return None if found[0] is None else datetime.fromtimestamp(found[0], UTC)


def _positioned(condition: str) -> str:
    return f"SELECT rowid AS _position, * FROM {_STAGED} WHERE {condition}"


def _sound_rows(name: str, cells: Cells) -> str:
    """The rows of an extract that was taken by name, those left out that are none."""
    if not cells.columns:
        return "SELECT NULL AS _none WHERE false"
    return f"SELECT * EXCLUDE (_fault) FROM {name} WHERE _fault IS NULL" if cells.faulty else f"FROM {name}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _readable(unit: _Unit) -> Iterator[None]:
    """Tells a file that cannot be read from a store that cannot be written."""
    try:
        yield
    except OSError as error:
        found = next((each for _, each in unit if str(error.filename) == each.path), None)
        if found is None:
            raise
        if isinstance(error, FileNotFoundError):
            raise StillWrittenError from error
        raise ExtractError(f"{found.name} cannot be read: {error.strerror}") from error


def _extract(path: Path, name: str, table: ExtractTable, work: Path) -> Extract:
    try:
        return Extract(path, name, table.format_of(name), work)
    except ValueError as error:
        raise ExtractError(str(error)) from error


def _notation(table: ExtractTable, timezone: str, cells: Cells) -> Notation:
    return Notation(
        zone=zone(timezone),
        datetime_formats=table.datetime_format or (),
        decimal=table.decimal,
        thousands=table.thousands,
        serial_days=cells.serial_days,
        from_1904=cells.from_1904,
    )


def _result_cells(connection: duckdb.DuckDBPyConnection, names: str) -> Cells:
    described = connection.execute(f"DESCRIBE {_RESULT}").fetchall()
    columns = tuple(Cell(row[0], row[0], row[1]) for row in described)
    chosen = ", ".join(f"{identifier(cell.column)} AS {identifier(str(n))}" for n, cell in enumerate(columns))
    return Cells(names, columns, f"SELECT {chosen} FROM {_RESULT}")


# -------------------------------------------------------------------------------------------------------------- probing


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
        # Reaching into a distant file means to copy it.
        for number, found in enumerate(located[-_MOST_PROBED if located[0].is_local else -1 :]):
            work = folder / f"{name}-{number}"
            work.mkdir()
            try:
                with _readable([(name, found)]):
                    path = addresses.fetch(found, work / f"fetched{Path(found.path).suffix}")
                    cells = columns_of(connection, _extract(path, found.name, table, work), table, wanted)
                    if table.sql is None:
                        Staging(connection, cells, table, entity, _notation(table, timezone, cells))
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
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {_RESULT} AS {table.sql.strip().removesuffix(';')}")
        except duckdb.Error as error:
            raise ExtractError(f"the sql does not fit {', '.join(names)}: {brief(error)}") from error
        cells = _result_cells(connection, ", ".join(names))
        Staging(connection, cells, table, entity, _notation(table, timezone, cells))
    return problems
