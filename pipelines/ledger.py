"""The memory of the watch: states of series, alerts, silences, messages on their way, exports done, troubles.

An SQLite file in the home folder; another database can be given by its URL, but no setting does so yet. Unlike the
warehouse it cannot be rebuilt. It holds no secret: channels are known by name, and error texts have to be redacted
by who hands them in.

Every write is one transaction. What it rests on:

- `record_pass` saves states, alerts and messages together, and only if no one else has judged those series since they
  were read: two processes that judge at once cannot both be told of as new.
- A message is handed out by `claim` for the time of a lease and is `sent` only when `mark_sent` says so. If the
  process dies in between, a later `claim` hands it out again, marked doubtful: the receiver may have got it.
- The messages of one alert to one channel are handed out one after the other, each when the one before is done with,
  so that `resolved` cannot overtake `fired`. Who delivers therefore claims again until there is nothing left.
- While a silence lasts, the messages of the alerts it covers wait; states go on. Afterwards a channel is told of what
  it did not hear, unless that began and ended within the silence.
"""

import fcntl
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    Double,
    Engine,
    ForeignKey,
    FromClause,
    Index,
    Insert,
    Integer,
    MetaData,
    NullPool,
    Row,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    and_,
    create_engine,
    delete,
    event,
    exists,
    func,
    insert,
    inspect,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError

from pipelines.watch.reading import Series
from pipelines.watch.state import AlertRecord, SeriesChange, State, alert_records

SCHEMA_VERSION = 2

RETRY_AFTER = timedelta(seconds=30)
RETRY_AT_MOST = timedelta(hours=1)
EXPIRES_AFTER = timedelta(days=3)

_LONGEST_ERROR = 2_000

OutboxState = Literal["pending", "sending", "sent", "failed", "expired", "muted"]


class LedgerError(Exception):
    """The ledger cannot be used; the text says why and what to do."""


class LedgerConflict(LedgerError):  # noqa: N818 - not a failure: read the states again and judge again
    """Another process has judged the same series since their states were read. Nothing was saved."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A message for one channel. `record` is the message as JSON; `doubtful` says the receiver may have it already."""

    message_id: str
    dedup_key: str
    channel: str
    alert_id: str | None
    record: dict[str, Any]
    created_at: datetime
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that no receiver has accepted so far, and why."""

    item: OutboxItem
    state: OutboxState
    attempts: int
    next_attempt_at: datetime
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part of the pipeline that began to fail, or works again; `incident` names this failure from start to end."""

    incident: str
    since: datetime
    failures: int


@dataclass(frozen=True, slots=True)
class Silence:
    """No messages about the alerts of a rule, or about those of one of its segments, from `since` until `until`."""

    rule: str
    segment: str | None
    reason: str
    since: datetime
    until: datetime

    def covers(self, rule: str, segment: str) -> bool:
        """Whether it keeps back the messages about a rule's segment."""
        return self.rule == rule and self.segment in (None, segment)


class _UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_METADATA = MetaData()

_META = Table(
    "meta",
    _METADATA,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)
_SERIES_STATE = Table(
    "series_state",
    _METADATA,
    Column("rule", String, primary_key=True),
    Column("kpi", String, primary_key=True),
    Column("grain", String, primary_key=True),
    Column("segment_type", String, primary_key=True),
    Column("segment", String, primary_key=True),
    Column("state", Text, nullable=False),
    Column("updated_at", _UtcDateTime, nullable=False),
)
_ALERT = Table(
    "alert",
    _METADATA,
    Column("alert_id", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("kpi", String, nullable=False),
    Column("grain", String, nullable=False),
    Column("segment_type", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("opened_at", _UtcDateTime, nullable=False),
    Column("fired_at", _UtcDateTime, nullable=False),
    Column("acknowledged_at", _UtcDateTime),
    Column("resolved_at", _UtcDateTime),
    Column("period_start", Date, nullable=False),
    Column("value", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("peak_value", Double, nullable=False),
    Column("messages_sent", Integer, nullable=False, default=0),
    # Beyond the published columns: when it began in the data, and how many periods it took.
    Column("opened_period", Date, nullable=False),
    Column("breached_periods", Integer, nullable=False),
)
_OUTBOX = Table(
    "outbox",
    _METADATA,
    Column("message_id", String, primary_key=True),
    Column("dedup_key", String, nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("alert_id", String, ForeignKey("alert.alert_id")),
    Column("record", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", _UtcDateTime, nullable=False),
    Column("lease_until", _UtcDateTime),
    Column("created_at", _UtcDateTime, nullable=False),
    Column("sent_at", _UtcDateTime),
    Column("last_error", Text),
    Index("outbox_by_state", "state", "position"),
    Index("outbox_by_alert", "alert_id", "channel", "position"),
)
_SILENCE = Table(
    "silence",
    _METADATA,
    Column("silence_id", Integer, primary_key=True),
    Column("rule", String, nullable=False),
    Column("segment", String),
    Column("reason", Text, nullable=False),
    Column("since", _UtcDateTime, nullable=False),
    Column("until", _UtcDateTime, nullable=False),
)
_EXPORT_LOG = Table(
    "export_log",
    _METADATA,
    Column("name", String, primary_key=True),
    Column("tick", _UtcDateTime, primary_key=True),
    Column("written_at", _UtcDateTime, nullable=False),
    Column("path", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String, nullable=False),
)

_TROUBLE = Table(
    "trouble",
    _METADATA,
    Column("subject", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("since", _UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
)

_PUBLISHED = tuple(column for column in _ALERT.c if column.name not in {"opened_period", "breached_periods"})


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_due = or_(
        (_OUTBOX.c.state == "pending") & (_OUTBOX.c.next_attempt_at <= now),
        (_OUTBOX.c.state == "sending") & (_OUTBOX.c.lease_until <= now),
    )
    return is_due & ~_is_silenced(now)


def _is_silenced(at: datetime | ColumnElement[Any], message: FromClause = _OUTBOX) -> ColumnElement[bool]:
    """Whether there is a silence, at a moment, on the alert that a message is about."""
    return exists().where(*_covers(message), _SILENCE.c.since <= at, _SILENCE.c.until > at)


def _covers(message: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        _ALERT.c.alert_id == message.c.alert_id,
        _SILENCE.c.rule == _ALERT.c.rule,
        or_(_SILENCE.c.segment.is_(None), _SILENCE.c.segment == _ALERT.c.segment),
    )


def _incident(subject: str, name: str, since: datetime) -> str:
    return f"{subject}:{name}:{since.isoformat()}"


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When to try again after `attempts` failures: 30 s later, then twice as long each time, up to an hour."""
    # Beyond ten doublings the hour is reached long since; the power itself must not overflow.
    doublings = min(max(attempts - 1, 0), 10)
    return now + min(RETRY_AFTER * (1 << doublings), RETRY_AT_MOST)


def after_failure(
    *, attempts: int, since: datetime, now: datetime, can_retry: bool, retry_after: float | None
) -> tuple[OutboxState, datetime]:
    """What becomes of a message that could not be sent, and when it is tried next (`now` if it is not).

    `retry_after` is the wait in seconds that the receiver asked for. A message whose next attempt would come later
    than three days after `since`, when it could first be sent, has expired; one that has waited longer without an
    attempt still gets one.
    """
    if not can_retry:
        return "failed", now
    due = max(next_attempt(attempts, now), now + timedelta(seconds=retry_after or 0))
    return ("pending", due) if due <= since + EXPIRES_AFTER else ("expired", now)


class Ledger:
    """The ledger at a path (an SQLite file, made with its folder if missing) or at an SQLAlchemy URL.

    Opening makes the tables where there are none. With SQLite one process writes at a time; `patience` is how long
    another one waits for its turn. Every method may raise LedgerError.
    """

    def __init__(self, url_or_path: str | Path, *, patience: timedelta = timedelta(seconds=30)) -> None:
        self._url = _url(url_or_path)
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        # Where it is, without password or options: for people to read.
        self.place = str(self._url.database) if self._is_sqlite else self._url.set(query={}).render_as_string()
        self._engine = self._connectable(patience)
        self._writing_engine = self._engine.execution_options(vigie_writes=True)
        self._open()

    def close(self) -> None:
        """Let go of open connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Judging

    def states(self, rule_name: str) -> dict[Series, State]:
        """Where the series of a rule stand."""
        with self._reading() as connection:
            return self._states(connection, _SERIES_STATE.c.rule == rule_name)

    def record_pass(self, changes: Sequence[SeriesChange], messages: Sequence[OutboxItem], now: datetime) -> int:
        """Save what a pass found, all of it or nothing; returns how many of `messages` are new.

        LedgerConflict if a series is no longer in the state that the pass has read: read again and judge again. A
        message whose dedup key is known is not added a second time.
        """
        with self._writing() as connection:
            rules = {change.series.rule for change in changes}
            stored = self._states(connection, _SERIES_STATE.c.rule.in_(sorted(rules)), for_update=True)
            for change in changes:
                if stored.get(change.series) != change.before:
                    raise LedgerConflict(f"{_name(change.series)} has been judged by another process meanwhile")
            moved = [change for change in changes if change.before is None or change.after != change.before]
            _save_states(connection, moved, now)
            for change in moved:
                for record in alert_records(change.series, change.after, change.events):
                    _save_alert(connection, record)
            return _add(connection, messages)

    def retire(self, is_watched: Callable[[Series], bool], now: datetime) -> int:
        """Close the alerts of series that no rule watches any more; returns how many were open.

        Their states are forgotten: a rule that comes back judges its history as a new one does.
        """
        with self._writing() as connection:
            gone = [series for series in self._states(connection, true(), for_update=True) if not is_watched(series)]
            closed = 0
            for series in gone:
                connection.execute(delete(_SERIES_STATE).where(_is_of(_SERIES_STATE, series)))
                open_ones = update(_ALERT).where(_is_of(_ALERT, series), _ALERT.c.status != "resolved")
                closed += connection.execute(open_ones.values(status="resolved", resolved_at=now)).rowcount
            return closed

    # Messages

    def enqueue(self, messages: Sequence[OutboxItem]) -> int:
        """Add messages that belong to no pass, unless their dedup keys are known; returns how many are new."""
        with self._writing() as connection:
            return _add(connection, messages)

    def claim(self, now: datetime, lease: timedelta, limit: int) -> list[OutboxItem]:
        """Take up to `limit` messages that are due, oldest first; they are the caller's until `now + lease`.

        Each is to be followed by `mark_sent` or `mark_failed`. A message waits while an earlier one of its series to
        its channel is on the way, and while its alert is silent. What began and ended in silence is given up here.
        """
        earlier, its_alert, own_alert = _OUTBOX.alias("earlier"), _ALERT.alias("its_alert"), _ALERT.alias("own_alert")
        waits = exists().where(
            own_alert.c.alert_id == _OUTBOX.c.alert_id,
            its_alert.c.alert_id == earlier.c.alert_id,
            *(own_alert.c[name] == its_alert.c[name] for name in ("rule", "kpi", "grain", "segment_type", "segment")),
            earlier.c.channel == _OUTBOX.c.channel,
            earlier.c.position < _OUTBOX.c.position,
            earlier.c.state.in_(["pending", "sending"]),
        )
        query = (
            select(_OUTBOX)
            .where(_is_due(now), ~waits)
            .order_by(_OUTBOX.c.position, _OUTBOX.c.message_id)
            .limit(limit)
            .with_for_update(of=_OUTBOX, skip_locked=True)
        )
        with self._writing() as connection:
            _mute(connection)
            items = []
            for row in connection.execute(query).all():
                doubtful = row.doubtful or row.state == "sending"
                connection.execute(
                    update(_OUTBOX)
                    .where(_OUTBOX.c.message_id == row.message_id)
                    .values(state="sending", attempts=row.attempts + 1, lease_until=now + lease, doubtful=doubtful)
                )
                items.append(_item(row, doubtful=doubtful))
            return items

    def mark_sent(self, message_id: str, now: datetime) -> None:
        """The receiver has accepted the message. Counts on its alert once, however often it is said."""
        with self._writing() as connection:
            row = self._message(connection, message_id)
            if row.state == "sent":
                return
            connection.execute(
                update(_OUTBOX)
                .where(_OUTBOX.c.message_id == message_id)
                .values(state="sent", sent_at=now, lease_until=None, last_error=None)
            )
            if row.alert_id is not None:
                connection.execute(
                    update(_ALERT)
                    .where(_ALERT.c.alert_id == row.alert_id)
                    .values(messages_sent=_ALERT.c.messages_sent + 1)
                )

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
        """The message was not accepted; returns what becomes of it: `pending`, `failed` or `expired`.

        `error` says why, without secrets. `retry_after` is the wait in seconds that the receiver asked for.
        `may_have_arrived` makes the next attempt a doubtful one (say, after a time-out while waiting for the answer).
        `fallback` is added if there will be no other attempt. A message that is not being sent stays as it is: another
        process has taken it over and finished it.
        """
        with self._writing() as connection:
            row = self._message(connection, message_id)
            current: OutboxState = row.state
            if current != "sending":
                return current
            state, due = after_failure(
                attempts=row.attempts,
                since=self._could_be_sent_since(connection, row, now),
                now=now,
                can_retry=can_retry,
                retry_after=retry_after,
            )
            connection.execute(
                update(_OUTBOX)
                .where(_OUTBOX.c.message_id == message_id)
                .values(
                    state=state,
                    next_attempt_at=due,
                    lease_until=None,
                    doubtful=row.doubtful or may_have_arrived,
                    last_error=error[:_LONGEST_ERROR],
                )
            )
            if state != "pending" and fallback is not None:
                _add(connection, [fallback])
            return state

    def _could_be_sent_since(self, connection: Connection, row: Row[Any], now: datetime) -> datetime:
        """When a message was made, or the last silence on it ended."""
        ended: datetime | None = connection.execute(
            select(func.max(_SILENCE.c.until))
            .select_from(_OUTBOX)
            .where(_OUTBOX.c.message_id == row.message_id, *_covers(_OUTBOX), _SILENCE.c.until <= now)
        ).scalar_one()
        created_at: datetime = row.created_at
        return created_at if ended is None else max(created_at, ended)

    def undelivered(self, now: datetime) -> list[Undelivered]:
        """The messages that no receiver has accepted so far, oldest first: on their way, failed and expired ones.

        Those that a silence keeps back are not among them.
        """
        kept_back = (_OUTBOX.c.state == "pending") & _is_silenced(now)
        query = (
            select(_OUTBOX)
            .where(_OUTBOX.c.state.not_in(["sent", "muted"]), ~kept_back)
            .order_by(_OUTBOX.c.position, _OUTBOX.c.message_id)
        )
        with self._reading() as connection:
            return [
                Undelivered(
                    item=_item(row, doubtful=row.doubtful),
                    state=row.state,
                    attempts=row.attempts,
                    next_attempt_at=row.next_attempt_at,
                    last_error=row.last_error,
                )
                for row in connection.execute(query)
            ]

    def count_due(self, now: datetime) -> int:
        """How many messages a delivery at `now` would find to send."""
        query = select(func.count()).select_from(_OUTBOX).where(_is_due(now))
        with self._reading() as connection:
            return connection.execute(query).scalar_one()

    # The pipeline's own failures

    def note_trouble(self, subject: str, name: str, *, failed: bool, now: datetime) -> Trouble | None:
        """Note how a part of the pipeline has fared; returns what changed, None if it goes on failing or working."""
        this = (_TROUBLE.c.subject == subject) & (_TROUBLE.c.name == name)
        with self._writing() as connection:
            known = connection.execute(select(_TROUBLE).where(this)).first()
            if not failed:
                if known is None:
                    return None
                connection.execute(delete(_TROUBLE).where(this))
                return Trouble(_incident(subject, name, known.since), known.since, known.failures)
            if known is not None:
                connection.execute(update(_TROUBLE).where(this).values(failures=known.failures + 1))
                return None
            connection.execute(insert(_TROUBLE).values(subject=subject, name=name, since=now, failures=1))
            return Trouble(_incident(subject, name, now), now, 1)

    # Alerts

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert so far, oldest first, with the columns of `fct_alert`.

        `period_start`, `value` and `threshold` are those of the latest period beyond a bound.
        """
        query = select(*_PUBLISHED).order_by(_ALERT.c.opened_at, _ALERT.c.alert_id)
        with self._reading() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def open_alerts(self) -> list[dict[str, Any]]:
        """The alerts that are firing or recovering, oldest first, with `opened_period` and `breached_periods` too."""
        query = select(_ALERT).where(_ALERT.c.status != "resolved").order_by(_ALERT.c.opened_at, _ALERT.c.alert_id)
        with self._reading() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def acknowledge(self, alert_id: str, now: datetime) -> bool:
        """Note that a person has seen an open alert (the first time counts); False if no such alert is open."""
        is_open = (_ALERT.c.alert_id == alert_id) & (_ALERT.c.status != "resolved")
        with self._writing() as connection:
            seen = update(_ALERT).where(is_open).values(acknowledged_at=func.coalesce(_ALERT.c.acknowledged_at, now))
            return connection.execute(seen).rowcount > 0

    # Silences

    def silence(self, silence: Silence) -> None:
        """Keep back the messages that a silence covers; one that is on for the same alerts gives way to it."""
        with self._writing() as connection:
            same = _SILENCE.c.segment.is_not_distinct_from(silence.segment)
            _end_silences(connection, [same], silence.rule, silence.since)
            connection.execute(insert(_SILENCE).values(asdict(silence)))

    def end_silence(self, rule: str, segment: str | None, now: datetime) -> int:
        """End the silences of one of a rule's segments, all of the rule if None; returns how many were on."""
        with self._writing() as connection:
            return _end_silences(connection, [_SILENCE.c.segment == segment] if segment is not None else [], rule, now)

    def silences(self, now: datetime) -> list[Silence]:
        """The silences that are on, the first to end first."""
        query = (
            select(*(_SILENCE.c[name.name] for name in fields(Silence)))
            .where(_SILENCE.c.since <= now, _SILENCE.c.until > now)
            .order_by(_SILENCE.c.until, _SILENCE.c.silence_id)
        )
        with self._reading() as connection:
            return [Silence(**row._mapping) for row in connection.execute(query)]

    # Exports

    def export_is_done(self, name: str, tick: datetime) -> bool:
        """Whether the export `name` was already written for the scheduled moment `tick`."""
        with self._reading() as connection:
            return connection.execute(_export(name, tick)).first() is not None

    def record_export(
        self, name: str, tick: datetime, *, written_at: datetime, path: str, rows: int, sha256: str
    ) -> bool:
        """Note that the export `name` was written for `tick`; False, and nothing noted, if it was before."""
        entry = insert(_EXPORT_LOG).values(
            name=name, tick=tick, written_at=written_at, path=path, rows=rows, sha256=sha256
        )
        with self._writing() as connection:
            return _insert(connection, entry, unless=_export(name, tick))

    # The database

    def _connectable(self, patience: timedelta) -> Engine:
        if not self._is_sqlite:
            try:
                # Parameters hold what messages say; they do not belong into the text of an error.
                return create_engine(self._url, hide_parameters=True, pool_pre_ping=True)
            except (ImportError, ArgumentError) as error:
                raise LedgerError(
                    f"no driver for the ledger's database {self.place} ({error}): install it, "
                    "or name one that is there in the URL, as in postgresql+psycopg://"
                ) from error
        path = Path(self.place)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(
                f"cannot make the folder of the ledger {path} ({error.strerror}): check the home folder's rights"
            ) from error
        # No pool: a connection kept open would be shared with forked processes, which SQLite forbids.
        engine = create_engine(
            self._url, hide_parameters=True, poolclass=NullPool, connect_args={"timeout": patience.total_seconds()}
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _: object) -> None:
            # Transactions are begun here and not by the driver, which would begin them too late.
            connection.isolation_level = None
            connection.execute("PRAGMA foreign_keys = ON")
            # What is committed has to outlive a power cut, or a message could be sent twice.
            connection.execute("PRAGMA synchronous = FULL")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A writer takes the lock before it reads: what it has read is still true when it writes.
            writes = connection.get_execution_options().get("vigie_writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    def _open(self) -> None:
        version = self._version()
        if version is None:
            try:
                self._create()
            except LedgerError as error:
                # Another process may have made the tables at the same moment.
                if not isinstance(error.__cause__, IntegrityError | ProgrammingError) or self._version() is None:
                    raise
            version = self._version()
        if version == "1":
            version = self._upgrade()
        if version != str(SCHEMA_VERSION):
            raise LedgerError(
                f"the ledger {self.place} has format {version}, this Vigie knows {SCHEMA_VERSION}: "
                "run the version of Vigie that wrote it, or a newer one"
            )

    def _version(self) -> str | None:
        """The format of the tables; None where there are none."""
        with self._reading() as connection:
            names = set(inspect(connection).get_table_names())
            if _META.name not in names:
                taken = names if self._is_sqlite else names & set(_METADATA.tables)
                if taken:
                    raise LedgerError(
                        f"{self.place} is no ledger but holds other tables ({', '.join(sorted(taken))}): "
                        "name another file or database for the ledger"
                    )
                return None
            version = connection.execute(select(_META.c.value).where(_META.c.key == "schema_version")).scalar()
            if version is None:
                raise LedgerError(
                    f"{self.place} does not say which format of ledger it is: name another file or database"
                )
            return str(version)

    def _create(self) -> None:
        if self._is_sqlite:
            # Readers and a writer do not wait for each other; the file remembers it. Not possible in a transaction, and
            # two processes that switch at once would wait for each other: one after the other.
            place = Path(self.place)
            with place.with_name(f"{place.name}.lock").open("a") as lock, self._explained():
                fcntl.flock(lock, fcntl.LOCK_EX)
                with closing(self._engine.raw_connection()) as connection:
                    connection.cursor().execute("PRAGMA journal_mode = WAL")
        with self._writing() as connection:
            _METADATA.create_all(connection)
            version = {"key": "schema_version", "value": str(SCHEMA_VERSION)}
            _insert(connection, insert(_META).values(version), unless=select(_META.c.key))

    def _upgrade(self) -> str:
        """Format 2 adds silences."""
        with self._writing() as connection:
            _SILENCE.create(connection, checkfirst=True)
            connection.execute(update(_META).where(_META.c.key == "schema_version").values(value="2"))
        return "2"

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._explained(), self._writing_engine.begin() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            # The first line alone: servers go on with the row, which is nobody's business here.
            cause = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
            raise LedgerError(f"the ledger {self.place} cannot be used ({cause}): {_remedy(cause)}") from error

    def _states(
        self, connection: Connection, condition: ColumnElement[bool], *, for_update: bool = False
    ) -> dict[Series, State]:
        # In one order for all, so that two processes cannot each wait for a row that the other one holds.
        query = select(_SERIES_STATE).where(condition).order_by(*_SERIES_STATE.primary_key.columns)
        found = {}
        for row in connection.execute(query.with_for_update() if for_update else query):
            series = Series(row.rule, row.kpi, row.grain, row.segment_type, row.segment)
            try:
                found[series] = State.from_json(row.state)
            except ValueError as error:
                raise LedgerError(
                    f"the ledger {self.place} holds an unreadable state of {_name(series)} ({error}): "
                    "run the version of Vigie that wrote it, or restore the ledger from a backup"
                ) from error
        return found

    def _message(self, connection: Connection, message_id: str) -> Row[Any]:
        row = connection.execute(select(_OUTBOX).where(_OUTBOX.c.message_id == message_id).with_for_update()).first()
        if row is None:
            raise LedgerError(f"the ledger {self.place} knows no message {message_id}: was it restored from a backup?")
        return row


def _url(url_or_path: str | Path) -> URL:
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return URL.create("sqlite", database=str(url_or_path))
    try:
        url = make_url(url_or_path)
    except (ArgumentError, ValueError):
        # Neither the text of the error nor its cause: the URL may hold a password.
        raise LedgerError(
            "cannot read the ledger's database URL: write it as postgresql://user@host/database"
        ) from None
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise LedgerError("a ledger in memory would forget everything: name a file, as in sqlite:///var/ledger.db")
    return url


def _remedy(cause: str) -> str:
    text = cause.lower()
    if "not a database" in text or "malformed" in text:
        return (
            "the file is damaged. Restore it from a backup, or move it away: the next run makes a new one "
            "and tells the open alerts once more"
        )
    if "locked" in text:
        return "another process has been writing to it for too long; try again when that one is done"
    if any(words in text for words in ("unable to open", "readonly", "read-only", "disk i/o", "is full")):
        return "check the rights of the file and its folder, and the room on the disk"
    return "check that the database can be reached and that its user may make and change tables"


def _name(series: Series) -> str:
    return f"{series.rule} ({series.kpi} by {series.grain}, {series.segment_type} {series.segment})"


def _export(name: str, tick: datetime) -> Select[tuple[str]]:
    return select(_EXPORT_LOG.c.name).where(_EXPORT_LOG.c.name == name, _EXPORT_LOG.c.tick == tick)


def _insert(connection: Connection, entry: Insert, *, unless: Select[Any]) -> bool:
    """Insert `entry` unless there is such a row, also if another process inserts it at the same moment."""
    if connection.execute(unless).first() is not None:
        return False
    try:
        with connection.begin_nested():
            connection.execute(entry)
    except IntegrityError:
        if connection.execute(unless).first() is None:
            raise
        return False
    return True


def _is_of(table: Table, series: Series) -> ColumnElement[bool]:
    return and_(*(table.c[column] == value for column, value in series._asdict().items()))


def _save_states(connection: Connection, changes: Iterable[SeriesChange], now: datetime) -> None:
    for change in changes:
        values = {"state": change.after.to_json(), "updated_at": now}
        if change.before is not None:
            connection.execute(update(_SERIES_STATE).where(_is_of(_SERIES_STATE, change.series)).values(values))
            continue
        try:
            connection.execute(insert(_SERIES_STATE).values(change.series._asdict() | values))
        except IntegrityError as error:
            raise LedgerConflict(f"{_name(change.series)} has been judged by another process meanwhile") from error


def _save_alert(connection: Connection, record: AlertRecord) -> None:
    values = record.series._asdict() | {
        "severity": record.severity,
        "status": record.status,
        "opened_at": record.opened_at,
        "fired_at": record.fired_at,
        "resolved_at": record.resolved_at,
        "period_start": record.period_start,
        "value": record.value,
        "threshold": record.threshold,
        "peak_value": record.peak_value,
        "opened_period": record.opened_period,
        "breached_periods": record.breached_periods,
    }
    saved = connection.execute(update(_ALERT).where(_ALERT.c.alert_id == record.alert_id).values(values))
    if saved.rowcount == 0:
        connection.execute(insert(_ALERT).values(values | {"alert_id": record.alert_id, "messages_sent": 0}))


def _mute(connection: Connection) -> None:
    """Gives up the messages of incidents that were over before a silence let their channel be told of them.

    All of an incident's, or it would hear of an end without a beginning, or of a beginning without an end.
    """
    other, silent = _OUTBOX.alias("other"), _OUTBOX.alias("silent")
    told = exists().where(
        other.c.alert_id == _OUTBOX.c.alert_id,
        other.c.channel == _OUTBOX.c.channel,
        or_(other.c.attempts > 0, other.c.state.not_in(["pending", "muted"])),
    )
    kept_back = exists().where(
        silent.c.alert_id == _OUTBOX.c.alert_id,
        silent.c.channel == _OUTBOX.c.channel,
        _is_silenced(silent.c.created_at, silent),
    )
    is_over = exists().where(_ALERT.c.alert_id == _OUTBOX.c.alert_id, _ALERT.c.status == "resolved")
    untold = (_OUTBOX.c.state == "pending") & is_over & kept_back & ~told
    connection.execute(update(_OUTBOX).where(untold).values(state="muted"))


def _end_silences(connection: Connection, which: Sequence[ColumnElement[bool]], rule: str, now: datetime) -> int:
    on = (_SILENCE.c.rule == rule, _SILENCE.c.since <= now, _SILENCE.c.until > now)
    return connection.execute(update(_SILENCE).where(*on, *which).values(until=now)).rowcount


def _add(connection: Connection, items: Iterable[OutboxItem]) -> int:
    last: int = connection.execute(select(func.coalesce(func.max(_OUTBOX.c.position), 0))).scalar_one()
    added = 0
    for item in items:
        entry = insert(_OUTBOX).values(
            message_id=item.message_id,
            dedup_key=item.dedup_key,
            position=last + added + 1,
            channel=item.channel,
            alert_id=item.alert_id,
            record=item.record,
            state="pending",
            doubtful=item.doubtful,
            attempts=0,
            # The time on the wall, whatever moment counted as now for the rules.
            next_attempt_at=item.created_at,
            created_at=item.created_at,
        )
        known = select(_OUTBOX.c.message_id).where(_OUTBOX.c.dedup_key == item.dedup_key)
        added += _insert(connection, entry, unless=known)
    return added


def _item(row: Row[Any], *, doubtful: bool) -> OutboxItem:
    return OutboxItem(
        message_id=row.message_id,
        dedup_key=row.dedup_key,
        channel=row.channel,
        alert_id=row.alert_id,
        record=row.record,
        created_at=row.created_at,
        doubtful=doubtful,
    )
