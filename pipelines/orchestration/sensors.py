"""What happens by itself between the runs of the schedule: each step follows from the one before."""

import hashlib
from collections.abc import Iterator

import dagster as dg

from pipelines.orchestration import exporting, jobs, transform, troubles
from pipelines.orchestration.resources import Vigie
from pipelines.settings import Settings
from pipelines.sources import files

_RUNNING = dg.DefaultSensorStatus.RUNNING
_PROMPT_SECONDS = 10


def sensors(settings: Settings, export_jobs: list[jobs.Job]) -> list[dg.SensorDefinition]:
    """Every sensor that these settings call for."""
    found: list[dg.SensorDefinition] = [
        _follows(
            "kpis_rebuilt", jobs.TRANSFORM, "Has the rules judged once fct_kpi is rebuilt and has passed its tests."
        ),
        _follows("alerts_judged", jobs.WATCH, "Delivers what a pass of the watch raised."),
        _follows("messages_delivered", jobs.DELIVER, "Publishes the tables, alerts included."),
        outbox_retry,
        run_failed,
        run_succeeded,
    ]
    if settings.sources:
        found += [
            new_files,
            _follows("ingest_succeeded", jobs.INGEST, "Rebuilds the KPI tables after each ingest."),
            _follows(
                "ingest_failed",
                jobs.INGEST,
                "Rebuilds the KPI tables from the sources that did not fail.",
                status=dg.DagsterRunStatus.FAILURE,
            ),
        ]
    if settings.exports:
        found.append(exports_due(export_jobs))
    return found


def _follows(
    name: str,
    before: jobs.Job,
    description: str,
    *,
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS,
) -> dg.SensorDefinition:
    """A sensor that starts the job which comes after `before`, once a run of it."""
    following = jobs.AFTER[before.name]

    @dg.run_status_sensor(
        name=name,
        run_status=status,
        monitored_jobs=[before],
        request_job=following,
        default_status=_RUNNING,
        minimum_interval_seconds=_PROMPT_SECONDS,
        description=description,
    )
    def follows(context: dg.RunStatusSensorContext, vigie: Vigie) -> dg.RunRequest | dg.SkipReason:
        if following is jobs.TRANSFORM and transform.is_up_to_date(vigie.settings(), vigie):
            return dg.SkipReason("Nothing is new: the KPI tables are up to date.")
        return dg.RunRequest(run_key=f"{name}-{context.dagster_run.run_id}")

    return follows


@dg.sensor(
    job=jobs.INGEST,
    minimum_interval_seconds=60,
    default_status=_RUNNING,
    description="Starts a pass when an extract appears or changes, ahead of the schedule.",
)
def new_files(context: dg.SensorEvaluationContext, vigie: Vigie) -> dg.RunRequest | dg.SkipReason:
    """Compares names, sizes and times of the extracts with what was seen last."""
    seen = hashlib.sha256()
    for source in vigie.settings().sources:
        for line in files.listing(source, base=vigie.base):
            seen.update(line.encode())
    cursor = seen.hexdigest()
    if cursor == context.cursor:
        return dg.SkipReason("No extract appeared or changed.")
    context.update_cursor(cursor)
    return dg.RunRequest(run_key=f"files-{cursor}-{vigie.wall_clock():%Y%m%dT%H%M}")


@dg.sensor(
    job=jobs.DELIVER,
    minimum_interval_seconds=30,
    default_status=_RUNNING,
    description="Starts a delivery when a message waits for its retry.",
)
def outbox_retry(vigie: Vigie) -> dg.RunRequest | dg.SkipReason:
    """Looks for messages that are due."""
    with vigie.ledger() as ledger:
        due = ledger.count_due(vigie.wall_clock())
    if due == 0:
        return dg.SkipReason("No message is due.")
    return dg.RunRequest()


def exports_due(export_jobs: list[jobs.Job]) -> dg.SensorDefinition:
    """The sensor that starts the export jobs when their ticks have come, once a tick, missed ones included.

    One that fails is due still: it is tried again once an hour.
    """

    @dg.sensor(
        name="exports_due",
        jobs=export_jobs,
        minimum_interval_seconds=30,
        default_status=_RUNNING,
        description="Writes each export once a tick of its schedule, in the company's time zone.",
    )
    def sensor(vigie: Vigie) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if not transform.has_passed(vigie.home):
            yield dg.SkipReason(
                "There are no tables, or they are being built, or did not pass their tests: exports wait for a build."
            )
            return
        with vigie.ledger() as ledger:
            for export, tick in exporting.due_exports(vigie.settings(), vigie, ledger):
                # Dagster starts no second run for a key that it knows, even if the first one failed.
                yield dg.RunRequest(
                    run_key=f"{export.name}-{tick.isoformat()}-{vigie.wall_clock():%Y%m%dT%H}",
                    job_name=exporting.export_job_name(export.name),
                )

    return sensor


@dg.run_failure_sensor(
    default_status=_RUNNING,
    minimum_interval_seconds=_PROMPT_SECONDS,
    description="Tells the operators, once, that something in the pipeline fails.",
)
def run_failed(context: dg.RunFailureSensorContext, vigie: Vigie) -> None:
    """Notes what failed and puts the message into the outbox."""
    troubles.note_run(context.instance, context.dagster_run.run_id, vigie)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    default_status=_RUNNING,
    minimum_interval_seconds=_PROMPT_SECONDS,
    description="Tells the operators when what failed works again.",
)
def run_succeeded(context: dg.RunStatusSensorContext, vigie: Vigie) -> None:
    """Notes what works again."""
    troubles.note_run(context.instance, context.dagster_run.run_id, vigie)
