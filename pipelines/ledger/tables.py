"""The tables of the ledger as the current version of Vigie uses them.

The migrations create them; a test compares both. A change here needs a new file in `migrations/versions`.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite has no type for it and stores text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Returns the moment in UTC.

        Raises:
            ValueError: the moment has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Returns the stored moment as an aware one, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

# Databases limit the parameters of a statement, older versions of SQLite to 999.
_KEYS_AT_ONCE = 900

# Vigie before the migrations reads the format here, and so refuses a ledger of this version with the right words.
meta = Table(
    "meta",
    METADATA,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)
series_state = Table(
    "series_state",
    METADATA,
    Column("rule", String, primary_key=True),
    Column("kpi", String, primary_key=True),
    Column("grain", String, primary_key=True),
    Column("segment_type", String, primary_key=True),
    Column("segment", String, primary_key=True),
    Column("state", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
alert = Table(
    "alert",
    METADATA,
    Column("alert_id", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("kpi", String, nullable=False),
    Column("grain", String, nullable=False),
    Column("segment_type", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("fired_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("period_start", Date, nullable=False),
    # Of alerts about missing data there are none.
    Column("value", Double),
    Column("threshold", Double),
    Column("peak_value", Double),
    Column("messages_sent", Integer, nullable=False),
    # Not published: the first breached period, and how many periods breached the threshold.
    Column("opened_period", Date, nullable=False),
    Column("breached_periods", Integer, nullable=False),
)
# The log of acknowledgements; the alert itself has the moment of the one that counts.
acknowledgement = Table(
    "acknowledgement",
    METADATA,
    Column("position", Integer, primary_key=True),
    Column("alert_id", String, ForeignKey("alert.alert_id"), nullable=False),
    # `acknowledged` or `withdrawn`
    Column("action", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("person", String),
    Column("comment", Text),
    Index("acknowledgement_by_alert", "alert_id", "position"),
)
outbox = Table(
    "outbox",
    METADATA,
    Column("message_id", String, primary_key=True),
    Column("dedup_key", String, nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("alert_id", String, ForeignKey("alert.alert_id")),
    # What the message is about: the messages of one incident through one channel follow each other.
    Column("incident", String),
    Column("record", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    # When the latest attempt began or failed: from then on a lease or a back-off counts.
    Column("attempted_at", UtcDateTime),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("last_error", Text),
    # What the receiver has confirmed: its own ids, and the steps of an attempt that did not finish.
    Column("receipt", JSON(none_as_null=True)),
    # A quiet time of its rule ends then, or it waits for the end of an alert of the whole.
    Column("not_before", UtcDateTime),
    Column("held_by", String),
    Index("outbox_by_state", "state", "position"),
    Index("outbox_by_alert", "alert_id", "channel", "position"),
    Index("outbox_by_incident", "incident", "channel", "position"),
)
# The alerts of messages about several of them; `outbox.alert_id` is that of a message about a single one.
outbox_alert = Table(
    "outbox_alert",
    METADATA,
    Column("message_id", String, ForeignKey("outbox.message_id"), primary_key=True),
    Column("alert_id", String, ForeignKey("alert.alert_id"), primary_key=True),
    Index("outbox_alert_by_alert", "alert_id"),
)
# The pictures of messages, apart from them: most queries read messages without them.
outbox_picture = Table(
    "outbox_picture",
    METADATA,
    Column("message_id", String, ForeignKey("outbox.message_id"), primary_key=True),
    Column("png", LargeBinary, nullable=False),
)
silence = Table(
    "silence",
    METADATA,
    Column("silence_id", Integer, primary_key=True),
    Column("rule", String, nullable=False),
    Column("segment", String),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
export_log = Table(
    "export_log",
    METADATA,
    Column("name", String, primary_key=True),
    Column("tick", UtcDateTime, primary_key=True),
    Column("written_at", UtcDateTime, nullable=False),
    Column("path", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String, nullable=False),
)
outage = Table(
    "outage",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
)


def in_parts(keys: Iterable[str]) -> Iterator[list[str]]:
    """Returns keys in parts that are short enough for one statement."""
    rest = list(keys)
    for start in range(0, len(rest), _KEYS_AT_ONCE):
        yield rest[start : start + _KEYS_AT_ONCE]


def upsert(connection: Connection, table: Table, *updated: str) -> Insert:
    """Returns an insert into `table` that updates the columns `updated` of a row whose primary key is known."""
    keys = list(table.primary_key.columns)
    if connection.dialect.name == "postgresql":
        for_postgres = postgresql.insert(table)
        return for_postgres.on_conflict_do_update(
            index_elements=keys, set_={name: for_postgres.excluded[name] for name in updated}
        )
    for_sqlite = sqlite.insert(table)
    return for_sqlite.on_conflict_do_update(
        index_elements=keys, set_={name: for_sqlite.excluded[name] for name in updated}
    )
