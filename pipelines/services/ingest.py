"""Ingest: loads what is new at the sources into the raw store."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.config import redact, secrets_of
from pipelines.kpis.formatting import format_moment
from pipelines.raw import Load, RawStore, RawStoreError, Stream
from pipelines.services.clock import check_clock
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.services.status_warnings import names_own_statuses, unanswered
from pipelines.services.versions import loads_version
from pipelines.sources import ExtractContext, Source, SourceSettings, StreamReport, health, open_source, rhythm


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What an ingest did to one stream.

    `rows` are those in use now, `rejected_rows` those that are missing because they were rejected, whenever that was.
    `version` identifies the rows in use: it changes when a load is committed or replaced, and with nothing else.
    `reason` says why the stream failed, None if it did not; `source_reason` the same of its source as a whole.
    `warnings` say what is probably wrong with the rows in use.
    """

    report: StreamReport
    rows: int
    rejected_rows: int
    version: str
    reason: str | None
    source_reason: str | None = None
    warnings: Sequence[str] = ()

    @property
    def is_well(self) -> bool:
        """Whether neither the stream nor its source failed."""
        return self.reason is None and self.source_reason is None


def ingest_source(installation: Installation, settings: SourceSettings, streams: Collection[str]) -> list[StreamResult]:
    """Loads what is new or changed in streams of a source; a stream that fails does not stop the others.

    What failed and what recovered is recorded, a stream each, so that the operators are informed.

    Raises:
        ClockError: the machine's clock has just jumped ahead.
    """
    check_clock(installation)
    source = open_source(settings)
    context = extract_context(installation)
    secrets = secrets_of(installation.settings())
    has_own_statuses = names_own_statuses(installation.settings(), installation.kpis())
    results = []
    for report in source.extract(streams, context):
        active, quarantined = _loads_in_force(source, report, context)
        report.failures.extend(health.quarantine_problems(settings, quarantined))
        results.append(
            StreamResult(
                report=report,
                rows=sum(load.rows for load in active),
                rejected_rows=sum(load.quarantined for load in quarantined),
                version=loads_version(active),
                reason=redact("\n".join(report.failures), secrets) if report.failures else None,
                warnings=health.warnings_in_force(
                    replace(load, warnings=unanswered(load.warnings, load.stream, has_own_statuses=has_own_statuses))
                    for load in quarantined
                ),
            )
        )
    source_reason = _quiet_problem(installation, source)
    record_outcomes(
        installation,
        [
            Outcome("source", settings.name, source_reason),
            *(Outcome("source", f"{settings.name} {result.report.stream}", result.reason) for result in results),
        ],
    )
    return [replace(result, source_reason=source_reason) for result in results]


@dataclass(frozen=True, slots=True)
class Silence:
    """That a source has been quiet for too long: when anything appeared last (aware), and the problem in words."""

    since: datetime
    problem: str


def silence_of(installation: Installation, source: Source[Any]) -> Silence | None:
    """Returns since when a source has been quiet for too long, by its settings or by its own rhythm; None if it is not.

    Raises:
        RawStoreError: the log of a load cannot be read.
    """
    settings, now = source.settings, installation.now()
    if settings.expect_every == "never":
        return None
    store = RawStore(installation.home.path)
    streams = [stream.name for stream in source.streams()]
    loads = [load for stream in streams for load in store.loads(settings.name, stream)]
    delivered = [moment for stream in streams if (moment := store.delivered_at(settings.name, stream)) is not None]
    timezone = installation.settings().company.timezone
    expected = settings.expected_every
    if expected is not None:
        last = health.quiet_since(settings, loads, now, delivered)
        return None if last is None else Silence(last, health.quiet_problem(expected, _shown(last, timezone)))
    moments = sorted([*rhythm.deliveries(loads), *delivered])
    zone = ZoneInfo(timezone)
    found = rhythm.unusual_silence([each.astimezone(zone).date() for each in moments], now.astimezone(zone).date())
    return None if found is None else Silence(moments[-1], rhythm.silence_problem(found, _shown(moments[-1], timezone)))


def _shown(moment: datetime, timezone: str) -> str:
    return format_moment(moment, timezone, "en")


def _quiet_problem(installation: Installation, source: Source[Any]) -> str | None:
    """Why a source counts as quiet; a damaged log is the failure of its stream."""
    try:
        found = silence_of(installation, source)
    except RawStoreError:
        return None
    return None if found is None else found.problem


def _loads_in_force(
    source: Source[Any], report: StreamReport, context: ExtractContext
) -> tuple[Sequence[Load], Sequence[Load]]:
    """Returns the loads of a stream that count, and those whose quarantined rows count; a damaged log is a failure."""
    try:
        active = source.active_loads(report.stream, context.store.loads(source.settings.name, report.stream))
    except RawStoreError as error:
        if str(error) not in report.failures:
            report.failures.append(str(error))
        return [], []
    return active, source.quarantine_in_force(report.stream, active)


def extract_context(installation: Installation) -> ExtractContext:
    """Returns what an extract of this installation works with."""
    wall_clock = installation.wall_clock()
    return ExtractContext(
        store=RawStore(installation.home.path),
        base=installation.base,
        timezone=installation.settings().company.timezone,
        wall_clock=wall_clock,
        loaded_until=max(wall_clock, installation.now()),
    )


def streams_of(installation: Installation) -> Iterator[tuple[SourceSettings, Stream]]:
    """Yields every stream that the settings make a source deliver."""
    for settings in installation.settings().sources:
        for stream in open_source(settings).streams():
            yield settings, stream


def list_changes(installation: Installation) -> Iterator[str]:
    """Yields lines that change when a source has something new; cheap enough to ask every minute."""
    for settings in installation.settings().sources:
        yield from open_source(settings).list_changes(installation.base, installation.wall_clock())
