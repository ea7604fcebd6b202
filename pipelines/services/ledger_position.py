"""Whether the ledger is the one of the last delivery, or an older copy that was restored.

Beside the ledger, a small file says how far its messages had come. A ledger that is not as far has forgotten messages
that were sent: it composes them again, with the same ids. They are sent as doubtful ones: receivers that can be asked
are asked first, and to the others the message says that it may have arrived before.
"""

import json

from pipelines.ledger import Ledger, Position
from pipelines.storage.files import write_atomically
from pipelines.storage.home import Home


def doubt_if_restored(home: Home, ledger: Ledger) -> None:
    """Makes the messages of a ledger doubtful that is older than the last delivery, or that came without the file."""
    position = ledger.position()
    known = _read(home)
    if (known is None and position.added) or (
        known is not None and (position.added < known.added or position.sent < known.sent)
    ):
        ledger.doubt()


def record_position(home: Home, ledger: Ledger) -> None:
    """Writes down how far the messages of the ledger have come."""
    position = ledger.position()
    if position != _read(home):
        home.create()
        write_atomically(home.ledger_position, json.dumps(position._asdict()).encode())


def _read(home: Home) -> Position | None:
    try:
        stored = json.loads(home.ledger_position.read_text(encoding="utf-8"))
        return Position(int(stored["added"]), int(stored["sent"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
