"""Locks between processes: files that the operating system unlocks when a process ends, however it ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock


class LockTimeoutError(Exception):
    """Another process holds a lock and did not release it in time; `holder` is its process id, if known."""

    def __init__(self, path: Path, holder: str | None) -> None:
        super().__init__(f"process {holder or 'unknown'} still holds {path}; wait for it, or end it if it hangs")
        self.path = path
        self.holder = holder


@contextmanager
def exclusive_lock(path: Path, *, timeout: float = -1, poll_seconds: float = 0.1) -> Iterator[None]:
    """Keeps other processes and threads out for the duration of a `with` block; the file records the holder's id.

    Args:
        path: the lock file; its folder must exist.
        timeout: seconds to wait for another holder; negative waits without end, 0 does not wait.
        poll_seconds: seconds between two attempts.

    Raises:
        LockTimeoutError: the lock is still held by another process.
    """
    # The file stays: a lock on a file that somebody removes meanwhile protects nothing.
    lock = filelock.FileLock(str(path), mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=timeout, poll_interval=poll_seconds)
    except filelock.Timeout:
        raise LockTimeoutError(path, _holder(path)) from None
    try:
        path.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        lock.release()


def _holder(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None
