"""Whether the ledger is the one of the last delivery, or an older copy that was restored.

Beside the ledger, a small file says how many messages it had sent. A ledger that has sent fewer has forgotten some: it
composes them again, with the same ids. A delivery sends what it finds then as doubtful: receivers that can be asked
are asked first, and to the others the message says that it may have arrived before.
"""

import json

from pipelines.ledger import Ledger
from pipelines.storage.files import write_atomically
from pipelines.storage.home import Home


def doubt_if_restored(home: Home, ledger: Ledger) -> None:
    """Makes the messages of a ledger doubtful that is older than the last delivery, or that came without the file."""
    sent, known = ledger.sent_messages(), _read(home)
    if sent < known if known is not None else sent:
        ledger.doubt()


def record_position(home: Home, ledger: Ledger) -> None:
    """Writes down how far the messages of the ledger have come."""
    sent = ledger.sent_messages()
    if sent != _read(home):
        home.create()
        write_atomically(home.ledger_position, json.dumps({"sent": sent}).encode())


def _read(home: Home) -> int | None:
    try:
        return int(json.loads(home.ledger_position.read_text(encoding="utf-8"))["sent"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
