"""Folders that the process may read and not write."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of capget(2): two words of 32 capabilities each
_DAC_OVERRIDE = 1
_DAC_READ_SEARCH = 2


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Word(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


@contextmanager
def not_writable(folder: Path) -> Iterator[None]:
    """Makes a folder and its files read-only for the duration of a `with` block.

    Root could write all the same, so that the thread gives up that right meanwhile. It stays root: it can still read
    its own files in folders that are closed to everybody else.
    """
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with _bound_by_permissions():
            yield
    finally:
        for path in (folder, *folder.iterdir()):
            path.chmod(0o700 if path.is_dir() else 0o600)


@contextmanager
def _bound_by_permissions() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, words = _Header(_VERSION, 0), (_Word * 2)()
    _call(libc.capget, header, words)
    before = words[0].effective
    words[0].effective = before & ~(1 << _DAC_OVERRIDE) & ~(1 << _DAC_READ_SEARCH)
    _call(libc.capset, header, words)
    try:
        yield
    finally:
        words[0].effective = before
        _call(libc.capset, header, words)


def _call(function, header: _Header, words) -> None:
    if function(ctypes.byref(header), words) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
