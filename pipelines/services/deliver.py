"""Deliver: sends the messages that are due. A message is sent once its receiver has accepted it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.config import redact, secrets_of
from pipelines.ledger import Ledger, OutboxItem
from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.message import Message, message_id
from pipelines.notify.outcome import Undeliverable
from pipelines.services.installation import Installation
from pipelines.services.messages import outbox_item
from pipelines.settings import OPERATORS, Settings, channels_of

LEASE = timedelta(minutes=5)
# Few enough to be sent before the lease ends, even if every receiver is slow.
BATCH = 8


@dataclass(slots=True)
class DeliveryReport:
    """What became of the messages that were due."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)


def deliver_messages(installation: Installation, ledger: Ledger) -> DeliveryReport:
    """Sends every message that is due, until none is left; a later run retries what failed."""
    report = DeliveryReport()
    settings = installation.settings()
    channels = channels_of(settings, installation.home.path)
    secrets = secrets_of(settings)
    while items := ledger.claim(installation.wall_clock(), LEASE, BATCH):
        for item in items:
            channel = channels.get(item.channel)
            try:
                if channel is None:
                    raise Undeliverable(f"the settings have no channel called {item.channel} any more", can_retry=False)
                receipt = channel.send(
                    Message.model_validate(item.record),
                    ChannelContext(installation.base, installation.wall_clock(), may_have_arrived=item.doubtful),
                )
            except Undeliverable as reason:
                text = redact(str(reason), secrets)
                state = ledger.mark_failed(
                    item.message_id,
                    installation.wall_clock(),
                    text,
                    can_retry=reason.can_retry,
                    retry_after=reason.retry_after,
                    may_have_arrived=reason.may_have_arrived,
                    fallback=_fallback(item, text, settings, installation.wall_clock()),
                )
                if state == "sent":
                    # Another run took the message over and delivered it.
                    continue
                report.problems.append(f"channel {item.channel}: {text}")
                if state == "pending":
                    report.waiting += 1
                else:
                    report.failed += 1
            else:
                ledger.mark_sent(item.message_id, installation.wall_clock())
                report.sent += 1
                report.problems += [f"channel {item.channel}: {who} was refused" for who in receipt.refused]
    return report


def has_due_messages(installation: Installation) -> bool:
    """Whether a delivery would find a message to send."""
    with installation.ledger() as ledger:
        return ledger.has_due_message(installation.wall_clock())


def _fallback(item: OutboxItem, reason: str, settings: Settings, now: datetime) -> OutboxItem | None:
    """Returns the same message for the operators, for when its own channel will never accept it."""
    if item.channel == OPERATORS or OPERATORS not in settings.channels:
        return None
    message = Message.model_validate(item.record).with_paragraph(f"({item.channel}: {reason})")
    key = f"{item.dedup_key}:fallback"
    return outbox_item(
        message.model_copy(update={"message_id": message_id(key), "dedup_key": key, "channel": OPERATORS}),
        alert_id=item.alert_id,
        at=now,
    )
