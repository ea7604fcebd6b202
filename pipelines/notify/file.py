"""The file channel: one JSON record a line, each message once."""

import errno
import fcntl
import json
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.notify.settings import FileChannel

# Errors that go away without anyone changing the settings.
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ESTALE}


def send(channel: FileChannel, message: Message, *, base: Path, now: datetime) -> Receipt:
    """Append the record of `message`, unless the file has it; it is on the disk when this returns.

    Processes that append to one file take turns. A line that a crash left half written is ended first, and stays
    where it is for a person to see.
    """
    path = base / channel.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path) as descriptor:
            size = os.fstat(descriptor).st_size
            if _holds(descriptor, size, message.message_id):
                return Receipt(f"{path} already holds {message.message_id}")
            ends_well = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
            _append(descriptor, (b"" if ends_well else b"\n") + message.to_line(sent_at=now), size)
            if size == 0:
                _sync_folder(path.parent)
    except OSError as error:
        reason = f"cannot write {path}: {error.strerror or error}"
        raise Undeliverable(reason, can_retry=error.errno in _PASSING) from error
    return Receipt(f"appended to {path}")


def probe(channel: FileChannel, *, base: Path) -> str | None:
    """Why messages could not be written there, or None. Leaves nothing behind."""
    path = base / channel.path
    try:
        if path.exists():
            with path.open("ab"):
                return None
        folder = path.parent
        while not folder.exists():
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"cannot write {path}: {error.strerror or error}"


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _holds(descriptor: int, size: int, message_id: str) -> bool:
    """Whether a whole record with that id is there. The text is searched first, so that few lines are ever parsed."""
    if size == 0:
        return False
    wanted = json.dumps(message_id).encode()
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as text:
        found = text.rfind(wanted)
        while found >= 0:
            start = text.rfind(b"\n", 0, found) + 1
            end = text.find(b"\n", found)
            with suppress(ValueError):
                record = json.loads(text[start : end if end >= 0 else size])
                if isinstance(record, dict) and record.get("message_id") == message_id:
                    return True
            found = text.rfind(wanted, 0, start)
    return False


def _append(descriptor: int, line: bytes, size: int) -> None:
    """Write all of `line` or none of it, and wait until the disk has it."""
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _sync_folder(folder: Path) -> None:
    """A new file's name is on the disk only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
