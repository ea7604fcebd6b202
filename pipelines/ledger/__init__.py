"""The ledger: what Vigie remembers and cannot compute again. It stores and decides nothing.

It holds the states of series, alerts and who acknowledged them, silences, the outbox, the log of exports and the
outages, in an SQLite file in the home folder or in a PostgreSQL database. It holds no secret: channels are known by
name, and callers redact errors.
`retry` has the decisions about messages, as pure functions.
"""

from pipelines.ledger.acknowledgements import Acknowledgement
from pipelines.ledger.errors import LedgerConflict, LedgerError, LedgerFormatError
from pipelines.ledger.ledger import Ledger
from pipelines.ledger.outages import Outage
from pipelines.ledger.outbox import FALLBACK, AlertMessage, OutboxItem, StoredReceipt, Undelivered
from pipelines.ledger.position import Position
from pipelines.ledger.retry import OutboxState
from pipelines.ledger.silences import Silence, silence_on

__all__ = [
    "FALLBACK",
    "Acknowledgement",
    "AlertMessage",
    "Ledger",
    "LedgerConflict",
    "LedgerError",
    "LedgerFormatError",
    "Outage",
    "OutboxItem",
    "OutboxState",
    "Position",
    "Silence",
    "StoredReceipt",
    "Undelivered",
    "silence_on",
]
