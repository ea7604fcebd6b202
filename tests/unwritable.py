"""Folders that the process may read and not write."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def not_writable(folder: Path) -> Iterator[None]:
    """Makes a folder and its files read-only for the duration of a `with` block.

    Root could write all the same, so that it acts as somebody without rights meanwhile. For that the folders above are
    opened to everybody.
    """
    is_root = os.geteuid() == 0
    closed = [path for path in folder.absolute().parents if is_root and path.stat().st_mode & 0o055 != 0o055]
    modes = {path: path.stat().st_mode for path in closed}
    for path, mode in modes.items():
        path.chmod(mode | 0o055)
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if is_root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o700 if path.is_dir() else 0o600)
        for path, mode in modes.items():
            path.chmod(mode)
