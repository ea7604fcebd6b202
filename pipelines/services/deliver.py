"""Deliver: sends the messages that are due. A message is sent once its receiver has accepted it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.config import redact, secrets_of
from pipelines.ledger import Ledger, OutboxItem
from pipelines.notify.channels.base import Channel, ChannelContext
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
    """What became of the messages; `waiting` counts all that are still to be sent, now or later."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)


def deliver_messages(installation: Installation, ledger: Ledger) -> DeliveryReport:
    """Sends every message that is due, until none is left; a later run retries what failed.

    If it is interrupted, what it has not begun is due again at once.
    """
    report = DeliveryReport()
    settings = installation.settings()
    delivery = _Delivery(installation, ledger, settings, channels_of(settings, installation.home.path), report)
    while items := ledger.claim(claimed_at := installation.wall_clock(), LEASE, BATCH):
        begun = 0
        try:
            for item in items:
                begun += 1
                delivery.send(item)
        finally:
            if rest := [item.message_id for item in items[begun:]]:
                ledger.release(rest, claimed_at + LEASE)
    undelivered = Counter(each.state for each in ledger.undelivered(installation.wall_clock()))
    report.waiting = undelivered["pending"] + undelivered["sending"]
    if busy := undelivered["sending"]:
        minutes = int(LEASE.total_seconds() // 60)
        report.problems.append(
            f"another run is sending {busy} of the messages; if it was killed, a run in {minutes} minutes sends them"
        )
    return report


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What sending a message needs; each message adds to the report."""

    installation: Installation
    ledger: Ledger
    settings: Settings
    channels: Mapping[str, Channel]
    report: DeliveryReport

    def send(self, item: OutboxItem) -> None:
        """Sends one message and records what became of it.

        After an interruption, as after a defect of the channel, the receiver may have the message.
        """
        now = self.installation.wall_clock
        try:
            receipt = self._channel(item).send(
                Message.model_validate(item.record),
                ChannelContext(
                    self.installation.base, now(), may_have_arrived=item.doubtful, home=self.installation.home.path
                ),
            )
        except Undeliverable as reason:
            self._record_failure(item, reason)
        except BaseException as error:
            is_defect = isinstance(error, Exception)
            text = redact(repr(error), secrets_of(self.settings)) if is_defect else "the delivery was interrupted"
            self.ledger.mark_failed(item.message_id, now(), text, can_retry=True, may_have_arrived=True)
            raise
        else:
            self.ledger.mark_sent(item.message_id, now())
            self.report.sent += 1
            self.report.problems += [f"channel {item.channel}: {who} was refused" for who in receipt.refused]

    def _channel(self, item: OutboxItem) -> Channel:
        channel = self.channels.get(item.channel)
        if channel is None:
            raise Undeliverable(f"the settings have no channel called {item.channel} any more", can_retry=False)
        return channel

    def _record_failure(self, item: OutboxItem, reason: Undeliverable) -> None:
        text = redact(str(reason), secrets_of(self.settings))
        now = self.installation.wall_clock()
        state = self.ledger.mark_failed(
            item.message_id,
            now,
            text,
            can_retry=reason.can_retry,
            retry_after=reason.retry_after,
            may_have_arrived=reason.may_have_arrived,
            fallback=_fallback(item, text, self.settings, now),
        )
        if state == "sent":
            # Another run took the message over and delivered it.
            return
        self.report.problems.append(f"channel {item.channel}: {text}")
        if state != "pending":
            self.report.failed += 1


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
