"""Sensors: each step of a pass is started when the one before has ended, after the plan of `services.plan`.

The runs of `vigie run` belong to the same jobs, and start what follows by themselves: sensors skip them.
"""

import hashlib
from collections.abc import Iterator

import dagster as dg

from pipelines.orchestration import heartbeats, runs
from pipelines.orchestration.jobs import JOBS, Job, step_of
from pipelines.orchestration.keys import export_job_name
from pipelines.orchestration.origin import LOCATION, REPOSITORY, is_part_of_a_pass
from pipelines.orchestration.resources import Vigie
from pipelines.services import build, deliver, exports
from pipelines.services.ingest import list_changes
from pipelines.services.plan import Step, next_step, step_after_selection
from pipelines.settings import Settings

_RUNNING = dg.DefaultSensorStatus.RUNNING
_PROMPT_SECONDS = 10
# So few that a sensor's tick stays short.
_DELETED_AT_ONCE = 20

# What Dagster calls the job of runs that somebody starts for assets of his choice, with *Materialize* in the UI.
_SELECTION_JOB = dg.JobSelector(location_name=LOCATION, repository_name=REPOSITORY, job_name="__ASSET_JOB")
_CONTINUES = dg.SkipReason("A pass of `vigie run` starts what follows by itself.")


def sensors(settings: Settings, export_jobs: list[Job]) -> list[dg.SensorDefinition]:
    """Returns every sensor that these settings need."""
    found: list[dg.SensorDefinition] = [
        _follows("kpis_rebuilt", Step.TRANSFORM, "Evaluates the rules once the KPI tables have passed their tests."),
        _follows("alerts_judged", Step.WATCH, "Delivers the messages that an evaluation raised."),
        _follows("messages_delivered", Step.DELIVER, "Publishes the tables, alerts included."),
        _follows_selection("assets_materialized", dg.DagsterRunStatus.SUCCESS),
        _follows_selection("assets_failed", dg.DagsterRunStatus.FAILURE),
        outbox_retry,
        run_failed,
        run_succeeded,
    ]
    if settings.sources:
        found += [
            new_files,
            _follows("ingest_succeeded", Step.INGEST, "Rebuilds the KPI tables after each ingest."),
            _follows(
                "ingest_failed",
                Step.INGEST,
                "Rebuilds the KPI tables from the sources that did not fail.",
                status=dg.DagsterRunStatus.FAILURE,
            ),
        ]
    if settings.exports:
        found.append(exports_due(export_jobs))
    return found


def _follows(
    name: str, step: Step, description: str, *, status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS
) -> dg.SensorDefinition:
    """Returns a sensor that starts the step which follows `step`, once for each run of it."""
    following = next_step(step, succeeded=status is dg.DagsterRunStatus.SUCCESS)
    if following is None:
        raise ValueError(f"no step follows {step}")

    @dg.run_status_sensor(
        name=name,
        run_status=status,
        monitored_jobs=[JOBS[step]],
        request_job=JOBS[following],
        default_status=_RUNNING,
        minimum_interval_seconds=_PROMPT_SECONDS,
        description=description,
    )
    def follows(context: dg.RunStatusSensorContext, vigie: Vigie) -> dg.RunRequest | dg.SkipReason:
        if is_part_of_a_pass(context.dagster_run):
            return _CONTINUES
        installation = vigie.installation()
        if following is Step.TRANSFORM and build.is_up_to_date(installation):
            runs.record_up_to_date(installation)
            heartbeats.beat_for_last_ingest(context.instance, installation)
            return dg.SkipReason("Nothing is new: the KPI tables are up to date.")
        if following is Step.PUBLISH and not build.has_passed(installation.home):
            return dg.SkipReason("The tables are being built, or did not pass their tests: they are not published.")
        return dg.RunRequest(run_key=f"{name}-{context.dagster_run.run_id}")

    return follows


def _follows_selection(name: str, status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    """Returns a sensor that starts what follows a run of assets that somebody chose, once for each run."""
    succeeded = status is dg.DagsterRunStatus.SUCCESS

    @dg.run_status_sensor(
        name=name,
        run_status=status,
        monitored_jobs=[_SELECTION_JOB],
        request_jobs=[JOBS[step] for step in Step if step is not Step.INGEST],
        default_status=_RUNNING,
        minimum_interval_seconds=_PROMPT_SECONDS,
        description=(
            "Continues after assets that were materialized by hand, as after a job."
            if succeeded
            else "Rebuilds the KPI tables from the sources that did not fail when they were ingested by hand."
        ),
    )
    def follows(context: dg.RunStatusSensorContext, vigie: Vigie) -> dg.RunRequest | dg.SkipReason:
        run, installation = context.dagster_run, vigie.installation()
        steps = {step for step in map(step_of, run.asset_selection or ()) if step is not None}
        following = step_after_selection(steps, build.state_of_tables(installation), succeeded=succeeded)
        if following is None:
            return dg.SkipReason("Nothing follows these assets, or nothing is new.")
        return dg.RunRequest(run_key=f"{name}-{run.run_id}", job_name=JOBS[following].name)

    return follows


@dg.sensor(
    job=JOBS[Step.INGEST],
    minimum_interval_seconds=60,
    default_status=_RUNNING,
    description="Starts a pass when an extract appears or changes, ahead of the schedule.",
)
def new_files(context: dg.SensorEvaluationContext, vigie: Vigie) -> dg.RunRequest | dg.SkipReason:
    """Compares names, sizes and times of the extracts with those of the last look."""
    installation = vigie.installation()
    digest = hashlib.sha256()
    for line in list_changes(installation):
        digest.update(line.encode())
    cursor = digest.hexdigest()
    if cursor == context.cursor:
        return dg.SkipReason("No extract appeared or changed.")
    context.update_cursor(cursor)
    return dg.RunRequest(run_key=f"files-{cursor}-{installation.wall_clock():%Y%m%dT%H%M}")


@dg.sensor(
    job=JOBS[Step.DELIVER],
    minimum_interval_seconds=30,
    default_status=_RUNNING,
    description="Starts a delivery when a message waits for its retry.",
)
def outbox_retry(vigie: Vigie) -> dg.RunRequest | dg.SkipReason:
    """Looks for messages that are due."""
    if not deliver.has_due_messages(vigie.installation()):
        return dg.SkipReason("No message is due.")
    return dg.RunRequest()


def exports_due(export_jobs: list[Job]) -> dg.SensorDefinition:
    """Returns the sensor that starts an export when its tick has come, once a tick, missed ticks included.

    A failed export stays due: it is tried again once an hour.
    """

    @dg.sensor(
        name="exports_due",
        jobs=export_jobs,
        minimum_interval_seconds=30,
        default_status=_RUNNING,
        description="Writes each export once a tick of its schedule, in the company's time zone.",
    )
    def sensor(vigie: Vigie) -> Iterator[dg.RunRequest | dg.SkipReason]:
        installation = vigie.installation()
        if not build.has_passed(installation.home):
            yield dg.SkipReason(
                "There are no tables, or they are being built, or did not pass their tests: exports wait for a build."
            )
            return
        with installation.ledger() as ledger:
            for export, tick in exports.due_exports(installation, ledger):
                # Dagster starts no second run for a key that it knows, even if the first one failed.
                yield dg.RunRequest(
                    run_key=f"{export.name}-{tick.isoformat()}-{installation.wall_clock():%Y%m%dT%H}",
                    job_name=export_job_name(export.name),
                )

    return sensor


@dg.run_failure_sensor(
    default_status=_RUNNING,
    minimum_interval_seconds=_PROMPT_SECONDS,
    description="Informs the operators, once, that something in the pipeline fails; the heartbeat of an ended pass.",
)
def run_failed(context: dg.RunFailureSensorContext, vigie: Vigie) -> None:
    """Records the failure and adds the message to the outbox."""
    if is_part_of_a_pass(context.dagster_run):
        return
    installation = vigie.installation()
    runs.record_run(context.instance, context.dagster_run.run_id, installation)
    heartbeats.beat_if_a_pass_ended(context.instance, context.dagster_run, installation)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    default_status=_RUNNING,
    minimum_interval_seconds=_PROMPT_SECONDS,
    description="Informs the operators when what failed has recovered; the heartbeat of an ended pass.",
)
def run_succeeded(context: dg.RunStatusSensorContext, vigie: Vigie) -> None:
    """Records the recovery, and deletes runs that are older than the settings keep them."""
    if is_part_of_a_pass(context.dagster_run):
        return
    installation = vigie.installation()
    runs.record_run(context.instance, context.dagster_run.run_id, installation)
    heartbeats.beat_if_a_pass_ended(context.instance, context.dagster_run, installation)
    keep = installation.settings().retention.runs
    runs.delete_old_runs(context.instance, installation.wall_clock() - keep, limit=_DELETED_AT_ONCE)
