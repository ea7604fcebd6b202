"""Extracts as a source: files that a system exports. A stream is the extracts that fill one entity."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.entities import ENTITIES
from pipelines.raw import Load, RawStoreError, Stream
from pipelines.raw.active import active_loads, counted_loads, last_by_file
from pipelines.sources.base import ExtractContext, Source, StreamReport
from pipelines.sources.files.errors import brief, is_about_storage
from pipelines.sources.files.load import TableLoader, list_files
from pipelines.sources.files.preview import preview_tables
from pipelines.sources.files.probe import probe_tables
from pipelines.sources.files.settings import FilesSource as FilesSettings
from pipelines.sources.preview import TablePreview
from pipelines.storage.files import StorageError


class FilesSource(Source[FilesSettings]):
    """A system that delivers extracts as files."""

    settings_model = FilesSettings

    @classmethod
    def all_streams(cls) -> Sequence[Stream]:
        """Returns a stream for each canonical entity."""
        return [
            Stream(
                name=entity.name,
                columns=tuple((column.name, column.duckdb_type) for column in entity.columns),
                key=entity.key,
                entities=(entity.name,),
                is_reference=entity.is_reference,
            )
            for entity in ENTITIES.values()
        ]

    def streams(self) -> Sequence[Stream]:
        """Returns a stream for each entity that the tables fill."""
        filled = {table.entity for table in self.settings.tables}
        return [stream for stream in self.all_streams() if stream.name in filled]

    def provided_columns(self, stream: str, active: Sequence[Load]) -> Mapping[str, Collection[str]]:
        """Returns the columns that the settings map, as they were when the files were loaded."""
        return {stream: {name for load in active for name in load.columns}}

    def extract(self, streams: Collection[str], context: ExtractContext) -> Iterator[StreamReport]:
        """Loads what is new or changed among the extracts of these streams."""
        for stream in self.streams():
            if stream.name in streams:
                yield self._extract(stream.name, context)

    def probe(self, context: ExtractContext) -> list[str]:
        """Returns what is wrong with the tables' files and columns."""
        return probe_tables(self.settings.tables, context)

    def preview(self, context: ExtractContext, entity: str | None = None) -> Iterator[TablePreview]:
        """Yields what each table would load, found in its newest files."""
        tables = [table for table in self.settings.tables if entity in (None, table.entity)]
        return preview_tables(self.settings.name, tables, context)

    def mapping_keys(self, entity: str) -> Sequence[str]:
        """Returns `columns` or `sql`, as the tables of an entity have it; both if some have one and some the other."""
        return sorted({"columns" if table.sql is None else "sql" for table in self.settings.tables_of(entity)})

    def list_changes(self, base: Path, wall_clock: datetime) -> Iterator[str]:
        """Yields a line for each file, which changes when the file does, and one for each pattern without files."""
        for table in self.settings.tables:
            yield from list_files(table, base, wall_clock)

    def active_loads(self, stream: str, loads: Sequence[Load]) -> list[Load]:
        """Returns the loads that count under the settings as they are: see `pipelines.raw.active`."""
        return active_loads(loads, self.settings.fingerprints(stream))

    def counted_loads(self, stream: str, loads: Sequence[Load]) -> list[Load]:
        """Returns the loads that were not read again since: see `pipelines.raw.active`."""
        return counted_loads(loads, self.settings.fingerprints(stream))

    def quarantine_in_force(self, stream: str, active: Sequence[Load]) -> list[Load]:
        """Returns the last load of each file: a corrected file no longer lacks its rows."""
        return last_by_file(active, self.settings.fingerprints(stream))

    def _extract(self, stream: str, context: ExtractContext) -> StreamReport:
        report = StreamReport(stream)
        store = context.store
        try:
            with store.exclusive(self.settings.name, stream), store.working_folder() as work:
                for number, table in enumerate(self.settings.tables_of(stream)):
                    folder = work / str(number)
                    folder.mkdir()
                    TableLoader(self.settings.name, table, context, folder, report).load()
                if not report.failures and not report.deferred:
                    store.record_check(self.settings.name, stream, context.loaded_until)
                active = self.active_loads(stream, store.loads(self.settings.name, stream))
                store.prune_quarantine(self.settings.name, stream, self.quarantine_in_force(stream, active))
        except (RawStoreError, StorageError) as error:
            report.failures.append(str(error))
        except OSError as error:
            report.failures.append(_storage_failure(context, error.strerror or str(error)))
        except duckdb.Error as error:
            if not is_about_storage(error):
                raise
            report.failures.append(_storage_failure(context, brief(error)))
        return report


def _storage_failure(context: ExtractContext, reason: str) -> str:
    place = context.store.folder.parent
    return f"cannot write in {place}: {reason}; free disk space or grant this user write access, then run again"


SOURCE = FilesSource
