"""Outages: the pipeline's own failures, reported to the operators once, and once more when they have recovered."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.config import redact, secrets_of
from pipelines.notify.compose import PipelineEvent, Subject, compose_pipeline
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.settings import OPERATORS


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one part of the pipeline ended: `reason` is the error in words, None if it succeeded."""

    subject: Subject
    name: str
    reason: str | None


def record_outcomes(installation: Installation, outcomes: Sequence[Outcome]) -> None:
    """Records what failed and what recovered in the ledger, and adds the messages about it to the outbox."""
    settings = installation.settings()
    secrets = secrets_of(settings)
    now = installation.wall_clock()
    with installation.ledger() as ledger:
        for outcome in outcomes:
            change = ledger.record_outcome(outcome.subject, outcome.name, failed=outcome.reason is not None, now=now)
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
