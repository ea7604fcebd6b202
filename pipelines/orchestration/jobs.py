"""The jobs: one for each step of a pass and for each export, and the schedule that starts them."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import dagster as dg
from dagster import AssetSelection

from pipelines.orchestration import keys
from pipelines.orchestration.keys import (
    ALERTS_KEY,
    EXPORTS,
    MESSAGES_KEY,
    PUBLISHED,
    RAW,
    WATCH,
    export_job_name,
    export_key,
)
from pipelines.services.plan import Step
from pipelines.settings import Settings

# The type of what `define_asset_job` returns has no public name.
Job: TypeAlias = Any

# A job is one process: what takes time is DuckDB, which uses every core by itself.
_ONE_PROCESS = dg.in_process_executor

_SELECTIONS: dict[Step, AssetSelection] = {
    Step.INGEST: AssetSelection.groups(RAW),
    # Whatever family a new model belongs to, it is built.
    Step.TRANSFORM: AssetSelection.all() - AssetSelection.groups(RAW, WATCH, PUBLISHED, EXPORTS),
    Step.WATCH: AssetSelection.assets(ALERTS_KEY),
    Step.DELIVER: AssetSelection.assets(MESSAGES_KEY),
    Step.PUBLISH: AssetSelection.groups(PUBLISHED),
}
_DESCRIPTIONS = {
    Step.INGEST: "Loads what is new at every source; a source that fails does not stop the others.",
    Step.TRANSFORM: "Creates the views over raw, then builds and tests every dbt model.",
    Step.WATCH: "Evaluates the rules on the KPI tables.",
    Step.DELIVER: "Delivers the messages that are due, retries included.",
    Step.PUBLISH: "Replaces the copies that BI tools read.",
}

JOBS = {
    step: dg.define_asset_job(step.value, selection, description=_DESCRIPTIONS[step], executor_def=_ONE_PROCESS)
    for step, selection in _SELECTIONS.items()
}


def step_of(key: dg.AssetKey) -> Step | None:
    """Returns the step whose job materializes an asset; None for an export, which is none."""
    match key.path:
        case [keys.RAW, *_]:
            return Step.INGEST
        case [keys.PUBLISHED, *_]:
            return Step.PUBLISH
        case [keys.EXPORT, *_]:
            return None
    return {ALERTS_KEY: Step.WATCH, MESSAGES_KEY: Step.DELIVER}.get(key, Step.TRANSFORM)


def pass_jobs(settings: Settings) -> list[Job]:
    """Returns the jobs of a pass that these settings need; exports aside."""
    return [job for step, job in JOBS.items() if step is not Step.INGEST or settings.sources]


def export_jobs(settings: Settings) -> Iterator[Job]:
    """Returns a job for each export."""
    for export in settings.exports:
        yield dg.define_asset_job(
            export_job_name(export.name),
            AssetSelection.assets(export_key(export.name)),
            description=f"Writes the export {export.name}, unless its latest tick is written already.",
            executor_def=_ONE_PROCESS,
        )


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Returns the schedule that looks for new data, in the company's time zone; sensors start the rest."""
    if not settings.sources:
        return []
    return [
        dg.ScheduleDefinition(
            name="ingest_schedule",
            job=JOBS[Step.INGEST],
            cron_schedule=settings.schedules.ingest,
            execution_timezone=settings.company.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Looks for new data.",
        )
    ]
