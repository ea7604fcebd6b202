"""The jobs of a pass, in the order in which they follow one another, and the schedule that starts them."""

from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from pipelines.orchestration import exporting, ingest, watching
from pipelines.settings import Settings

Job = UnresolvedAssetJobDefinition

# A job is one process: what takes time is DuckDB, which uses every core by itself.
_ONE_PROCESS = dg.in_process_executor

INGEST = dg.define_asset_job(
    "ingest",
    dg.AssetSelection.groups(ingest.GROUP),
    description="Takes in what is new at every source; a source that fails leaves the others alone.",
    executor_def=_ONE_PROCESS,
)
TRANSFORM = dg.define_asset_job(
    "transform",
    # Whatever family a new model is of, it is built.
    dg.AssetSelection.all()
    - dg.AssetSelection.groups(ingest.GROUP, watching.GROUP, exporting.GROUP, exporting.EXPORTS),
    description="Lays the views over raw, then builds and tests every dbt model.",
    executor_def=_ONE_PROCESS,
)
WATCH = dg.define_asset_job(
    "watch",
    dg.AssetSelection.assets(watching.ALERTS),
    description="Judges the rules on the KPI tables as they are.",
    executor_def=_ONE_PROCESS,
)
DELIVER = dg.define_asset_job(
    "deliver",
    dg.AssetSelection.assets(watching.MESSAGES),
    description="Delivers the messages that are due, retries included.",
    executor_def=_ONE_PROCESS,
)
PUBLISH = dg.define_asset_job(
    "publish",
    dg.AssetSelection.assets(exporting.PUBLISHED),
    description="Replaces the copy that BI tools read.",
    executor_def=_ONE_PROCESS,
)

# What follows what under the daemon; `vigie run` goes through them in the same order.
AFTER = {INGEST.name: TRANSFORM, TRANSFORM.name: WATCH, WATCH.name: DELIVER, DELIVER.name: PUBLISH}


def export_jobs(settings: Settings) -> Iterator[Job]:
    """A job for each export."""
    for export in settings.exports:
        yield dg.define_asset_job(
            exporting.export_job_name(export.name),
            dg.AssetSelection.assets(exporting.export_key(export.name)),
            description=f"Writes the export {export.name}, unless its latest tick is written already.",
            executor_def=_ONE_PROCESS,
        )


def jobs(settings: Settings) -> list[Job]:
    """The jobs of a pass that these settings call for, in their order; exports aside."""
    return [*([INGEST] if settings.sources else []), TRANSFORM, WATCH, DELIVER, PUBLISH]


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """When extracts are looked for, in the company's time zone; the rest follows by sensors."""
    if not settings.sources:
        return []
    return [
        dg.ScheduleDefinition(
            name="ingest_schedule",
            job=INGEST,
            cron_schedule=settings.schedules.ingest,
            execution_timezone=settings.company.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Looks for new extracts.",
        )
    ]
