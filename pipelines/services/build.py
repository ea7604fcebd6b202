"""Build: prepares the warehouse for dbt and records what the tables were built from. The caller runs dbt itself."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipelines import calendars
from pipelines.kpis import Kpi, rfm
from pipelines.raw import ORIGIN_COLUMNS, Load, RawStore, RawStoreError, Stream
from pipelines.raw.compaction import compact
from pipelines.raw.store import RawFile
from pipelines.services.clock import check_clock
from pipelines.services.increments import BuiltLoads, StreamLoads, built_loads, increments
from pipelines.services.ingest import silence_of, streams_of
from pipelines.services.installation import Installation
from pipelines.services.plan import Tables
from pipelines.services.versions import control_versions, coverage_days, loads_version, local_day, version_of
from pipelines.settings import Settings
from pipelines.sources import SourceSettings, health, open_source, source_class
from pipelines.storage.home import Home, HomeBusyError
from pipelines.transform.project import project_digest, project_folder, python_models_digest
from pipelines.warehouse.build_record import BuildRecord, read_build_record, write_build_record
from pipelines.warehouse.raw_views import RawTable, create_raw_views, next_moment
from pipelines.warehouse.run_context import (
    Coverage,
    DeclaredDelivery,
    IdSpace,
    KpiParameter,
    LoadCounts,
    LoadLog,
    MappedColumn,
    OpenSpan,
    RunContext,
    Target,
    TeamCalendar,
    write_run_context,
)

# Clocks of sources and of this machine need not agree to the minute.
_CLOCK_TOLERANCE = timedelta(days=1)
# What is done with the tables, and not what they hold: another rule or channel needs no build.
_SETTINGS_WITHOUT_TABLES = {"rules", "channels", "exports", "schedules", "publish", "retention"}


@dataclass(frozen=True, slots=True)
class _StreamInputs:
    """What a build reads of one stream."""

    settings: SourceSettings
    stream: Stream
    active: Sequence[Load]
    rows: Sequence[RawFile]
    deletions: Sequence[RawFile]
    loaded_until: datetime | None
    archived_until: datetime | None
    loads: Sequence[Load]
    log_files: Sequence[Path]

    @property
    def table(self) -> tuple[str, str]:
        """The source type and the stream: those of all sources of a type are one raw table."""
        return self.settings.type, self.stream.name

    @property
    def entity(self) -> str:
        """The entity that the stream fills; several are listed."""
        return ", ".join(self.stream.entities)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build starts from: the raw tables, the run context, and a digest of it all.

    `row_counts` and `versions` are those of the raw tables by name; a version identifies the rows. `loads` are those in
    use, by stream. `code` identifies what computes the tables from them.
    """

    tables: Sequence[RawTable]
    loads: Sequence[StreamLoads]
    row_counts: Mapping[str, int]
    versions: Mapping[str, str]
    context: RunContext
    code: str
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A table that is ready for dbt: how many rows it has, None if they are not counted, and what identifies them."""

    schema: str
    name: str
    rows: int | None
    version: str


def prepare_build(installation: Installation) -> list[Prepared]:
    """Creates the raw views and the control tables that dbt reads, and marks the tables as not built yet.

    Raises:
        RawStoreError: the log of a load cannot be read.
        WarehouseError: a raw file cannot be read, or the warehouse cannot be written.
        HomeBusyError: another process is working in the home folder.
        ClockError: the machine's clock has just jumped ahead.
    """
    check_clock(installation)
    home = installation.home
    with home.lock():
        compact_raw(installation)
        inputs = collect_inputs(installation)
        create_raw_views(home.warehouse, inputs.tables)
        as_of = inputs.context.as_of
        extended = increments(_loads_of_last_build(home), inputs.code, as_of, inputs.loads)
        write_run_context(home.warehouse, replace(inputs.context, increments=extended))
        record = BuildRecord(
            build_id=hashlib.sha256(f"{inputs.digest} {inputs.context.as_of}".encode()).hexdigest()[:16],
            inputs=inputs.digest,
            next_moment=next_moment(home.warehouse, inputs.tables, inputs.context.as_of),
            passed_at=None,
            loads=built_loads(inputs.code, as_of, inputs.loads).to_json(),
        )
        write_build_record(home.warehouse, record)
    # Of a day's moments, those before and after the next one in raw data give different tables.
    moment = f"{_as_of(installation, inputs.context)} {record.next_moment}"
    return [
        *(Prepared("raw", name, count, inputs.versions[name]) for name, count in inputs.row_counts.items()),
        *(
            Prepared("control", name, None, version)
            for name, version in control_versions(inputs.context, moment).items()
        ),
    ]


def _loads_of_last_build(home: Home) -> BuiltLoads | None:
    """Returns from which loads the tables were built; None unless they are as a build left them that passed."""
    record = read_build_record(home.warehouse)
    return BuiltLoads.from_json(record.loads) if record is not None and record.passed_at is not None else None


def compact_raw(installation: Installation) -> None:
    """Compacts the raw store and removes loads that no longer count; needs the home's lock, no build may be reading."""
    store = RawStore(installation.home.path)
    keep = installation.settings().retention.replaced_loads
    for settings, stream in streams_of(installation):
        active = open_source(settings).active_loads(stream.name, store.loads(settings.name, stream.name))
        ids = {load.load_id for load in active}
        compact(store, settings.name, stream, ids, installation.wall_clock(), keep)


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


def is_up_to_date(installation: Installation, *, patience: float = 0.0) -> bool:
    """Whether the tables in the warehouse are those that a build would make now.

    While another process is building they are not; `patience` is for how long to wait for its end, in seconds.
    """
    return state_of_tables(installation, patience=patience).is_up_to_date


def state_of_tables(installation: Installation, *, patience: float = 0.0) -> Tables:
    """Returns the state of the tables in the warehouse; `patience` as in `is_up_to_date`."""
    record = current_record(installation.home, patience)
    if record is None or record.passed_at is None:
        return Tables(has_passed=False, is_current=False, is_up_to_date=False)
    try:
        is_current = record.inputs == collect_inputs(installation).digest
    except RawStoreError:
        # The build that is due then fails for the same reason, and says so.
        is_current = False
    # By now some of what was later than the build may have happened. A fixed moment is one of the inputs.
    is_over = installation.as_of is None and record.next_moment is not None and installation.now() >= record.next_moment
    return Tables(has_passed=True, is_current=is_current, is_up_to_date=is_current and not is_over)


def has_passed(home: Home) -> bool:
    """Whether the tables are as a complete build left them that passed all its tests."""
    record = current_record(home)
    return record is not None and record.passed_at is not None


def current_record(home: Home, patience: float = 0.0) -> BuildRecord | None:
    """Returns the build record; None if there is none, or while another process is building: see `is_up_to_date`."""
    if not home.warehouse.exists():
        return None
    try:
        with home.lock(timeout=patience):
            return read_build_record(home.warehouse)
    except HomeBusyError:
        return None


def collect_inputs(installation: Installation) -> Inputs:
    """Returns everything that the tables are computed from."""
    collected = list(_collect(installation))
    tables = _raw_tables(collected, installation.settings())
    active: dict[str, list[Load]] = {table.name: [] for table in tables.values()}
    for inputs in collected:
        active[tables[inputs.table].name].extend(inputs.active)
    context = _run_context(installation, collected)
    code = f"{project_digest(project_folder())} {duckdb.__version__}"
    return Inputs(
        tables=list(tables.values()),
        loads=[
            StreamLoads(each.settings.name, each.stream.name, each.stream.entities, each.active) for each in collected
        ],
        row_counts={name: sum(load.rows for load in loads) for name, loads in active.items()},
        versions={name: loads_version(loads) for name, loads in active.items()},
        context=context,
        code=code,
        digest=_digest(installation, collected, context, code),
    )


def staged_streams(settings: Settings) -> Iterator[tuple[str, Stream]]:
    """Yields every source type of the settings with each of the streams that its staging models read, filled or not."""
    for source_type in sorted({source.type for source in settings.sources}):
        for stream in source_class(source_type).all_streams():
            yield source_type, stream


def _collect(installation: Installation) -> Iterator[_StreamInputs]:
    store = RawStore(installation.home.path)
    limit = max(installation.wall_clock(), installation.now()) + _CLOCK_TOLERANCE
    silences = {each.name: silence_of(installation, open_source(each)) for each in installation.settings().sources}
    arrived = {name: None if silence is None else silence.since for name, silence in silences.items()}
    for settings, stream in streams_of(installation):
        loads = store.loads(settings.name, stream.name)
        source = open_source(settings)
        active = source.active_loads(stream.name, loads)
        rows, deletions = store.files(settings.name, stream.name, active)
        loaded_until = health.well_until(
            settings,
            store.loaded_until(
                settings.name, stream.name, accepts_checks=stream.is_reference, limit=limit, now=installation.now()
            ),
            loads=loads,
            in_force=source.quarantine_in_force(stream.name, active),
            arrived=arrived[settings.name],
        )
        archived_until = store.archived_until(settings.name, stream.name, installation.now())
        log_files = store.log_files(settings.name, stream.name)
        yield _StreamInputs(settings, stream, active, rows, deletions, loaded_until, archived_until, loads, log_files)


def _raw_tables(collected: Sequence[_StreamInputs], settings: Settings) -> dict[tuple[str, str], RawTable]:
    tables = {
        (source_type, stream.name): RawTable(source_type, stream.name, [*stream.columns, *ORIGIN_COLUMNS])
        for source_type, stream in staged_streams(settings)
    }
    for inputs in collected:
        tables[inputs.table].rows.extend(inputs.rows)
        tables[inputs.table].deletions.extend(inputs.deletions)
    return tables


def _run_context(installation: Installation, collected: Sequence[_StreamInputs]) -> RunContext:
    settings = installation.settings()
    return RunContext(
        as_of=installation.now(),
        timezone=settings.company.timezone,
        currency=settings.company.currency,
        sector=settings.company.sector,
        id_spaces=[IdSpace(source.name, settings.id_space(source)) for source in settings.sources],
        ignored_emails=settings.company.ignore_emails,
        coverage=[
            Coverage(inputs.settings.name, entity, inputs.loaded_until, inputs.archived_until)
            for inputs in collected
            for entity in inputs.stream.entities
        ],
        targets=[
            Target(name, grain, valid_from, target)
            for name, kpi in settings.kpis.items()
            for grain, valid_from, target in kpi.targets(settings.watched_grains(name))
        ],
        kpi_parameters=list(_kpi_parameters(settings, installation.kpis())),
        rfm_bands=list(rfm.bands(settings.segments.rfm.by_axis())) if settings.segments.rfm else [],
        team_calendars=list(_team_calendars(settings)),
        business_hours=list(_business_hours(settings, installation.now())),
        mapped_columns=[
            MappedColumn(inputs.settings.name, entity, column)
            for inputs in collected
            for entity, columns in open_source(inputs.settings)
            .provided_columns(inputs.stream.name, inputs.active)
            .items()
            for column in sorted(columns)
        ],
        declared_deliveries=[
            DeclaredDelivery(source.name, column, is_delivered)
            for source in settings.sources
            for column, is_delivered in sorted(source.delivers.items())
        ],
        loads=[load for inputs in collected for load in _load_counts(inputs)],
        load_logs=[LoadLog(inputs.entity, file) for inputs in collected for file in inputs.log_files],
    )


def _load_counts(inputs: _StreamInputs) -> Iterator[LoadCounts]:
    counted = {load.load_id for load in open_source(inputs.settings).counted_loads(inputs.stream.name, inputs.loads)}
    for load in inputs.loads:
        yield LoadCounts(
            source=load.source,
            stream=load.stream,
            entity=inputs.entity,
            loaded_at=load.loaded_at,
            loaded_until=load.loaded_until,
            rows=load.rows,
            duplicates=load.duplicates,
            quarantined=load.quarantined,
            deleted=load.deleted,
            filtered=load.filtered,
            newest_at=load.newest_at,
            delivery=load.delivery,
            is_counted=load.load_id in counted,
        )


def _kpi_parameters(settings: Settings, kpis: Mapping[str, Kpi]) -> Iterator[KpiParameter]:
    """Returns the values of all KPI parameters under the KPIs that declare them, a list value by value.

    A duration is its number of seconds.
    """
    for kpi in kpis.values():
        for parameter in kpi.parameters:
            if parameter.owner == kpi.name:
                value = settings.parameter(parameter)
                for item in value if isinstance(value, tuple) else (value,):
                    text = item.total_seconds() if isinstance(item, timedelta) else item
                    yield KpiParameter(kpi.name, parameter.name, str(text))


def _team_calendars(settings: Settings) -> Iterator[TeamCalendar]:
    for number, (name, calendar) in enumerate(settings.calendars.items()):
        yield from (TeamCalendar(team, name, number) for team in calendar.teams)
        if name == calendars.DEFAULT:
            yield TeamCalendar(None, name, number)


def _business_hours(settings: Settings, as_of: datetime) -> Iterator[OpenSpan]:
    """Yields the open spans of each calendar, in the years for which they are known."""
    for number, (name, calendar) in enumerate(settings.calendars.items()):
        for hours in calendars.cumulated(calendar, settings.company.timezone, calendars.years_around(as_of)):
            yield OpenSpan(name, number, hours.opens_at, hours.closes_at, hours.seconds_before)


def _digest(installation: Installation, collected: Sequence[_StreamInputs], context: RunContext, code: str) -> str:
    """Returns a digest of all that the tables depend on.

    While the clock runs, the day stands for the moment: periods end, mature and are loaded at midnight, company time.
    That holds until the next moment in raw data, which is in the build record.
    """
    content = {
        "settings": installation.settings().model_dump(mode="json", exclude=_SETTINGS_WITHOUT_TABLES),
        "as_of": _as_of(installation, context),
        "coverage": coverage_days(context.coverage, context.timezone),
        # Holidays and time zones come from libraries, whose next version may know better.
        "business_hours": version_of([astuple(row) for row in context.business_hours]),
        # A target without a grain has that of the rules and exports of its KPI, which are not settings of tables.
        "targets": version_of([astuple(row) for row in context.targets]),
        # The ids of loads and not their paths: a compaction moves rows and changes no table.
        "raw": [(each.settings.name, each.stream.name, [load.load_id for load in each.active]) for each in collected],
        "code": code,
        "python_models": python_models_digest(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _as_of(installation: Installation, context: RunContext) -> str | None:
    """Returns what stands for the moment that counts as now: a fixed one itself, else its company-local day."""
    return local_day(context.as_of, context.timezone) if installation.as_of is None else context.as_of.isoformat()
