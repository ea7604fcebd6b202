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
from pipelines.storage.files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    make_shared_folder,
    shared_mode,
    write_atomically,
)
from pipelines.storage.temporary_names import is_abandoned, temporary_name

_TEMPORARY_NAME = re.compile(r"\..+\.([0-9a-f]{8}-[0-9a-f]+-)?[0-9a-f]{8,16}\.tmp")
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


def destination(address: str, *, is_private: bool = False) -> Place:
    """Returns the place of `address`: a path, `file://`, or an fsspec address such as `s3://bucket/folder`.

    Files in a folder are readable by their owner alone if `is_private`; otherwise the user's umask decides.
    """
    return _Remote(address) if is_remote(address) else _Folder(local_path(address), is_private=is_private)


def probe(address: str) -> None:
    """Writes and removes a small file at `address`.

    Raises:
        ExportError: says why that cannot be done.
    """
    place = destination(address)
    name = f".vigie-probe-{secrets.token_hex(8)}"
    place.put(name, b"")
    place.remove(name)


class _Folder:
    def __init__(self, path: Path, *, is_private: bool) -> None:
        self.path = path
        self.is_private = is_private

    def put(self, name: str, content: bytes) -> str:
        target = self.path / name
        with _folder_errors("write", target):
            if self.is_private:
                self.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            else:
                make_shared_folder(self.path)
            write_atomically(target, content, mode=PRIVATE_FILE if self.is_private else shared_mode())
            self._remove_leftovers(target.stat().st_mtime)
        return str(target)

    def _remove_leftovers(self, now: float) -> None:
        """Removes the temporary files of killed writers: at once if they ran on this machine; no writer needs a day."""
        for path in self.path.iterdir():
            with suppress(OSError):
                is_old = _TEMPORARY_NAME.fullmatch(path.name) and now - path.stat().st_mtime > _A_DAY
                if is_old or is_abandoned(path.name):
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
        for path in system.ls(folder, detail=False):
            if is_abandoned(_name_of(path)):
                system.rm_file(path)
        with temporary_name(name) as temporary:
            try:
                system.pipe_file(f"{folder}/{temporary}", content)
                system.mv(f"{folder}/{temporary}", f"{folder}/{name}")
            except BaseException:
                with suppress(Exception):
                    system.rm_file(f"{folder}/{temporary}")
                raise

    def names(self) -> list[str]:
        with self._reached("list") as (system, folder):
            try:
                paths = system.ls(folder, detail=False)
            except FileNotFoundError:
                return []
            return [_name_of(path) for path in paths]

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


def _name_of(path: object) -> str:
    return str(path).rstrip("/").rpartition("/")[2]
