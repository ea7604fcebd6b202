"""Ingest: loads what is new at the sources into the raw store."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.raw import store as raw
from pipelines.services.installation import Installation
from pipelines.settings import Source
from pipelines.sources import files
from pipelines.sources.files import IngestReport


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What an ingest did to one stream: its report, the rows now in use, and the rejected rows of the files in use."""

    report: IngestReport
    rows: int
    rejected_rows: int


def ingest_stream(installation: Installation, source: Source, entity: str) -> StreamResult:
    """Loads what is new or changed in one stream of a source; failures are in the report and stop nothing else."""
    now = installation.wall_clock()
    report = files.ingest(
        source,
        entity,
        home=installation.home.path,
        base=installation.base,
        company_timezone=installation.settings().company.timezone,
        now=now,
        covers_until=max(now, installation.now()),
    )
    fingerprints = source.fingerprints(entity)
    active = raw.active_loads(raw.loads(installation.home.path, source.name, entity), fingerprints)
    return StreamResult(report, sum(load.rows for load in active), raw.rows_left_out(active, fingerprints))


def list_changes(installation: Installation) -> Iterator[str]:
    """Returns lines that change when a source has something new; cheap enough to ask every minute."""
    for source in installation.settings().sources:
        yield from files.listing(source, base=installation.base)
