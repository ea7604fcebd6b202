"""Where files go: a folder of this machine, or any address that fsspec reaches.

In both a file is there whole or not at all. Error texts name the place without user names, passwords or query keys.
"""

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

import fsspec

from pipelines.export.errors import ExportError
from pipelines.export.settings import is_remote

# An object appears under its name when its last byte has arrived; moving it there would only copy it.
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci"})
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "sftp": "sftp"}
_HALF_MADE = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")
_A_DAY = 86_400.0


class Place(Protocol):
    """A place that holds files by name."""

    def put(self, name: str, content: bytes) -> str:
        """Writes `content` under `name`, in place of what was there, and returns its address. Raises `ExportError`."""
        ...

    def names(self) -> list[str]:
        """The names of the files that are there. Raises `ExportError`."""
        ...

    def remove(self, name: str) -> None:
        """Removes a file; one that is not there is no error. Raises `ExportError`."""
        ...


def destination(address: str) -> Place:
    """The place that `address` names: a path, `file://`, or an fsspec address such as `s3://bucket/folder`."""
    if is_remote(address):
        return _Remote(address)
    return _Folder(Path(urlsplit(address).path if address.startswith("file://") else address))


def probe(address: str) -> None:
    """Writes and removes a small file at `address`.

    Raises:
        ExportError: says why that cannot be done.
    """
    place = destination(address)
    name = f".vigie-probe-{secrets.token_hex(8)}"
    place.put(name, b"")
    place.remove(name)


def shown(address: str) -> str:
    """`address` as it may be told: without user, password and query."""
    return "::".join(_without_secrets(part) for part in address.split("::"))


def _without_secrets(address: str) -> str:
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def sync_folder(folder: Path) -> None:
    """Makes a rename within `folder` last through a power cut, where the system lets folders be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, name: str, content: bytes) -> str:
        target = self.path / name
        half_made = self.path / f".{name}.{secrets.token_hex(8)}.tmp"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                with half_made.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                self._sweep(half_made)
                half_made.replace(target)
            finally:
                half_made.unlink(missing_ok=True)
        except OSError as error:
            raise ExportError(f"cannot write {target}: {error.strerror or error}") from error
        sync_folder(self.path)
        return str(target)

    def _sweep(self, newest: Path) -> None:
        """Removes what writers that were killed left behind; a day is longer than any of them can be at work."""
        now = newest.stat().st_mtime
        for path in self.path.iterdir():
            with contextlib.suppress(OSError):
                if _HALF_MADE.fullmatch(path.name) and now - path.stat().st_mtime > _A_DAY:
                    path.unlink()

    def names(self) -> list[str]:
        try:
            return [path.name for path in self.path.iterdir()] if self.path.exists() else []
        except OSError as error:
            raise ExportError(f"cannot list {self.path}: {error.strerror or error}") from error

    def remove(self, name: str) -> None:
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise ExportError(f"cannot remove {self.path / name}: {error.strerror or error}") from error


class _Remote:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.protocol = address.split("://", 1)[0].split("::", maxsplit=1)[0]

    def put(self, name: str, content: bytes) -> str:
        with self._reached("write") as (system, folder):
            if self.protocol in _OBJECT_STORES:
                system.pipe_file(f"{folder}/{name}", content)
            else:
                system.makedirs(folder, exist_ok=True)
                half_made = f"{folder}/.{name}.{secrets.token_hex(8)}.tmp"
                try:
                    system.pipe_file(half_made, content)
                    system.mv(half_made, f"{folder}/{name}")
                except BaseException:
                    with contextlib.suppress(Exception):
                        system.rm_file(half_made)
                    raise
        return f"{shown(self.address)}/{name}"

    def names(self) -> list[str]:
        with self._reached("list") as (system, folder):
            system.invalidate_cache()
            try:
                paths = system.ls(folder, detail=False)
            except FileNotFoundError:
                return []
            return [str(path).rstrip("/").rpartition("/")[2] for path in paths]

    def remove(self, name: str) -> None:
        with self._reached("remove files from") as (system, folder), contextlib.suppress(FileNotFoundError):
            system.rm_file(f"{folder}/{name}")

    @contextlib.contextmanager
    def _reached(self, what: str) -> Any:
        """The file system and the folder's path on it; every driver's own errors come out as `ExportError`."""
        try:
            system, folder = fsspec.url_to_fs(self.address)
            yield system, folder.rstrip("/")
        except ImportError:
            extra = _EXTRAS.get(self.protocol)
            cure = f"install vigie-kpi[{extra}]" if extra else f"install the fsspec driver for {self.protocol}://"
            raise ExportError(f"cannot {what} {shown(self.address)}: {cure}") from None
        except Exception as error:  # noqa: BLE001 - drivers raise what they like
            # Not chained: the driver's own error may hold the address with its password.
            reason = self._redacted(str(error) or type(error).__name__)
            raise ExportError(f"cannot {what} {shown(self.address)}: {reason}") from None

    def _redacted(self, text: str) -> str:
        text = text.replace(self.address, shown(self.address))
        for part in self.address.split("::"):
            parts = urlsplit(part)
            for secret in (parts.password, parts.query):
                for form in {secret, unquote(secret)} if secret else set():
                    text = text.replace(form, "•••")
        return text
