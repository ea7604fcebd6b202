"""The ledger: what Vigie remembers and cannot compute again."""

from pipelines.ledger.ledger import (
    EXPIRES_AFTER,
    Ledger,
    LedgerConflict,
    LedgerError,
    OutboxItem,
    SeriesChange,
    Silence,
    after_failure,
    next_attempt,
)

__all__ = [
    "EXPIRES_AFTER",
    "Ledger",
    "LedgerConflict",
    "LedgerError",
    "OutboxItem",
    "SeriesChange",
    "Silence",
    "after_failure",
    "next_attempt",
]
