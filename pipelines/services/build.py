"""Build: prepares the warehouse for dbt and records what the tables were built from. The caller runs dbt itself."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from pipelines.entities import ENTITIES
from pipelines.raw import store as raw
from pipelines.services.installation import Installation
from pipelines.settings import Settings, Source
from pipelines.storage.home import Home, HomeBusyError
from pipelines.transform.project import project_digest, project_folder
from pipelines.warehouse.build_record import BuildRecord, read_build_record, write_build_record
from pipelines.warehouse.raw_views import RawTable, create_raw_views, has_later_rows
from pipelines.warehouse.run_context import (
    Coverage,
    LoadCounts,
    MappedColumn,
    RunContext,
    Target,
    write_run_context,
)

# What other systems look up by id changes rarely: to have looked and found nothing new is to be up to date.
_REFERENCE_ENTITIES = frozenset({"agent", "campaign", "customer", "fx_rate"})


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build starts from: the raw tables, their row counts by name, the run context, and a digest of it all."""

    tables: Sequence[RawTable]
    row_counts: Mapping[str, int]
    context: RunContext
    digest: str


def prepare_build(installation: Installation) -> Inputs:
    """Creates the raw views and the control tables that dbt reads, and marks the tables as not built yet.

    Raises:
        WarehouseError: a raw file cannot be read, or the warehouse cannot be written.
        HomeBusyError: another process is at work in the home folder.
    """
    home = installation.home
    with home.lock():
        inputs = collect_inputs(installation)
        create_raw_views(home.warehouse, inputs.tables)
        write_run_context(home.warehouse, inputs.context)
        record = BuildRecord(
            build_id=hashlib.sha256(f"{inputs.digest} {inputs.context.as_of}".encode()).hexdigest()[:16],
            inputs=inputs.digest,
            has_later_rows=has_later_rows(home.warehouse, inputs.tables, inputs.context.as_of),
            passed_at=None,
        )
        write_build_record(home.warehouse, record)
    return inputs


def record_success(home: Home, now: datetime) -> None:
    """Records that the tables were built from what was prepared last and passed their tests; needs the home's lock."""
    record = read_build_record(home.warehouse)
    if record is not None:
        write_build_record(home.warehouse, replace(record, passed_at=now))


def record_start(home: Home) -> bool:
    """Records that tables are being built; returns whether they had passed before. Needs the home's lock."""
    record = read_build_record(home.warehouse)
    if record is None:
        return False
    write_build_record(home.warehouse, replace(record, passed_at=None))
    return record.passed_at is not None


def is_up_to_date(installation: Installation) -> bool:
    """Whether the tables in the warehouse are those that a build would make now."""
    record = current_record(installation.home)
    if record is None or record.passed_at is None:
        return False
    if record.has_later_rows and installation.as_of is None:
        # By now some of it may have happened.
        return False
    return record.inputs == collect_inputs(installation).digest


def has_passed(home: Home) -> bool:
    """Whether the tables are as a complete build left them that passed all its tests."""
    record = current_record(home)
    return record is not None and record.passed_at is not None


def current_record(home: Home) -> BuildRecord | None:
    """Returns the build record; None if there is none, or while another process is building."""
    if not home.warehouse.exists():
        return None
    try:
        with home.lock(timeout=0):
            return read_build_record(home.warehouse)
    except HomeBusyError:
        return None


def collect_inputs(installation: Installation) -> Inputs:
    """Returns everything that the tables are computed from."""
    settings = installation.settings()
    streams = [
        _Stream(source, entity, raw.loads(installation.home.path, source.name, entity))
        for source, entity in settings.raw_tables()
    ]
    tables, counts = _raw_tables(streams, source_types(settings), installation.home.path.absolute())
    context = _run_context(installation, streams)
    return Inputs(tables, counts, context, _digest(installation, tables, context))


def active_loads(installation: Installation, source: Source, entity: str) -> list[raw.Load]:
    """Returns the loads that make up a source's entity under the current settings."""
    return _Stream(source, entity, raw.loads(installation.home.path, source.name, entity)).active_loads


def source_types(settings: Settings) -> list[str]:
    """Returns the types of the sources in the settings, sorted."""
    return sorted({source.type for source in settings.sources})


@dataclass(frozen=True)
class _Stream:
    """A stream of a source with all its loads. The streams of extracts are the entities that they fill."""

    source: Source
    name: str
    loads: Sequence[raw.Load]

    @cached_property
    def active_loads(self) -> list[raw.Load]:
        return raw.active_loads(self.loads, self.source.fingerprints(self.name))


def _raw_tables(
    streams: Sequence[_Stream], types: Sequence[str], home: Path
) -> tuple[list[RawTable], Mapping[str, int]]:
    """Returns a raw table for each stream that the staging models of the source types read, filled or not."""
    tables = []
    counts: dict[str, int] = {}
    for source_type in types:
        for entity in ENTITIES:
            active = [
                load
                for stream in streams
                if (stream.source.type, stream.name) == (source_type, entity)
                for load in stream.active_loads
            ]
            files = [load.rows_path(home) for load in active]
            table = RawTable(source_type, entity, raw.columns(entity), files)
            tables.append(table)
            counts[table.name] = sum(load.rows for load in active)
    return tables, counts


def _run_context(installation: Installation, streams: Sequence[_Stream]) -> RunContext:
    settings = installation.settings()
    return RunContext(
        as_of=installation.now(),
        timezone=settings.company.timezone,
        currency=settings.company.currency,
        sector=settings.company.sector,
        active_days=settings.active_days,
        coverage=[
            Coverage(
                stream.source.name,
                stream.name,
                raw.coverage(
                    installation.home.path,
                    stream.source.name,
                    stream.name,
                    by_check=stream.name in _REFERENCE_ENTITIES,
                ),
            )
            for stream in streams
        ],
        targets=[
            Target(name, target.from_, float(target.target))
            for name, kpi in settings.kpis.items()
            for target in kpi.target
        ],
        invalid_order_statuses=settings.excluded_statuses,
        mapped_columns=[
            MappedColumn(stream.source.name, stream.name, column)
            for stream in streams
            for column in sorted({name for load in stream.active_loads for name in load.columns})
        ],
        loads=[_load_counts(stream, load) for stream in streams for load in stream.loads],
    )


def _load_counts(stream: _Stream, load: raw.Load) -> LoadCounts:
    return LoadCounts(
        source=stream.source.name,
        stream=stream.name,
        entity=load.entity,
        loaded_at=load.loaded_at,
        loaded_until=load.covers_until,
        rows=load.rows,
        duplicates=0,
        quarantined=load.quarantined,
        deleted=0,
        filtered=0,
    )


def _digest(installation: Installation, tables: Sequence[RawTable], context: RunContext) -> str:
    """Returns a digest of all that the tables depend on.

    While the clock runs, the day stands for the moment: periods end, mature and are loaded at midnight, company time.
    That holds as long as raw data has no moment after now.
    """
    settings = installation.settings()
    zone = ZoneInfo(settings.company.timezone)

    def day(moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(zone).date().isoformat()

    content = {
        "settings": settings.model_dump(mode="json"),
        "as_of": day(context.as_of) if installation.as_of is None else context.as_of.isoformat(),
        "coverage": [(row.source, row.entity, day(row.loaded_until)) for row in context.coverage],
        "raw": {table.name: [str(file) for file in (*table.files, *table.deletions)] for table in tables},
        "project": project_digest(project_folder()),
        "duckdb": duckdb.__version__,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
