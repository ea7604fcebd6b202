"""Names of temporary files that identify the process that writes them.

A process that is killed leaves its temporary file behind, in a folder or on a server. The next process sees from the
name alone whether the writer is still running, without a lock, which most servers do not have.
"""

import hashlib
import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

_NAME = re.compile(r"\..+\.(?P<host>[0-9a-f]{8})-(?P<pid>[0-9a-f]+)-[0-9a-f]{8}\.tmp")

_in_use: set[str] = set()


@contextmanager
def temporary_name(name: str) -> Iterator[str]:
    """Gives a name for the temporary file that becomes the file `name`; it is in use until the `with` block ends."""
    temporary = f".{name}.{_host()}-{os.getpid():x}-{secrets.token_hex(4)}.tmp"
    _in_use.add(temporary)
    try:
        yield temporary
    finally:
        _in_use.discard(temporary)


def is_abandoned(name: str) -> bool:
    """Returns whether `name` is that of a temporary file whose writer ran on this machine and has ended.

    While another process has the process id of the writer, the answer is False: a file that may be in use stays.
    """
    found = _NAME.fullmatch(name)
    if found is None or found["host"] != _host():
        return False
    pid = int(found["pid"], 16)
    if pid == os.getpid():
        return name not in _in_use
    return not psutil.pid_exists(pid)


def _host() -> str:
    """Returns a digest of this machine's name; the name itself is not shown to those who receive files."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
