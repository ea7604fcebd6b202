"""The places where exports are delivered: a folder of this machine, or any address that fsspec reaches.

In both, a file is there whole or not at all. Error texts name the place without user names, passwords or query keys.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from pipelines.export.errors import ExportError
from pipelines.storage.addresses import (
    OBJECT_STORES,
    AddressError,
    driver_errors,
    is_remote,
    local_path,
    open_filesystem,
    protocol_of,
)
from pipelines.storage.credentials import without_credentials
from pipelines.storage.files import shared_mode, sync, write_atomically

_TEMPORARY_NAME = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")
_A_DAY = 86_400.0


class Place(Protocol):
    """A place that holds files by name."""

    def put(self, name: str, content: bytes) -> str:
        """Writes `content` under `name`, replaces what was there, and returns its address without credentials.

        Raises:
            ExportError: says why that cannot be done.
        """
        ...

    def names(self) -> list[str]:
        """Returns the names of the files that are there.

        Raises:
            ExportError: the place cannot be listed.
        """
        ...

    def remove(self, name: str) -> None:
        """Removes a file; one that is not there is no error.

        Raises:
            ExportError: the file cannot be removed.
        """
        ...


def destination(address: str) -> Place:
    """Returns the place of `address`: a path, `file://`, or an fsspec address such as `s3://bucket/folder`."""
    return _Remote(address) if is_remote(address) else _Folder(local_path(address))


def probe(address: str) -> None:
    """Writes and removes a small file at `address`.

    Raises:
        ExportError: says why that cannot be done.
    """
    place = destination(address)
    name = f".vigie-probe-{secrets.token_hex(8)}"
    place.put(name, b"")
    place.remove(name)


def sync_folder(folder: Path) -> None:
    """Makes a rename within `folder` survive a power cut, where the system can sync folders."""
    with suppress(OSError):
        sync(folder)


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, name: str, content: bytes) -> str:
        target = self.path / name
        with _folder_errors("write", target):
            self.path.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content, mode=shared_mode())
            self._remove_leftovers(target.stat().st_mtime)
        return str(target)

    def _remove_leftovers(self, now: float) -> None:
        """Removes the temporary files of writers that were killed; no writer needs a day."""
        for path in self.path.iterdir():
            with suppress(OSError):
                if _TEMPORARY_NAME.fullmatch(path.name) and now - path.stat().st_mtime > _A_DAY:
                    path.unlink()

    def names(self) -> list[str]:
        with _folder_errors("list", self.path):
            return [path.name for path in self.path.iterdir()] if self.path.exists() else []

    def remove(self, name: str) -> None:
        with _folder_errors("remove", self.path / name):
            (self.path / name).unlink(missing_ok=True)


@contextmanager
def _folder_errors(action: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"cannot {action} {path}: {error.strerror or error}") from error


class _Remote:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def put(self, name: str, content: bytes) -> str:
        with self._reached("write") as (system, folder):
            if protocol_of(self.address) in OBJECT_STORES:
                # Moving an object into place would only copy it.
                system.pipe_file(f"{folder}/{name}", content)
            else:
                system.makedirs(folder, exist_ok=True)
                self._move_into_place(system, folder, name, content)
        return f"{without_credentials(self.address)}/{name}"

    @staticmethod
    def _move_into_place(system: Any, folder: str, name: str, content: bytes) -> None:
        temporary = f"{folder}/.{name}.{secrets.token_hex(8)}.tmp"
        try:
            system.pipe_file(temporary, content)
            system.mv(temporary, f"{folder}/{name}")
        except BaseException:
            with suppress(Exception):
                system.rm_file(temporary)
            raise

    def names(self) -> list[str]:
        with self._reached("list") as (system, folder):
            try:
                paths = system.ls(folder, detail=False)
            except FileNotFoundError:
                return []
            return [str(path).rstrip("/").rpartition("/")[2] for path in paths]

    def remove(self, name: str) -> None:
        with self._reached("remove files from") as (system, folder), suppress(FileNotFoundError):
            system.rm_file(f"{folder}/{name}")

    @contextmanager
    def _reached(self, action: str) -> Iterator[tuple[Any, str]]:
        """The file system and the folder's path on it; every driver's own errors become an `ExportError`."""
        try:
            with driver_errors(self.address, action):
                system, folder = open_filesystem(self.address)
                yield system, folder.rstrip("/")
        except AddressError as error:
            raise ExportError(str(error)) from None
