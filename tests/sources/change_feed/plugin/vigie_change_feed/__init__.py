"""A small source with streams, cursors, updates and deletions: a file to which a system appends its changes.

Each line is one change as JSON: `sequence`, `stream`, `changed_at`, `deleted`, and the record in the vendor's words.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipelines.raw import Load, Stream
from pipelines.raw.store import DELETIONS, ROWS
from pipelines.raw.writer import write_records
from pipelines.sources import ExtractContext, Source, SourceSettings, StreamReport

CONTACTS = Stream(
    name="contacts",
    columns=(
        ("contact_no", "VARCHAR"),
        ("mail", "VARCHAR"),
        ("full_name", "VARCHAR"),
        ("land", "VARCHAR"),
        ("signed_up", "TIMESTAMPTZ"),
        ("first_bought", "TIMESTAMPTZ"),
    ),
    key=("contact_no",),
    # One resource fills two entities.
    entities=("customer", "lead"),
)
DEALS = Stream(
    name="deals",
    columns=(
        ("deal_no", "VARCHAR"),
        ("contact_no", "VARCHAR"),
        ("opened", "TIMESTAMPTZ"),
        ("closed", "TIMESTAMPTZ"),
        ("stage", "VARCHAR"),
        ("value", "DECIMAL(18,6)"),
    ),
    key=("deal_no",),
    entities=("deal",),
)

# The entities' columns that the staging models fill.
PROVIDED: Mapping[str, Mapping[str, Collection[str]]] = {
    "contacts": {
        "customer": ("customer_id", "email", "name", "country", "created_at", "became_customer_at"),
        "lead": ("lead_id", "created_at", "email", "converted_at", "country"),
    },
    "deals": {"deal": ("deal_id", "created_at", "customer_id", "closed_at", "is_won", "amount")},
}


class ChangeFeedSettings(SourceSettings):
    """A file of changes."""

    type: Literal["change_feed"]
    path: str = Field(description="The file, relative to the settings.")


class ChangeFeed(Source[ChangeFeedSettings]):
    """Reads what was appended since the cursor."""

    settings_model = ChangeFeedSettings

    @classmethod
    def all_streams(cls) -> Sequence[Stream]:
        """Returns contacts and deals."""
        return (CONTACTS, DEALS)

    def provided_columns(self, stream: str, active: Sequence[Load]) -> Mapping[str, Collection[str]]:
        """Returns the columns that the staging models fill; none before anything was loaded."""
        return PROVIDED[stream] if active else {}

    def extract(self, streams: Collection[str], context: ExtractContext) -> Iterator[StreamReport]:
        """Commits one load of what is new in each stream."""
        for stream in self.streams():
            if stream.name in streams:
                yield self._extract(stream, context)

    def probe(self, context: ExtractContext) -> list[str]:
        """Returns that the file is missing, if it is."""
        path = context.base / self.settings.path
        return [] if path.is_file() else [f"there is no file {path}; check `path`"]

    def list_changes(self, base: Path, wall_clock: datetime) -> Iterator[str]:
        """Yields the size of the file."""
        path = base / self.settings.path
        yield str(path.stat().st_size if path.is_file() else None)

    def _extract(self, stream: Stream, context: ExtractContext) -> StreamReport:
        report = StreamReport(stream.name)
        name, store = self.settings.name, context.store
        with store.exclusive(name, stream.name), store.working_folder() as work:
            known = store.loads(name, stream.name)
            cursor = int(known[-1].cursor or 0) if known else 0
            try:
                changes = list(self._changes(stream.name, cursor, context.base))
            except OSError as error:
                report.failures.append(f"{self.settings.path} cannot be read: {error.strerror}; check `path`")
                return report
            except json.JSONDecodeError as error:
                report.failures.append(f"{self.settings.path} has a line that is no JSON: {error}; export it again")
                return report
            if not changes:
                report.unchanged = 1
            else:
                load = self._load(stream, changes, len(known) + 1, context)
                folder = work / "load"
                folder.mkdir()
                for file, is_deleted in ((ROWS, False), (DELETIONS, True)):
                    chosen = [change for change in changes if change["deleted"] is is_deleted]
                    if chosen or not is_deleted:
                        write_records(
                            folder / file, stream, map(_record, chosen),
                            source=name, load_id=load.load_id, load_sequence=load.sequence,
                        )  # fmt: skip
                store.commit(load, folder, None)
                report.new_loads.append(load)
            store.record_check(name, stream.name, context.loaded_until)
        return report

    def _changes(self, stream: str, cursor: int, base: Path) -> Iterator[dict[str, Any]]:
        with (base / self.settings.path).open(encoding="utf-8") as lines:
            for line in lines:
                change = {"deleted": False, **json.loads(line)}
                if change["stream"] == stream and change["sequence"] > cursor:
                    yield change

    def _load(self, stream: Stream, changes: Sequence[dict[str, Any]], sequence: int, context: ExtractContext) -> Load:
        identity = json.dumps([self.settings.name, stream.name, [change["sequence"] for change in changes]])
        deleted = sum(change["deleted"] for change in changes)
        return Load(
            load_id=hashlib.sha256(identity.encode()).hexdigest()[:24],
            source=self.settings.name,
            stream=stream.name,
            sequence=sequence,
            rows=len(changes) - deleted,
            deleted=deleted,
            loaded_at=context.wall_clock,
            loaded_until=context.loaded_until,
            columns=tuple(name for name, _ in stream.columns),
            cursor=str(changes[-1]["sequence"]),
        )


def _record(change: dict[str, Any]) -> dict[str, Any]:
    return {**change["record"], "_version_at": change["changed_at"]}
