"""Files that are there whole or not at all, and readable by their owner alone."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.storage.temporary_names import temporary_name

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# The same in the messages of SQLite, DuckDB and other programs.
_FULL_IN_WORDS = ("disk is full", "No space left", "Disk quota exceeded", "File too large")


class StorageError(Exception):
    """A folder or a file cannot be written; the message says which, why and what to do."""


def make_private_folder(folder: Path) -> None:
    """Creates a folder and its parents; the folder itself is accessible to its owner alone.

    A folder that is already there keeps its rights, so that an administrator may open it to a group.

    Raises:
        StorageError: the folder cannot be created.
    """
    if folder.is_dir():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be created ({error.strerror}); name another folder with --home") from error


def storage_reason(error: BaseException) -> str | None:
    """Returns why a chain of errors is about storage (disk full, no write permission, read-only); None otherwise."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError):
            if found.errno in _FULL:
                return f"{found.strerror}; free disk space, then run again"
            if found.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                return f"{found.strerror} ({found.filename}); grant this user write access, then run again"
        text = str(found)
        if any(words in text for words in _FULL_IN_WORDS):
            return "the disk is full; free disk space, then run again"
        if "disk I/O error" in text:
            # SQLite says so when it cannot enlarge the file that its processes share.
            return "the disk is full or fails (disk I/O error); free disk space, then run again"
        if "readonly database" in text or "read-only" in text.lower() or "unable to open database file" in text:
            return f"{text.splitlines()[0]}; grant this user write access, then run again"
        found = found.__cause__ or found.__context__
    return None


@contextmanager
def replaced_atomically(target: Path, *, mode: int = PRIVATE_FILE) -> Iterator[Path]:
    """Gives a temporary path beside `target`; when the block ends without an error, it replaces `target`.

    The content is written to disk before the rename, the rename before this returns.
    """
    with temporary_name(target.name) as name:
        temporary = target.with_name(name)
        try:
            yield temporary
            with suppress(OSError):
                temporary.chmod(mode)
            sync(temporary)
            temporary.replace(target)
            sync(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_atomically(target: Path, content: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Replaces the content of `target`: a reader sees the old content or the new one."""
    with replaced_atomically(target, mode=mode) as temporary:
        temporary.write_bytes(content)


def sync(path: Path) -> None:
    """Has the system write what it holds of a file or a folder; some file systems cannot do so for folders."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(handle)


def make_files_private() -> None:
    """Makes everything that this process and its children create accessible to its owner alone.

    Files that the settings place outside the home folder are written with the mode of `shared_mode`.
    """
    global _shared_umask  # noqa: PLW0603 - the process has one umask
    before = os.umask(0o077)
    if _shared_umask is None:
        _shared_umask = before


def make_shared_folder(folder: Path) -> None:
    """Creates a folder and the parents that it lacks; who may read its files (`shared_mode`) may enter it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    readable = shared_mode()
    for path in missing:
        path.chmod(readable | 0o100 | (readable & 0o044) >> 2)


def shared_mode() -> int:
    """Returns the mode of a file that others may read: what the user's own umask allows."""
    return 0o666 & ~(_shared_umask if _shared_umask is not None else 0o022)


_shared_umask: int | None = None
