"""What can go wrong with the ledger."""


class LedgerError(Exception):
    """The ledger cannot be used; the message says why and what to do."""


class LedgerConflict(LedgerError):  # noqa: N818 - not a failure: read the states and evaluate again
    """Another process has evaluated the same series since their states were read. Nothing was saved."""


class LedgerFormatError(LedgerError):
    """A ledger that is open for reading alone has no tables, or those of another version of Vigie."""
