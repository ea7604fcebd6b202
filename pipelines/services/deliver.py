"""Deliver: sends the messages that are due. A message is sent once its receiver has accepted it.

Every channel has a worker of its own, so that a slow receiver delays nobody else. A worker claims a few messages for
the time of a lease, which outlasts an attempt; what it cannot begin in that time it gives back.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from pipelines.config import redact, secrets_of
from pipelines.ledger import FALLBACK, Ledger, OutboxItem
from pipelines.notify.channels.base import Channel, ChannelContext, SentMessage
from pipelines.notify.message import Message, message_id
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.notify.translations import TRANSLATIONS
from pipelines.notify.translations.reasons import reason_for
from pipelines.services.channel_outages import Attempts, channel_problems, record_channels
from pipelines.services.installation import Installation
from pipelines.services.ledger_position import record_position
from pipelines.services.messages import outbox_item
from pipelines.services.removed import close_removed
from pipelines.settings import Settings, channels_of, fallback_of
from pipelines.watch.mute import quiet_until

LEASE = timedelta(minutes=5)
BATCH = 8
# What an attempt needs beside its receiver: the ledger may be locked by another process.
_MARGIN = timedelta(minutes=1)
_POLL_SECONDS = 0.2


@dataclass(slots=True)
class DeliveryReport:
    """What became of the messages; `waiting` counts all that are still to be sent, now or later.

    `failing` has the channels that cannot deliver, since this delivery or longer, each with its problem in words.
    """

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)
    failing: Mapping[str, str] = field(default_factory=dict)


def deliver_messages(installation: Installation, ledger: Ledger) -> DeliveryReport:
    """Sends every message that is due, until none is left; a later run retries what failed.

    If it is interrupted, what it has not begun is due again at once.
    """
    settings = installation.settings()
    channels = channels_of(settings, installation.home.path)
    delivery = _Delivery(installation, ledger, settings, channels)
    hanging: set[str] = set()
    close_removed(installation, ledger)
    _hold_in_quiet_times(installation, ledger, settings)
    _send_due(delivery, hanging)
    while record_channels(installation, ledger, delivery.attempts):
        # The operators are informed at once, through another channel.
        _send_due(delivery, hanging)
    record_position(installation.home, ledger)
    report = delivery.report
    report.failing = channel_problems(installation, ledger)
    report.problems += report.failing.values()
    undelivered = ledger.undelivered(installation.wall_clock())
    states = Counter(each.state for each in undelivered)
    report.waiting = states["pending"] + states["sending"]
    if busy := states["sending"]:
        lease = max(delivery.lease(each.item.channel) for each in undelivered if each.state == "sending")
        minutes = int(lease.total_seconds() // 60)
        report.problems.append(
            f"another run is sending {busy} of the messages; if it was killed, a run in {minutes} minutes sends them"
        )
    return report


def _hold_in_quiet_times(installation: Installation, ledger: Ledger, settings: Settings) -> None:
    """Makes the messages of rules wait that are in a quiet time now.

    When they were queued they may have waited for something else, or it was not quiet yet.
    """
    now = installation.wall_clock()
    for rule in settings.rules:
        until = quiet_until(rule.mute, settings.company.timezone, now) if rule.mute else None
        if until is not None:
            ledger.hold_messages(rule.name, until)


def _send_due(delivery: "_Delivery", hanging: set[str]) -> None:
    """Sends until nothing is due but the messages of channels that hang, which are added to `hanging`."""
    # A message that another channel rejects may add one to a channel whose worker has ended.
    while names := [name for name in delivery.due_channels() if name not in hanging]:
        workers = [_Worker(delivery, name) for name in names]
        hanging.update(_run(workers, delivery))


def has_due_messages(installation: Installation) -> bool:
    """Whether a delivery would find a message to send."""
    with installation.ledger() as ledger:
        return ledger.has_due_message(installation.wall_clock())


class _Delivery:
    """What sending a message needs, for all workers; each message adds to the report."""

    def __init__(
        self, installation: Installation, ledger: Ledger, settings: Settings, channels: Mapping[str, Channel]
    ) -> None:
        self.installation = installation
        self.ledger = ledger
        self.report = DeliveryReport()
        self.attempts = Attempts()
        self._settings = settings
        self._channels = channels
        self._secrets = secrets_of(settings)
        self._reporting = threading.Lock()

    def due_channels(self) -> list[str]:
        """Returns the channels that have a message to send."""
        return self.ledger.due_channels(self.installation.wall_clock())

    def longest_attempt(self, channel: str) -> timedelta:
        """Returns how long an attempt to send a message through a channel may take."""
        found = self._channels.get(channel)
        return timedelta(seconds=0 if found is None else found.longest_attempt) + _MARGIN

    def lease(self, channel: str) -> timedelta:
        """Returns for how long messages of a channel are claimed."""
        return max(LEASE, self.longest_attempt(channel) + _MARGIN)

    def send(self, item: OutboxItem) -> None:
        """Sends one message and records what became of it; after a defect of the channel it may have arrived."""
        try:
            message = Message.model_validate(item.record).model_copy(update={"picture": item.picture})
            receipt = self._channel(item).send(message, self._context(item))
        except Undeliverable as reason:
            self._record_failure(item, reason)
        except BaseException as error:
            self.mark_doubtful(item, redact(repr(error), self._secrets))
            raise
        else:
            self._record_receipt(item, receipt)

    def mark_doubtful(self, item: OutboxItem, text: str) -> None:
        """Records an attempt of which nobody knows how it ended."""
        now = self.installation.wall_clock()
        self.ledger.mark_failed(item.message_id, now, text, can_retry=True, may_have_arrived=True)

    def add_problem(self, problem: str) -> None:
        """Adds a line to the report."""
        with self._reporting:
            self.report.problems.append(problem)

    def _channel(self, item: OutboxItem) -> Channel:
        channel = self._channels.get(item.channel)
        if channel is None:
            raise Undeliverable(f"the settings have no channel called {item.channel} any more", can_retry=False)
        return channel

    def _context(self, item: OutboxItem) -> ChannelContext:
        earlier = [] if item.incident is None else self.ledger.receipts(item.incident, item.channel)
        return ChannelContext(
            self.installation.base,
            self.installation.wall_clock(),
            may_have_arrived=item.doubtful,
            created=item.created_at,
            progress=item.receipt or {},
            earlier=tuple(SentMessage(each.message_id, each.dedup_key, each.receipt) for each in earlier),
            keep=partial(self.ledger.keep_receipt, item.message_id),
            home=self.installation.home.path,
        )

    def _record_receipt(self, item: OutboxItem, receipt: Receipt) -> None:
        now = self.installation.wall_clock()
        refused = [redact(f"{who} was refused", self._secrets) for who in receipt.refused]
        fallback = self._fallback(item, "; ".join(refused), now) if refused else None
        self.ledger.mark_sent(item.message_id, now, receipt=receipt.ids, fallback=fallback)
        with self._reporting:
            self.report.sent += 1
            self.attempts.accepted.add(item.channel)
            self.report.problems += [f"channel {item.channel}: {each}" for each in refused]

    def _record_failure(self, item: OutboxItem, reason: Undeliverable) -> None:
        text = redact(str(reason), self._secrets)
        now = self.installation.wall_clock()
        state = self.ledger.mark_failed(
            item.message_id,
            now,
            text,
            can_retry=reason.can_retry,
            retry_after=reason.retry_after,
            may_have_arrived=reason.may_have_arrived,
            fallback=self._fallback(item, text, now),
        )
        if state == "sent":
            # Another run took the message over and delivered it.
            return
        with self._reporting:
            self.report.problems.append(f"channel {item.channel}: {text}")
            if state != "pending":
                self.report.failed += 1
                self.attempts.given_up[item.channel] = text

    def _fallback(self, item: OutboxItem, reason: str, now: datetime) -> OutboxItem | None:
        """Returns the same message for another channel, for when its own will never accept it."""
        name = fallback_of(item.channel, self._settings.channels)
        if name is None:
            return None
        message = Message.model_validate(item.record)
        language = message.content.language
        why = f"{item.channel}{TRANSLATIONS[language].colon}{reason_for(reason, language)}"
        message = message.with_paragraph(f"({why})")
        key = f"{item.dedup_key}{FALLBACK}"
        changes = {"message_id": message_id(key), "dedup_key": key, "channel": name, "picture": item.picture}
        copied = message.model_copy(update=changes)
        return outbox_item(copied, alert_id=item.alert_id, alert_ids=item.alert_ids, at=now)


class _Worker(threading.Thread):
    """Sends the due messages of one channel. Its thread ends with the process, even if a receiver holds it."""

    def __init__(self, delivery: _Delivery, channel: str) -> None:
        super().__init__(name=f"vigie-{channel}", daemon=True)
        self.channel = channel
        self.error: BaseException | None = None
        # An interrupted `join` of Python 3.11 takes a running thread for one that has ended.
        self.ended = threading.Event()
        self._delivery = delivery
        self._lease = delivery.lease(channel)
        self._longest = delivery.longest_attempt(channel).total_seconds()
        self._changing = threading.Lock()
        self._is_abandoned = False
        self._rest: deque[OutboxItem] = deque()
        self._lease_until = datetime.max.replace(tzinfo=UTC)
        self._sending: OutboxItem | None = None
        self._began = 0.0

    def run(self) -> None:
        """Sends until nothing is due; an error is kept for the thread that waits."""
        try:
            while self._claim():
                claimed = time.monotonic()
                while (item := self._next(claimed)) is not None:
                    self._delivery.send(item)
                self._release()
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits
            self.error = error
            self._release()
        finally:
            self.ended.set()

    @property
    def hangs(self) -> bool:
        """Whether an attempt has outlasted every deadline of its channel."""
        return self._sending is not None and time.monotonic() - self._began > self._longest

    def abandon(self, reason: str) -> None:
        """Gives back what has not begun; the message that is being sent may have arrived."""
        with self._changing:
            self._is_abandoned = True
            sending = self._sending
        self._release()
        if sending is not None:
            self._delivery.mark_doubtful(sending, reason)

    def _claim(self) -> bool:
        now = self._delivery.installation.wall_clock()
        items = self._delivery.ledger.claim(now, self._lease, BATCH, channel=self.channel)
        with self._changing:
            self._rest, self._lease_until, self._sending = deque(items), now + self._lease, None
            is_abandoned = self._is_abandoned
        if is_abandoned:
            self._release()
        return bool(items) and not is_abandoned

    def _next(self, claimed: float) -> OutboxItem | None:
        """Returns the next message of the claim; None if there is none, or if its attempt might outlast the lease."""
        with self._changing:
            self._sending = None
            lasts = time.monotonic() - claimed + self._longest <= self._lease.total_seconds()
            if self._rest and lasts and not self._is_abandoned:
                self._sending, self._began = self._rest.popleft(), time.monotonic()
            return self._sending

    def _release(self) -> None:
        with self._changing:
            rest, self._rest = [item.message_id for item in self._rest], deque()
        if rest:
            self._delivery.ledger.release(rest, self._lease_until)


def _run(workers: Sequence[_Worker], delivery: _Delivery) -> set[str]:
    """Runs the workers until all have ended; returns the channels whose receivers hold theirs.

    Raises:
        BaseException: the first error of a worker, once the others have ended, or an interruption of this thread.
    """
    hanging = set()
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            while worker.channel not in hanging and not worker.ended.wait(_POLL_SECONDS):
                if worker.hangs:
                    hanging.add(worker.channel)
                    worker.abandon("the channel did not end its attempt in time")
                    delivery.add_problem(f"channel {worker.channel}: an attempt did not end in time")
    except BaseException:
        for worker in workers:
            worker.abandon("the delivery was interrupted")
        raise
    for worker in workers:
        if worker.error is not None:
            raise worker.error
    return hanging
