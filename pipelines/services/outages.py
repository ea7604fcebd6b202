"""Outages: the pipeline's own failures, reported to the operators once, and once more when they have recovered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pipelines.config import redact, secrets_of
from pipelines.ledger import OutageChange, OutboxItem
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

    def message_of(outcome: Outcome, change: OutageChange) -> OutboxItem | None:
        if OPERATORS not in settings.channels:
            return None
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
        return outbox_item(message, alert_id=None, at=now)

    with installation.ledger() as ledger:
        for outcome in outcomes:
            ledger.record_outcome(
                outcome.subject,
                outcome.name,
                failed=outcome.reason is not None,
                now=now,
                message_of=partial(message_of, outcome),
            )
