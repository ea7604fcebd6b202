"""Outages: the pipeline's own failures, reported to the operators once, and once more when they have recovered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pipelines.config import redact, secrets_of
from pipelines.ledger import Outage, OutboxItem
from pipelines.notify.compose import PipelineEvent, compose_pipeline, compose_resumed, held_key
from pipelines.notify.translations import Subject
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.settings import OPERATORS, Settings, fallback_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one part of the pipeline ended: `reason` is the error in words, None if it succeeded."""

    subject: Subject
    name: str
    reason: str | None


def _informed(outcome: Outcome, settings: Settings) -> list[str]:
    """Returns the channels that get the message about an outcome: that of the operators.

    Their own channel cannot say that it fails; its fallback does. That it works again, both do.
    """
    if OPERATORS not in settings.channels:
        return []
    if (outcome.subject, outcome.name) != ("channel", OPERATORS):
        return [OPERATORS]
    behind = fallback_of(OPERATORS, settings.channels)
    return [
        *([] if behind is None else [behind]),
        *([OPERATORS] if outcome.reason is None else []),
    ]


def record_outcomes(installation: Installation, outcomes: Sequence[Outcome]) -> None:
    """Records what failed and what recovered in the ledger, and adds the messages about it to the outbox."""
    settings = installation.settings()
    secrets = secrets_of(settings)
    now = installation.wall_clock()

    def messages_of(outcome: Outcome, change: Outage) -> list[OutboxItem]:
        resumed = [
            compose_resumed(outcome.name, change.incident, change.since, channel, company_facts(settings))
            for channel in settings.channels
            if outcome.reason is None and held_key(change.incident, channel) in held
        ]
        messages = [outbox_item(message, alert_id=None, at=now) for message in resumed]
        event = PipelineEvent(
            subject=outcome.subject,
            name=outcome.name,
            incident=change.incident,
            state="recovered" if outcome.reason is None else "failed",
            since=change.since,
            at=now,
            reason=None if outcome.reason is None else redact(outcome.reason, secrets),
        )
        informed = [
            compose_pipeline(event, channel, company_facts(settings)) for channel in _informed(outcome, settings)
        ]
        return [*(outbox_item(message, alert_id=None, at=now) for message in informed), *messages]

    with installation.ledger() as ledger:
        failing = [outage.incident for outage in ledger.outages("source").values()]
        # The channels that were informed of rules that wait for a source learn that it delivers again.
        held = ledger.known_messages([held_key(each, channel) for each in failing for channel in settings.channels])
        for outcome in outcomes:
            ledger.record_outcome(
                outcome.subject,
                outcome.name,
                failed=outcome.reason is not None,
                now=now,
                messages_of=partial(messages_of, outcome),
            )
