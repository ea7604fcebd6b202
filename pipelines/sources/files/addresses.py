"""The files that the settings name: in folders of this machine, or at any address that fsspec reaches."""

import glob
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.sources.files.errors import ExtractError
from pipelines.storage.addresses import AddressError, driver_errors, is_remote, local_path, open_filesystem
from pipelines.storage.credentials import without_credentials

_WILDCARDS = frozenset("*?[")
# File systems record times this coarsely: a second change within it might not show.
_COARSE = timedelta(seconds=2)
# What stores report of an object that changes with its content.
_TAGS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "generation", "Content-MD5", "Digest", "Last-Modified")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created", "modified")
# A web server that answers with one of these has no such file; any other failure is an outage.
_ABSENT = (404, 410)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a pattern matches.

    `name` identifies it in messages and rows: its path relative to the settings, or its address without credentials.
    `path` is where it is on this machine or in the file system of `address`. `state` changes with its content, unless
    it is not `settled`: then a change may have been too recent to show.
    """

    name: str
    path: str
    address: str
    bytes: int
    modified_at: datetime
    state: str
    settled: bool
    is_local: bool

    @property
    def stamp(self) -> str | None:
        """What proves that the content is the same without reading it; None if nothing does for certain."""
        return self.state if self.settled else None


def locate(pattern: str, base: Path, now: datetime) -> list[Found]:
    """Returns the files that `pattern` matches, in natural order: orders-2 before orders-10.

    Relative paths start at `base`; `now` is the wall clock, aware.

    Raises:
        ExtractError: there is no such file, or its place cannot be reached.
    """
    found = _locate_remote(pattern, now) if is_remote(pattern) else _locate_local(pattern, base, now)
    if not found:
        where = "" if is_remote(pattern) else f" (looked in {_searched_folder(pattern, base)})"
        raise ExtractError(f"no file matches {without_credentials(pattern)}{where}")
    return sorted(found, key=lambda file: _natural_order(file.name))


def look(found: Found, now: datetime) -> Found | None:
    """Returns the same file as it is now; None if it is gone.

    Raises:
        ExtractError: its place cannot be reached.
    """
    try:
        if found.is_local:
            return _local_file(Path(found.path), found.name, now)
        with _place(found.address):
            filesystem, _ = open_filesystem(found.address)
            try:
                return _remote_file(found.address, found.name, found.path, filesystem.info(found.path), now)
            except FileNotFoundError:
                return None
    except FileNotFoundError:
        return None


def fetch(found: Found, target: Path) -> Path:
    """Returns a local path with the file's content: its own, or a copy at `target`.

    Raises:
        ExtractError: the content cannot be reached, or the file's path is not UTF-8 or a broken link.
        OSError: `target` cannot be written.
    """
    if found.is_local:
        if not _is_utf8(found.path):
            raise ExtractError(f"the path of {found.name} is not UTF-8; rename that file or its folder")
        if _is_broken_link(Path(found.path)):
            raise ExtractError(f"{found.name} is a link to a file that is missing; is its folder mounted?")
        return Path(found.path)
    local_failure: OSError | None = None
    with _place(found.address):
        filesystem, _ = open_filesystem(found.address)
        try:
            filesystem.get_file(found.path, str(target))
        except OSError as error:
            if error.errno != ENOSPC and str(error.filename) != str(target):
                raise
            local_failure = error
    if local_failure is not None:
        raise local_failure
    return target


def _natural_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """A sorting key that compares digits as numbers."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"([0-9]+)", name) if part)


# --------------------------------------------------------------------------------------------------------------- local


def _locate_local(pattern: str, base: Path, now: datetime) -> list[Found]:
    exact = local_path(pattern)
    # A file of exactly that name is meant, even if the name has characters that patterns use.
    # Path.glob would refuse patterns that begin with a slash or two dots.
    names = (
        [str(exact)] if (base / exact).is_file() else glob.glob(_glob_pattern(pattern), root_dir=base, recursive=True)  # noqa: PTH207
    )
    found = []
    for name in names:
        # It may be gone by now.
        with suppress(FileNotFoundError):
            # A link to a missing file is reported when it is read: its neighbours are loaded.
            if (base / name).is_file() or _is_broken_link(base / name):
                found.append(_local_file(base / name, _printable(name), now))
    return found


def _glob_pattern(pattern: str) -> str:
    """The pattern for `glob`, in which the path of a home directory (`~/extracts/*.csv`) has no wildcards."""
    user, slash, rest = pattern.partition("/")
    home = os.path.expanduser(user)  # noqa: PTH111 - unlike Path, it leaves an unknown user as it is
    return glob.escape(home) + slash + rest if home != user else str(local_path(pattern))


def _printable(name: str) -> str:
    """`name` with escapes for the bytes that are not UTF-8: `fetch` refuses such a file, and only that one."""
    return name if _is_utf8(name) else os.fsencode(name).decode(errors="backslashreplace")


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _local_file(path: Path, name: str, now: datetime) -> Found:
    status = path.lstat() if _is_broken_link(path) else path.stat()
    changed_at = datetime.fromtimestamp(max(status.st_mtime, status.st_ctime), UTC)
    return Found(
        name=name,
        path=str(path.absolute()),
        address="",
        bytes=status.st_size,
        modified_at=datetime.fromtimestamp(status.st_mtime, UTC),
        state=f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}",
        settled=changed_at + _COARSE <= now,
        is_local=True,
    )


def _is_broken_link(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _searched_folder(pattern: str, base: Path) -> Path:
    """The innermost folder of the pattern that has no wildcard."""
    folder = base
    for part in local_path(pattern).parts[:-1]:
        if _WILDCARDS & set(part):
            break
        folder /= part
    return Path(os.path.normpath(folder.absolute()))


def open_for_writing(paths: Collection[Path]) -> set[Path]:
    """Returns those of the paths that a process of this machine holds open for writing, as far as Linux shows it."""
    wanted = {os.path.realpath(path): path for path in paths}
    processes = Path("/proc")
    if not wanted or not processes.is_dir():
        return set()
    found = set()
    for process in processes.iterdir():
        if not process.name.isdecimal():
            continue
        for descriptor in _entries(process / "fd"):
            try:
                target = str(descriptor.readlink())
                if target in wanted and _is_for_writing(process / "fdinfo" / descriptor.name):
                    found.add(wanted[target])
            except OSError:
                continue
    return found


def _entries(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_for_writing(fdinfo: Path) -> bool:
    for line in fdinfo.read_text(encoding="ascii").splitlines():
        if line.startswith("flags:"):
            return int(line.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY
    return False


# -------------------------------------------------------------------------------------------------------------- remote


@contextmanager
def _place(address: str, action: str = "read") -> Iterator[None]:
    """Turns a driver's errors into an ExtractError."""
    try:
        with driver_errors(address, action):
            yield
    except AddressError as error:
        raise ExtractError(str(error)) from None


def _locate_remote(pattern: str, now: datetime) -> list[Found]:
    with _place(pattern, "list"):
        filesystem, path = open_filesystem(pattern)
        if not _WILDCARDS & set(path) or pattern.startswith(("http://", "https://")):
            try:
                return [_remote_file(pattern, without_credentials(pattern), path, filesystem.info(path), now)]
            except FileNotFoundError as error:
                # For fsspec, a web server that does not answer has no files.
                if error.__cause__ is not None and getattr(error.__cause__, "status", None) not in _ABSENT:
                    raise error.__cause__ from None
                return []
        listed: Mapping[str, Mapping[str, Any]] = filesystem.glob(path, detail=True)
        return [
            _remote_file(pattern, _name_of(pattern, filesystem, path), path, info, now)
            for path, info in listed.items()
            if info.get("type") != "directory"
        ]


def _name_of(pattern: str, filesystem: Any, path: str) -> str:
    """The address of one of several files, with the host that file systems of one host leave out."""
    host = urlsplit(pattern).netloc.rpartition("@")[2]
    if host and host not in path:
        return f"{pattern.split('://', 1)[0]}://{host}/{path.lstrip('/')}"
    return without_credentials(str(filesystem.unstrip_protocol(path)))


def _remote_file(address: str, name: str, path: str, info: Mapping[str, Any], now: datetime) -> Found:
    tag = next((str(info[key]) for key in _TAGS if info.get(key)), None)
    modified = next((_moment(info[key]) for key in _TIMES if info.get(key)), None)
    size = int(info.get("size") or 0)
    return Found(
        name=name,
        path=path,
        address=address,
        bytes=size,
        modified_at=modified or now,
        state=f"{size}-{tag or modified}",
        settled=tag is not None or (modified is not None and modified + _COARSE <= now),
        is_local=False,
    )


def _moment(value: object) -> datetime:
    match value:
        case datetime():
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        case int() | float():
            return datetime.fromtimestamp(value, UTC)
        case _:
            return datetime.fromisoformat(str(value)).astimezone(UTC)
