"""One pass over one table of the settings: what is new or changed becomes a load in the raw store."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.raw import Load, LoadedFile
from pipelines.raw.store import ROWS
from pipelines.sources.base import ExtractContext, StreamReport
from pipelines.sources.files import addresses
from pipelines.sources.files.addresses import Found
from pipelines.sources.files.connections import READERS, Connections
from pipelines.sources.files.errors import ExtractError, StillWrittenError, TruncatedError
from pipelines.sources.files.extraction import Extraction, newest_moment
from pipelines.sources.files.quarantine import Quarantine, add_up
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.units import KnownLoads, Turn, Unit, delivered_until, file_names, readable
from pipelines.storage.credentials import without_credentials

# A file that ends in the middle is taken for one on its way if it was changed less than this ago.
FRESH = timedelta(minutes=10)


def list_files(table: ExtractTable, base: Path, now: datetime) -> Iterator[str]:
    """Yields a line for each file of a table, which changes when the file does, and one for a pattern without files."""
    for pattern in table.patterns().values():
        try:
            for found in addresses.locate(pattern, base, now):
                yield f"{found.name} {found.state}"
        except ExtractError as error:
            yield str(error)


@dataclass(frozen=True, slots=True)
class PreparedLoad:
    """A load that is complete and not in the store yet, with the folder it is in."""

    load: Load
    folder: Path
    quarantine: Quarantine


class TableLoader:
    """One pass over one table of the settings.

    Files are read several at once, and enter the store one after the other in the order in which they were found.
    """

    def __init__(
        self,
        source: str,
        table: ExtractTable,
        context: ExtractContext,
        work: Path,
        report: StreamReport,
    ) -> None:
        self._source = source
        self._table = table
        self._timezone = table.timezone or context.timezone
        self._store = context.store
        self._base = context.base
        self._work = work
        self._now = context.wall_clock
        self._loaded_until = context.loaded_until
        self._report = report
        # Each table asks again: the one before may have filled the same entity.
        loads = self._store.loads(source, table.entity)
        self._next_sequence = max((load.sequence for load in loads), default=0) + 1
        self._fingerprint = table.fingerprint
        self._pattern = " ".join(map(without_credentials, table.patterns().values()))
        self._known = KnownLoads(load for load in loads if self._is_alike(load))
        self._positions: dict[tuple[str, ...], int] = {}

    def load(self) -> None:
        """Loads what is new or changed, and adds to the report."""
        found: list[tuple[str, Found]] = []
        for name, pattern in self._table.patterns().items():
            try:
                found += [(name, each) for each in addresses.locate(pattern, self._base, self._now)]
            except ExtractError as error:
                self._report.failures.append(str(error))
                return
        units = [found] if self._table.sql is not None else [[each] for each in found]
        self._positions = {file_names(unit): position for position, unit in enumerate(units)}
        changed = []
        for unit in units:
            if self._has_same_stamps(unit):
                self._count_as_known(unit)
            else:
                changed.append(unit)
        local = [Path(each.path) for unit in changed for _, each in unit if each.is_local]
        written = addresses.open_for_writing(local)
        with Connections(self._work, self._timezone) as connections, ThreadPoolExecutor(READERS) as threads:
            ahead = []
            for number, unit in enumerate(changed):
                turn = Turn(unit, self._next_sequence + number, self._work / str(number), connections)
                ahead.append((turn, threads.submit(self._read_ahead, turn, written)))
            try:
                for turn, reading in ahead:
                    self._commit_or_report(turn, reading)
            finally:
                for _, reading in ahead:
                    reading.cancel()

    def _commit_or_report(self, turn: Turn, reading: Future[PreparedLoad | None]) -> None:
        try:
            self._commit(turn, reading.result())
        except StillWrittenError:
            self._defer(turn.unit)
        except TruncatedError as error:
            if self._is_fresh(turn.unit):
                self._defer(turn.unit)
            else:
                self._report.failures.append(str(error))
        except ExtractError as error:
            self._report.failures.append(str(error))
        finally:
            shutil.rmtree(turn.work, ignore_errors=True)

    def _defer(self, unit: Unit) -> None:
        names = ", ".join(each.name for _, each in unit)
        be = "is" if len(unit) == 1 else "are"
        self._report.deferred.append(f"{names} {be} still being written; it will be loaded by the next pass")

    def _is_fresh(self, unit: Unit) -> bool:
        return any(self._now - each.modified_at < FRESH for _, each in unit)

    def _is_alike(self, load: Load) -> bool:
        same_reading = (load.fingerprint, load.timezone) == (self._fingerprint, self._timezone)
        return same_reading and load.table in (None, self._pattern)

    def _has_same_stamps(self, unit: Unit) -> bool:
        previous = self._known.last_of(unit)
        if previous is None:
            return False
        stamps = [file.stamp for file in previous.files]
        return None not in stamps and stamps == [each.stamp for _, each in unit]

    def _read_ahead(self, turn: Turn, written: Collection[Path]) -> PreparedLoad | None:
        """What is certain to be new, before its turn; None if that depends on what comes before it."""
        if any(Path(each.path) in written for _, each in turn.unit if each.is_local):
            raise StillWrittenError
        turn.work.mkdir()
        with readable(turn.unit):
            turn.fetch()
            if self._known.may_have(turn.sizes):
                return None
            return self._read(turn)

    def _commit(self, turn: Turn, reading: PreparedLoad | None) -> None:
        """Puts a unit into the store, unless its content is there."""
        with readable(turn.unit):
            if self._known.may_have(turn.sizes) and self._is_known(turn.unit, turn.contents()):
                self._count_as_known(turn.unit)
                self._record_delivery(turn.unit)
                return
            if reading is None or reading.load.load_id != self._load_id(turn.unit, turn.contents()):
                # The same content may have been loaded since this was prepared; then it is another load of it.
                reading = self._read(turn)
        quarantine = reading.quarantine
        self._store.commit(reading.load, reading.folder, quarantine.path if quarantine.count else None)
        self._report.new_loads.append(reading.load)
        add_up(self._report.rejections, quarantine.rejections.values())
        self._known.add(reading.load)

    def _count_as_known(self, unit: Unit) -> None:
        self._report.unchanged += len(unit)
        self._report.known_files.update(each.name for _, each in unit)

    def _record_delivery(self, unit: Unit) -> None:
        """Notes that a file was written again, or another file, with nothing new in it: the system does export."""
        written_at = max(each.modified_at for _, each in unit)
        known = self._store.delivered_at(self._source, self._table.entity)
        loads = self._store.loads(self._source, self._table.entity)
        latest = max((file.modified_at for load in loads for file in load.files), default=None)
        if written_at > max(moment for moment in (known, latest, datetime.min.replace(tzinfo=UTC)) if moment):
            until = delivered_until(unit, None, self._loaded_until, self._now)
            self._store.record_delivery(self._source, self._table.entity, written_at, until)

    def _read(self, turn: Turn) -> PreparedLoad:
        work = Path(tempfile.mkdtemp(dir=turn.work))
        quarantine = Quarantine(work / "quarantine.jsonl", self._source, self._table.entity)
        with turn.connections.one() as connection, ThreadPoolExecutor(1) as thread:
            contents = thread.submit(turn.contents)
            extraction = Extraction(connection, self._source, self._table, self._timezone)
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
            warnings = extraction.warnings(staging, self._loaded_until)
            folder = work / "load"
            folder.mkdir()
            counts = extraction.write(folder / ROWS, taken, load_id, turn.sequence, quarantine, work)
            newest_at = newest_moment(connection, folder / ROWS, self._table.entity, self._loaded_until)
        load = Load(
            load_id=load_id,
            source=self._source,
            stream=self._table.entity,
            fingerprint=self._fingerprint,
            timezone=self._timezone,
            pattern=self._pattern,
            mode=self._table.mode,
            sequence=turn.sequence,
            files=tuple(
                LoadedFile(each.name, each.bytes, sha256, each.modified_at, each.stamp)
                for (_, each), sha256 in zip(turn.unit, contents.result(), strict=True)
            ),
            rows=counts.good,
            duplicates=counts.duplicates,
            quarantined=quarantine.count,
            filtered=counts.filtered,
            blank=counts.blank,
            loaded_at=self._now,
            loaded_until=delivered_until(turn.unit, newest_at, self._loaded_until, self._now),
            columns=staging.filled,
            newest_at=newest_at,
            warnings=warnings,
        )
        return PreparedLoad(load, folder, quarantine)

    def _is_known(self, unit: Unit, contents: tuple[str, ...]) -> bool:
        """Whether that is the last content these files were loaded with, or if they never were, any file's.

        A snapshot of another name says that all is as in the one before only if it is like that very one.
        """
        previous = self._before(unit)
        if previous is None:
            return self._known.has_content(contents)
        return previous.contents == contents

    def _before(self, unit: Unit) -> Load | None:
        """The load that these files follow: the last one of their names, for a snapshot newer than all loaded the last.

        An older snapshot that was never loaded by its name held what another did when it was looked at.
        """
        previous = self._known.last_of(unit)
        if previous is not None or self._table.mode != "snapshot":
            return previous
        loaded = (self._positions[names] for names in self._known.names if names in self._positions)
        return self._known.newest if self._positions[file_names(unit)] > max(loaded, default=-1) else None

    def _load_id(self, unit: Unit, contents: tuple[str, ...]) -> str:
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
