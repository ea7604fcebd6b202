"""Runs after their end: how each step ended, and runs whose process was killed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import psutil

from pipelines.notify.translations import Subject
from pipelines.orchestration.assets.raw import RECORDED
from pipelines.orchestration.keys import RAW
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.services.plan import Step

# Clocks get adjusted, and process start times are coarse.
_TOLERANCE_SECONDS = 5.0
_STARTED_WITHIN = timedelta(minutes=10)
_INTERRUPTED = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
# The steps of a build, and the build itself.
_BUILD_STEPS = ("warehouse", "dbt", Step.TRANSFORM.value)
_UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]


def record_run(instance: dg.DagsterInstance, run_id: str, installation: Installation) -> list[Outcome]:
    """Records how each step of a run ended as outages and recoveries; returns the outcomes."""
    outcomes = list(outcomes_of(instance, run_id))
    record_outcomes(installation, outcomes)
    return outcomes


def record_up_to_date(installation: Installation) -> None:
    """Records that the KPI tables need no build: whatever failed in one before has recovered."""
    record_outcomes(installation, [Outcome("run", name, None) for name in _BUILD_STEPS])


def outcomes_of(instance: dg.DagsterInstance, run_id: str) -> Iterator[Outcome]:
    """Returns how each step of a run ended, and the run itself; skipped steps have no outcome.

    An ingest has recorded its failed streams itself, so it has none here.
    """
    run = instance.get_run_by_id(run_id)
    if run is None or run.status is dg.DagsterRunStatus.CANCELED:
        return
    has_failed = run.status is dg.DagsterRunStatus.FAILURE
    if has_failed and _is_interrupted(instance, run_id):
        # Somebody ended the run on purpose: that is neither a failure nor a recovery.
        return
    has_failed_steps = False
    for entry in instance.all_logs(
        run_id, of_type={dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.STEP_SUCCESS}
    ):
        event = entry.dagster_event
        if event is None or event.step_key is None:
            continue
        subject, name = _subject(event.step_key)
        reason = None
        if event.is_step_failure:
            failure = event.step_failure_data
            has_failed_steps = True
            described = failure.user_failure_data.description if failure.user_failure_data else None
            if failure.user_failure_data and RECORDED in failure.user_failure_data.metadata:
                continue
            reason = described or _reason(failure.error) or "no reason was given"
        yield Outcome(subject, name, reason)
    if run.is_finished:
        # Without a failed step the run failed around them: its process was killed, or never started.
        died = has_failed and not has_failed_steps
        yield Outcome("run", run.job_name, _failure_message(instance, run_id) if died else None)
        if run.job_name == Step.TRANSFORM:
            yield from _data_tests(instance, run_id)


def _data_tests(instance: dg.DagsterInstance, run_id: str) -> Iterator[Outcome]:
    """Returns one outcome for all data tests of a build that did not stop it; none if no test was run."""
    checks = [
        entry.dagster_event.asset_check_evaluation_data
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        if entry.dagster_event is not None
    ]
    if checks:
        failed = [check for check in checks if not check.passed and check.severity is dg.AssetCheckSeverity.WARN]
        lines = [f"{check.check_name} on {check.asset_key.to_user_string()} failed" for check in failed]
        yield Outcome("run", "data tests", "\n".join(lines) or None)


def close_interrupted_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Ends a run of this process that an interruption left unfinished; one that has ended stays as it is."""
    run = instance.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        instance.report_run_canceled(run, "The pass was interrupted.")


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends the runs of this machine that no process executes any more; returns their ids.

    Dagster would show them as started for ever, and count them as running.
    """
    closed = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        process = _process_of(instance, run.run_id)
        if process is not None and not _is_running(*process):
            instance.report_run_failed(run, "The process of this run was killed.")
            closed.append(run.run_id)
    # A process that ended between creating a run and starting it leaves one that nobody will ever start.
    before = datetime.now(UTC) - _STARTED_WITHIN
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED], created_before=before)):
        instance.report_run_failed(run, "The process that created this run ended before it started.")
        closed.append(run.run_id)
    return closed


def delete_old_runs(instance: dg.DagsterInstance, before: datetime, *, limit: int = 200) -> int:
    """Deletes finished runs, and their events, that were created before a moment; returns how many.

    At most `limit` at once, the oldest first: a home that has grown for years shrinks over some passes.
    """
    finished = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    records = instance.get_run_records(
        dg.RunsFilter(statuses=finished, created_before=before), limit=limit, ascending=True
    )
    for record in records:
        instance.delete_run(record.dagster_run.run_id)
    return len(records)


def _is_interrupted(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether SIGINT or SIGTERM ended a run, in a step or between two of them."""
    failures = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    events = [entry.dagster_event for entry in instance.all_logs(run_id, of_type=failures)]
    return any(
        getattr(error, "cls_name", None) in _INTERRUPTED
        for event in events
        if event is not None
        for error in _chain(getattr(event.event_specific_data, "error", None))
    )


def _failure_message(instance: dg.DagsterInstance, run_id: str) -> str:
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    messages = [entry.dagster_event.message for entry in entries if entry.dagster_event is not None]
    return next((text for text in reversed(messages) if text), None) or "no reason was given"


def _subject(step: str) -> tuple[Subject, str]:
    kind, _, name = step.partition("__")
    if kind == RAW:
        return "source", name
    if kind == "export":
        return "export", name
    return "run", name or step


def _reason(error: object) -> str | None:
    """Returns the message of the error in a step, without what Dagster put around it unless there is nothing else.

    The message begins without the class of an error of Vigie's own: those are sentences for a person.
    """
    last = None
    for each in _chain(error):
        name, message = str(getattr(each, "cls_name", "")), str(getattr(each, "message", "")).strip()
        if message and not name.startswith("Dagster"):
            return re.sub(rf"^pipelines(\.\w+)*\.{re.escape(name)}: ", "", message)
        last = message or last
    return last


def _chain(error: object) -> Iterator[object]:
    """Yields an error of Dagster's event log, what caused it, what caused that, and so on."""
    while error is not None:
        yield error
        error = getattr(error, "cause", None)


def _process_of(instance: dg.DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """Returns the process that executes a run and when it said so (seconds since 1970); None if none ever did."""
    found = None
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        if entry.dagster_event is not None:
            process = entry.dagster_event.engine_event_data.metadata.get("pid")
            if process is not None and str(process.value).isdecimal():
                found = int(str(process.value)), entry.timestamp
    return found


def _is_running(process: int, since: float) -> bool:
    """Whether a process runs and is not a later one with the same number."""
    try:
        return psutil.Process(process).create_time() <= since + _TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
