"""Extracts a resource into the raw store, so that a kill at any moment leaves neither a gap nor anything twice.

What was fetched is committed in loads of some thousand records, each with the position behind it. A fetch begins some
minutes before the newest record of the last one; records that were loaded already and have not changed are not loaded
again.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.raw import Load
from pipelines.raw.store import DELETIONS, ROWS
from pipelines.raw.writer import write_records
from pipelines.sources.base import ExtractContext, StreamReport
from pipelines.sources.rejection import Rejection
from pipelines.sources.rest.errors import ApiError
from pipelines.sources.rest.fields import Invalid, read_fields
from pipelines.sources.rest.known import differences
from pipelines.sources.rest.resource import OVERLAP, Batch, Fetch, Position, Resource

RECORDS_PER_LOAD = 5_000

# Of a load that ended before everything was fetched: what changed up to now may still be missing.
_NOTHING_COVERED = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_VALUE = 200
# The digest of a record that is gone.
_GONE = "gone"
# When more records than this were changed at one moment, the overlap loads the others of them again.
_MOST_SEEN = 20_000

Progress = Callable[[int], None]


@dataclass(slots=True)
class _Cursor:
    """What a load keeps for the next one: the vendor's position, and digests of the newest records by their keys."""

    position: Position | None = None
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, loads: Sequence[Load]) -> "_Cursor":
        """Returns the cursor of the last load."""
        if not loads or loads[-1].cursor is None:
            return cls()
        stored = json.loads(loads[-1].cursor)
        return cls(stored["position"], {key: (moment, digest) for key, (moment, digest) in stored["seen"].items()})

    def to_json(self) -> str:
        """Returns it as text."""
        return json.dumps({"position": self.position, "seen": self.seen}, sort_keys=True)

    def is_known(self, key: str, row: Mapping[str, Any] | None, version: datetime | None) -> bool:
        """Whether a row was loaded before as it is now, or known to be gone (None); remembers it if not."""
        if version is None:
            return False
        text = json.dumps(row, default=str, sort_keys=True)
        digest = _GONE if row is None else hashlib.sha256(text.encode()).hexdigest()[:16]
        if self.seen.get(key, ("", ""))[1] == digest:
            return True
        self.seen[key] = (version.isoformat(), digest)
        return False

    def forget(self) -> None:
        """Drops what no overlap reaches any more: an overlap is counted from the newest record that is there."""
        moments = {key: datetime.fromisoformat(moment) for key, (moment, _) in self.seen.items()}
        newest = max((moments[key] for key, (_, digest) in self.seen.items() if digest != _GONE), default=None)
        if newest is not None:
            kept = [key for key, moment in moments.items() if moment >= newest - 2 * OVERLAP]
            kept = sorted(kept, key=lambda key: moments[key])[-_MOST_SEEN:]
            self.seen = {key: self.seen[key] for key in kept}


@dataclass(slots=True)
class _Pending:
    """What has been fetched and not been committed."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[tuple[int, Mapping[str, Any], list[Invalid]]] = field(default_factory=list)
    fetched: int = 0


def extract_resource(
    resource: Resource,
    client: RESTClient,
    source: str,
    start_date: date | None,
    context: ExtractContext,
    progress: Progress = lambda _: None,
) -> StreamReport:
    """Loads what is new or changed in a resource; what is fetched before a failure is kept.

    Args:
        resource: what to fetch.
        client: the vendor's API.
        source: the source's name.
        start_date: what changed before that day is of no interest.
        context: where to load it to.
        progress: is called with the number of records after each batch.
    """
    report = StreamReport(resource.name)
    store = context.store
    with store.exclusive(source, resource.name), store.working_folder() as work:
        extraction = _Extraction(resource, source, context, work, report, store.commit)
        if not extraction.fetch(client, start_date, progress):
            extraction.commit(_NOTHING_COVERED)
            return report
        extraction.commit(context.loaded_until)
        # A resource without a record is known to have none.
        if not store.loads(source, resource.name):
            extraction.commit(context.loaded_until, even_if_empty=True)
        store.record_check(source, resource.name, context.loaded_until)
        store.record_delivery(source, resource.name, context.wall_clock, context.loaded_until)
        report.unchanged = 0 if report.new_loads else 1
    return report


def count_resource(
    resource: Resource,
    client: RESTClient,
    source: str,
    start_date: date | None,
    context: ExtractContext,
    progress: Progress = lambda _: None,
) -> StreamReport:
    """Returns what `extract_resource` would load now; changes nothing."""
    report = StreamReport(resource.name)
    with TemporaryDirectory(prefix="vigie-") as work:
        extraction = _Extraction(resource, source, context, Path(work), report, lambda _load, _rows, _quarantine: None)
        extraction.fetch(client, start_date, progress)
        extraction.commit(context.loaded_until)
    return report


class _Extraction:
    """One extract of a resource; `keep` puts a load, the folder of its files and its quarantine into the store."""

    def __init__(
        self,
        resource: Resource,
        source: str,
        context: ExtractContext,
        work: Path,
        report: StreamReport,
        keep: Callable[[Load, Path, Path | None], None],
    ) -> None:
        self._resource = resource
        self._stream = resource.stream
        self._source = source
        self._context = context
        self._work = work
        self._report = report
        self._keep = keep
        loads = context.store.loads(source, resource.name)
        self._sequence = max((load.sequence for load in loads), default=0)
        self.cursor = _Cursor.of(loads)
        self._committed = self.cursor.position
        self._pending = _Pending()

    def fetch(self, client: RESTClient, start_date: date | None, progress: Progress) -> bool:
        """Fetches everything that is new; returns whether it came to the end, without a failure."""
        fetched = 0
        try:
            for batch in _batches(self._resource, Fetch(client, self.cursor.position, start_date)):
                self.add(batch)
                fetched += len(batch.records)
                progress(fetched)
        except ApiError as error:
            self._report.failures.append(str(error))
            return False
        return True

    def add(self, batch: Batch) -> None:
        """Adds what was fetched; commits when it is enough for a load."""
        pending = self._pending
        valid: list[dict[str, Any]] = []
        for record in batch.records:
            pending.fetched += 1
            row, invalid = read_fields(record, self._resource.fields)
            invalid += [
                Invalid(name, row[name], "is missing")
                for name in self._resource.key
                if row[name] is None and name not in {each.column for each in invalid}
            ]
            if invalid:
                pending.rejected.append((pending.fetched, record, invalid))
                continue
            valid.append(row)
        if batch.scope is None:
            pending.rows += [self._versioned(row) for row in valid if not self._is_known(row)]
        else:
            self._add_all_there_are(valid, batch.scope)
        for record in batch.deleted:
            row, _ = read_fields(record, self._resource.fields)
            if not self.cursor.is_known(self._key(row), None, self._version(row)):
                pending.deleted.append(self._versioned(row))
        self.cursor.position = batch.position
        if len(pending.rows) + len(pending.deleted) + len(pending.rejected) >= RECORDS_PER_LOAD:
            self.commit(_NOTHING_COVERED)

    def _add_all_there_are(self, rows: Sequence[dict[str, Any]], scope: Mapping[str, Any]) -> None:
        # A list may repeat a record that moved from one page to the next: the later one counts.
        latest = list({self._key(row): row for row in rows}.values())
        store = self._context.store
        found = differences(store, self._source, self._stream, latest, scope, self._work)
        self._pending.rows += [self._versioned(row) for row in found.changed]
        self._pending.deleted += [dict(key) for key in found.gone]

    def _is_known(self, row: Mapping[str, Any]) -> bool:
        return self.cursor.is_known(self._key(row), row, self._version(row))

    def _versioned(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "_version_at": self._version(row)}

    def _version(self, row: Mapping[str, Any]) -> datetime | None:
        return row[self._resource.version] if self._resource.version else None

    def commit(self, loaded_until: datetime, *, even_if_empty: bool = False) -> None:
        """Commits what was fetched as one load, with the position behind it."""
        pending, self._pending = self._pending, _Pending()
        has_moved = self.cursor.position != self._committed
        if not (pending.rows or pending.deleted or pending.rejected or has_moved or even_if_empty):
            return
        self._committed = self.cursor.position
        self.cursor.forget()
        self._sequence += 1
        cursor = self.cursor.to_json()
        identity = json.dumps([self._source, self._resource.name, self._sequence, cursor])
        load = Load(
            load_id=hashlib.sha256(identity.encode()).hexdigest()[:24],
            source=self._source,
            stream=self._resource.name,
            sequence=self._sequence,
            rows=len(pending.rows),
            duplicates=len(pending.rows) - len({self._key(row) for row in pending.rows}),
            deleted=len(pending.deleted),
            quarantined=len(pending.rejected),
            loaded_at=self._context.wall_clock,
            loaded_until=loaded_until,
            newest_at=self._newest(pending.rows),
            columns=tuple(name for name, _ in self._stream.columns),
            cursor=cursor,
        )
        folder = self._work / f"load-{self._sequence}"
        folder.mkdir()
        origin = {"source": self._source, "load_id": load.load_id, "load_sequence": load.sequence}
        write_records(folder / ROWS, self._stream, pending.rows, **origin)  # type: ignore[arg-type]
        if pending.deleted:
            write_records(folder / DELETIONS, self._stream, pending.deleted, **origin)  # type: ignore[arg-type]
        self._keep(load, folder, self._quarantine(pending))
        self._report.new_loads.append(load)

    def _newest(self, rows: Sequence[Mapping[str, Any]]) -> datetime | None:
        """Returns the latest moment in rows, as far as it has come."""
        names = [field.name for field in self._resource.fields if field.kind == "moment"]
        moments = (row[name] for row in rows for name in names if row[name] is not None)
        return max((each for each in moments if each <= self._context.loaded_until), default=None)

    def _quarantine(self, pending: _Pending) -> Path | None:
        if not pending.rejected:
            return None
        path = self._work / f"quarantine-{self._sequence}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for number, record, invalid in pending.rejected:
                file.write(json.dumps(self._rejected(number, record, invalid), ensure_ascii=False) + "\n")
                for each in invalid:
                    self._count(each, number)
        return path

    def _rejected(self, number: int, record: Mapping[str, Any], invalid: Sequence[Invalid]) -> dict[str, Any]:
        """Returns the quarantined record: its fields alone, because others may be personal."""
        errors = [{"column": each.column, "value": _shown(each.value), "reason": each.reason} for each in invalid]
        row, _ = read_fields(record, self._resource.fields)
        raw = {name: None if value is None else _shown(value) for name, value in row.items()}
        place = {"source": self._source, "entity": self._resource.name, "file": self._resource.name, "row": number}
        return {**place, **errors[0], "raw": raw, "errors": errors}

    def _count(self, invalid: Invalid, number: int) -> None:
        key = (invalid.column, invalid.reason)
        known = self._report.rejections.get(key)
        self._report.rejections[key] = Rejection(
            invalid.column,
            invalid.reason,
            1 if known is None else known.rows + 1,
            self._resource.name,
            number if known is None else known.row,
            f"{_shown(invalid.value)} {invalid.reason}" if known is None else known.reason,
        )

    def _key(self, row: Mapping[str, Any]) -> str:
        return json.dumps([row[name] for name in self._resource.key], default=str)


def _batches(resource: Resource, fetch: Fetch) -> Iterator[Batch]:
    """Yields what a resource fetches; an answer of another form than the vendor documents is an ApiError."""
    try:
        yield from resource.fetch(fetch)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What the answer holds may be personal; its form is not.
        raise ApiError(
            f"the answer for {resource.name} has not the form that was expected ({type(error).__name__}): the API may"
            " have changed; look for a newer version of Vigie, or report it"
        ) from error


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text[:_LONGEST_VALUE]
