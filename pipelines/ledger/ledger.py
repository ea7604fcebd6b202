"""The ledger as the use cases see it: each method is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from pipelines.ledger import acknowledgements, alerts, exports, outages, outbox, position, silences, states, waiting
from pipelines.ledger.acknowledgements import Acknowledgement
from pipelines.ledger.database import Database
from pipelines.ledger.opening import open_tables
from pipelines.ledger.outages import Outage
from pipelines.ledger.outbox import AlertMessage, OutboxItem, StoredReceipt, Undelivered
from pipelines.ledger.position import Position
from pipelines.ledger.retry import OutboxState
from pipelines.ledger.silences import Silence
from pipelines.watch.reading import Series
from pipelines.watch.state import SeriesChange, State, alert_records


class Ledger:
    """The ledger in an SQLite file, given by its path, or in a database, given by its SQLAlchemy URL.

    Opening creates the file, its folder and the tables if they are missing, and upgrades the tables of an earlier
    version of Vigie. One process writes at a time; `patience` is how long another one waits for it. Use the ledger as a
    context manager: it closes its connections at the end.

    `read_only` opens what is there without a change, so that the ledger may be in a folder that cannot be written.

    Raises:
        LedgerFormatError: a read-only ledger has no tables, or those of another version of Vigie.
        LedgerError: the ledger cannot be used. Every method may raise it.
    """

    def __init__(
        self, url_or_path: str | Path, *, patience: timedelta = timedelta(seconds=30), read_only: bool = False
    ) -> None:
        self._database = Database(url_or_path, patience=patience, read_only=read_only)
        self._doubts = False
        try:
            open_tables(self._database)
        except BaseException:
            self._database.close()
            raise

    @property
    def location(self) -> str:
        """Where the ledger is, for people to read: without a password."""
        return self._database.location

    def close(self) -> None:
        """Closes the connections that are open."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Evaluation

    def states(self, rule_name: str) -> dict[Series, State]:
        """Returns the states of the series of a rule."""
        with self._database.reading() as connection:
            return states.read_states(connection, rule_name)

    def record_pass(self, changes: Sequence[SeriesChange], messages: Sequence[OutboxItem], now: datetime) -> int:
        """Saves the states, alerts and messages of an evaluation, all of them or nothing.

        A message whose dedup key is known is not added again. Nothing is written if nothing has changed.

        Returns:
            How many of `messages` are new.

        Raises:
            LedgerConflict: the stored state of a series is not the one before its change. Two processes that evaluate
                at once cannot both report an event as new: read the states and evaluate again.
        """
        changed = [change for change in changes if change.has_changed]
        if not changed and not messages:
            return 0
        with self._database.writing() as connection:
            if changed:
                states.save_states(connection, changed, now)
                alerts.save_alerts(
                    connection,
                    (
                        record
                        for change in changed
                        for record in alert_records(change.series, change.after, change.events)
                    ),
                )
            return outbox.add_messages(connection, self._doubted(messages))

    def close_unwatched(self, is_watched: Callable[[Series], bool], now: datetime) -> int:
        """Resolves the alerts of series that no rule watches any more, without messages; returns how many were open.

        Their states are deleted: a rule that comes back evaluates their history like a new one.
        """
        with self._database.reading() as connection:
            if not states.series_without_rule(connection, is_watched):
                return 0
        with self._database.writing() as connection:
            removed = set(states.series_without_rule(connection, is_watched))
            if not removed:
                return 0
            states.delete_states(connection, removed)
            return alerts.close_alerts(connection, removed, now)

    # Alerts

    def alerts(self) -> list[dict[str, Any]]:
        """Returns every alert, the oldest first, with the columns of `fct_alert`.

        `period_start`, `value` and `threshold` are those of the latest breached period. Moments are in UTC.
        """
        with self._database.reading() as connection:
            return alerts.read_alerts(connection)

    def open_alerts(self) -> list[dict[str, Any]]:
        """Returns the alerts that are firing or recovering, the oldest first.

        They have the columns of `fct_alert`, and `opened_period`, `breached_periods`, `acknowledged_by` and `comment`.
        """
        with self._database.reading() as connection:
            return alerts.with_acknowledgements(connection, alerts.read_open_alerts(connection))

    def every_alert(self) -> list[dict[str, Any]]:
        """Returns open and resolved alerts, the oldest first, with the columns of `open_alerts`."""
        with self._database.reading() as connection:
            return alerts.with_acknowledgements(connection, alerts.read_every_alert(connection))

    def acknowledge(
        self, alert_id: str, now: datetime, *, person: str | None = None, comment: str | None = None
    ) -> bool:
        """Records that a person acknowledged an open alert; False if no such alert is open.

        The moment of the first acknowledgement counts; a later one with a comment is added to the alert's log.
        """
        with self._database.writing() as connection:
            return acknowledgements.acknowledge_alert(connection, alert_id, now, person, comment)

    def withdraw_acknowledgement(self, alert_id: str, now: datetime, *, person: str | None = None) -> bool:
        """Records that nobody works on an open alert any more; False if no such alert is acknowledged."""
        with self._database.writing() as connection:
            return acknowledgements.withdraw_acknowledgement(connection, alert_id, now, person)

    def acknowledgements(self, alert_id: str) -> list[Acknowledgement]:
        """Returns the log of the acknowledgements of an alert, the oldest first."""
        with self._database.reading() as connection:
            return acknowledgements.read_acknowledgements(connection, alert_id)

    def messages_about(self, alert_id: str) -> list[AlertMessage]:
        """Returns the messages about an alert, the oldest first, sent or not."""
        with self._database.reading() as connection:
            return outbox.read_messages_about(connection, alert_id)

    def threads(self, alert_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        """Returns the incidents in whose threads alerts were last reported, by alert and channel."""
        with self._database.reading() as connection:
            return outbox.read_threads(connection, alert_ids)

    def alerts_in_thread(self, incident: str, channel: str) -> list[dict[str, Any]]:
        """Returns the alerts that the thread of an incident in a channel is about, with every column."""
        with self._database.reading() as connection:
            return alerts.read_some_alerts(connection, outbox.read_alerts_in_thread(connection, incident, channel))

    # Silences

    def silence(self, silence: Silence) -> None:
        """Mutes the messages that a silence covers; an earlier silence on the same alerts ends when it begins."""
        with self._database.writing() as connection:
            silences.add_silence(connection, silence)

    def end_silence(self, rule: str, segment: str | None, now: datetime) -> int:
        """Ends the silences of one of a rule's segments, all of the rule if None; returns how many there were."""
        with self._database.writing() as connection:
            return silences.end_silences(connection, rule, segment, now)

    def silences(self, now: datetime) -> list[Silence]:
        """Returns the silences that are active at `now`, the first to end first."""
        with self._database.reading() as connection:
            return silences.read_silences(connection, now)

    # Messages

    def enqueue(self, messages: Sequence[OutboxItem]) -> int:
        """Adds messages that belong to no evaluation, unless their dedup keys are known; returns how many are new."""
        with self._database.writing() as connection:
            return outbox.add_messages(connection, self._doubted(messages))

    def waiting_alerts(self) -> set[tuple[str, str]]:
        """Returns the alerts about which a message is not sent yet, each with the channel."""
        with self._database.reading() as connection:
            return waiting.read_waiting_alerts(connection)

    def hold_messages(self, rule: str, until: datetime) -> None:
        """Makes the messages about the alerts of a rule that are not sent wait until a moment at least."""
        with self._database.writing() as connection:
            waiting.hold_messages(connection, rule, until)

    def position(self) -> Position:
        """Returns how far the messages have come: neither of the two numbers ever falls."""
        with self._database.reading() as connection:
            return position.read_position(connection)

    def doubt(self) -> None:
        """Marks what is not sent, and what this ledger adds from now on: receivers may have it already."""
        self._doubts = True
        with self._database.writing() as connection:
            position.doubt_messages(connection)

    def _doubted(self, messages: Sequence[OutboxItem]) -> Sequence[OutboxItem]:
        return [replace(message, doubtful=True) for message in messages] if self._doubts else messages

    def known_messages(self, dedup_keys: Sequence[str]) -> set[str]:
        """Returns which dedup keys belong to a message that was ever added."""
        with self._database.reading() as connection:
            return outbox.known_keys(connection, dedup_keys)

    def claim(self, now: datetime, lease: timedelta, limit: int, *, channel: str | None = None) -> list[OutboxItem]:
        """Returns up to `limit` messages that are due, the oldest first; they are the caller's until `now + lease`.

        `channel` restricts them to those of one channel.

        Follow each with `mark_sent` or `mark_failed`. A message waits while an earlier one about its series to its
        channel is not finished, and while its alert is silenced: claim again until nothing is left. The messages of an
        incident that began and ended during a silence are muted here.
        """
        with self._database.writing() as connection:
            return outbox.claim_messages(connection, now, lease, limit, channel)

    def release(self, message_ids: Sequence[str], lease_until: datetime) -> None:
        """Gives back messages of a claim that ends at `lease_until`; a delivery of them must not have begun.

        The next claim gets them at once, as if they had not been claimed.
        """
        with self._database.writing() as connection:
            outbox.release_messages(connection, message_ids, lease_until)

    def keep_receipt(self, message_id: str, receipt: Mapping[str, Any]) -> None:
        """Stores what the receiver has confirmed so far, as JSON, in case the attempt does not finish."""
        with self._database.writing() as connection:
            outbox.keep_receipt(connection, message_id, receipt)

    def receipts(self, incident: str, channel: str) -> list[StoredReceipt]:
        """Returns the receipts of the messages about an incident that a channel has sent, the oldest message first."""
        with self._database.reading() as connection:
            return outbox.read_receipts(connection, incident, channel)

    def mark_sent(
        self,
        message_id: str,
        now: datetime,
        *,
        receipt: Mapping[str, Any] | None = None,
        fallback: OutboxItem | None = None,
    ) -> None:
        """Records that the receiver accepted a message; its alert counts it once, however often this is called.

        `receipt` is what the receiver confirmed, as JSON; without it, what was kept during the attempt stays.
        `fallback` is a message that is added for those of its recipients that were refused for good.
        """
        with self._database.writing() as connection:
            outbox.mark_message_sent(connection, message_id, now, receipt=receipt, fallback=fallback)

    def mark_failed(
        self,
        message_id: str,
        now: datetime,
        error: str,
        *,
        can_retry: bool,
        retry_after: float | None = None,
        may_have_arrived: bool = False,
        fallback: OutboxItem | None = None,
    ) -> OutboxState:
        """Records that an attempt to send a message failed.

        Args:
            message_id: the message.
            now: the time of the failure.
            error: why, without secrets.
            can_retry: whether another attempt may succeed.
            retry_after: the wait in seconds that the receiver asked for.
            may_have_arrived: whether the receiver may have the message all the same, as after a timeout.
            fallback: a message that is added if there is no other attempt.

        Returns:
            The state of the message: `pending`, `failed` or `expired`. If another process has taken the message over
            and finished it, it stays in the state that process gave it.
        """
        with self._database.writing() as connection:
            return outbox.mark_message_failed(
                connection,
                message_id,
                now,
                error,
                can_retry=can_retry,
                retry_after=retry_after,
                may_have_arrived=may_have_arrived,
                fallback=fallback,
            )

    def undelivered(self, now: datetime) -> list[Undelivered]:
        """Returns the messages that no receiver has accepted, the oldest first.

        They are pending, being sent, failed or expired. Those that wait for the end of a silence are not among them.
        """
        with self._database.reading() as connection:
            return outbox.read_undelivered(connection, now)

    def has_due_message(self, now: datetime) -> bool:
        """Returns whether a delivery at `now` would find a message to send."""
        with self._database.reading() as connection:
            return outbox.has_due_message(connection, now)

    def due_channels(self, now: datetime) -> list[str]:
        """Returns the channels for which a delivery at `now` would find a message."""
        with self._database.reading() as connection:
            return outbox.read_due_channels(connection, now)

    # Exports

    def export_is_done(self, name: str, tick: datetime) -> bool:
        """Returns whether the export `name` has been written for the scheduled moment `tick`."""
        with self._database.reading() as connection:
            return exports.is_export_done(connection, name, tick)

    def record_export(
        self,
        name: str,
        tick: datetime,
        *,
        written_at: datetime,
        path: str,
        rows: int,
        sha256: str,
        messages: Sequence[OutboxItem] = (),
    ) -> bool:
        """Records that the export `name` was written for `tick`, and the messages that bring it: both or neither.

        Returns:
            False if that was recorded before; the messages are not added then.
        """
        with self._database.writing() as connection:
            is_new = exports.add_export(
                connection, name, tick, written_at=written_at, path=path, rows=rows, sha256=sha256
            )
            if is_new:
                outbox.add_messages(connection, messages)
            return is_new

    # Outages

    def record_outcome(
        self,
        subject: str,
        name: str,
        *,
        failed: bool,
        now: datetime,
        messages_of: Callable[[Outage], Sequence[OutboxItem]] = lambda _: (),
    ) -> Outage | None:
        """Records whether a part of the pipeline failed, and the messages about it: both or, if interrupted, neither.

        Args:
            subject: what kind of part it is.
            name: its name.
            failed: whether it failed.
            now: when it ended.
            messages_of: returns the messages about an outage that begins or ends.

        Returns:
            The outage that begins with the first failure, or ends with the first success; None if neither does.
        """
        with self._database.writing() as connection:
            change = outages.save_outcome(connection, subject, name, failed=failed, now=now)
            if change is not None:
                outbox.add_messages(connection, messages_of(change))
            return change

    def outages(self, subject: str) -> dict[str, Outage]:
        """Returns what fails now, of one subject, by name."""
        with self._database.reading() as connection:
            return outages.read_outages(connection, subject)
