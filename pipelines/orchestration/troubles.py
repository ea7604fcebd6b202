"""The pipeline's own failures: told to the operators once, and once more when they are over."""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from pipelines.config import redact, secrets_of
from pipelines.notify.compose import PipelineEvent, Subject, compose_pipeline
from pipelines.orchestration.ingest import GROUP as RAW
from pipelines.orchestration.resources import Vigie
from pipelines.orchestration.watching import company_facts, outbox_item
from pipelines.settings import OPERATORS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step: `reason` is the error in words, None if it worked."""

    subject: Subject
    name: str
    reason: str | None


def note_run(instance: dg.DagsterInstance, run_id: str, vigie: Vigie) -> list[Outcome]:
    """Notes how each step of a run ended; returns the outcomes."""
    outcomes = list(outcomes_of(instance, run_id))
    note(outcomes, vigie)
    return outcomes


def outcomes_of(instance: dg.DagsterInstance, run_id: str) -> Iterator[Outcome]:
    """How each step of a run ended, and whether the run itself did; a step that was skipped did not end."""
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
            if is_interrupted(event):
                # Somebody ended the run on purpose: nothing is broken, and nothing mended either.
                continue
            described = failure.user_failure_data.description if failure.user_failure_data else None
            reason = described or _innermost(failure.error) or "no reason was given"
        yield Outcome(subject, name, reason)
    run = instance.get_run_by_id(run_id)
    if run is not None and run.is_finished:
        # Without a failed step the run failed around them: its process was killed, or never started.
        died = run.status is dg.DagsterRunStatus.FAILURE and not has_failed_steps
        yield Outcome("run", run.job_name, _last_words(instance, run_id) if died else None)


def is_interrupted(event: dg.DagsterEvent) -> bool:
    """Whether a step ended because the process was told to."""
    error = event.step_failure_data.error if event.is_step_failure else None
    while error is not None:
        if error.cls_name == DagsterExecutionInterruptedError.__name__:
            return True
        error = error.cause
    return False


def _last_words(instance: dg.DagsterInstance, run_id: str) -> str:
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    told = [entry.dagster_event.message for entry in entries if entry.dagster_event is not None]
    return next((text for text in reversed(told) if text), None) or "no reason was given"


def _subject(step: str) -> tuple[Subject, str]:
    kind, _, name = step.partition("__")
    if kind == RAW:
        return "source", name.replace("__", " ")
    if kind == "export":
        return "export", name
    return "run", name or step


def _innermost(error: object) -> str | None:
    """The message of the error at the bottom of a chain."""
    message = None
    while error is not None:
        message = getattr(error, "message", message)
        error = getattr(error, "cause", None)
    return message.strip() if message else None


def note(outcomes: list[Outcome], vigie: Vigie) -> None:
    """Remembers what fails and what works again, and puts the messages about it into the outbox."""
    settings = vigie.settings()
    secrets = secrets_of(settings)
    now = vigie.wall_clock()
    with vigie.ledger() as ledger:
        for outcome in outcomes:
            change = ledger.note_trouble(outcome.subject, outcome.name, failed=outcome.reason is not None, now=now)
            if change is None or OPERATORS not in settings.channels:
                continue
            event = PipelineEvent(
                subject=outcome.subject,
                name=outcome.name,
                incident=change.incident,
                state="recovered" if outcome.reason is None else "failed",
                since=change.since,
                at=now,
                reason=None if outcome.reason is None else redact(outcome.reason, secrets),
            )
            message = compose_pipeline(event, OPERATORS, company_facts(settings))
            ledger.enqueue([outbox_item(message, alert_id=None, at=now)])
