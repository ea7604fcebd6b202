"""Appends messages to a file, each message once."""

import errno
import fcntl
import json
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.storage.files import sync

# Errors that may disappear without a change of the settings.
_TEMPORARY = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ESTALE}
)


class FileChannel(Channel):
    """A file that gets one JSON record a line."""

    # Programs read it: each event has a record with its own values.
    takes_groups: ClassVar[bool] = False

    type: Literal["file"]
    path: Path = Field(description="The file, relative to the settings.")

    @property
    def takes_files(self) -> bool:
        """The record has the name of the file."""
        return True

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Appends the record of `message` unless the file contains it; the record is on the disk on return.

        A lock on the file makes processes that append to it wait for each other. A half-written line that a crash left
        is ended with a line break and kept.

        Raises:
            Undeliverable: the file cannot be written.
        """
        path = context.base / self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(path) as descriptor:
                size = os.fstat(descriptor).st_size
                if _contains(descriptor, size, message.message_id):
                    return Receipt(f"{path} already contains {message.message_id}")
                ends_with_line_break = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
                line = message.to_line(sent_at=context.now)
                _append(descriptor, line if ends_with_line_break else b"\n" + line, size)
                if size == 0:
                    # The name of a new file survives a crash only once its folder is written.
                    sync(path.parent)
        except OSError as error:
            reason = f"cannot write {path}: {error.strerror or error}"
            raise Undeliverable(reason, can_retry=error.errno in _TEMPORARY) from error
        return Receipt(f"appended to {path}")

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why the file cannot be written, or None. Creates nothing."""
        path = context.base / self.path
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


def _contains(descriptor: int, size: int, message_id: str) -> bool:
    """Whether the file has a whole record with that id. Only lines that contain the id's text are parsed."""
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
    """Writes all of `line` to the disk, or nothing."""
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise
