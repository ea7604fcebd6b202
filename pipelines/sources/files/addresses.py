"""Where extracts lie: folders of this machine, or any address that fsspec reaches."""

import glob
import os
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec

from pipelines.sources.files.errors import ExtractError
from pipelines.sources.files.settings import without_credentials

_EXTRAS = {
    "s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure",
    "adl": "azure", "sftp": "sftp", "ssh": "sftp",
}  # fmt: skip
# Times may be as coarse as this: what changes within it might not show.
_COARSE = timedelta(seconds=2)
# What stores say of an object that changes with its content.
_TAGS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "generation", "Content-MD5", "Digest", "Last-Modified")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created", "modified")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a pattern names.

    `name` is what it is called in messages and rows: relative to the settings, or its address without credentials.
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
        """What tells by itself that the content is the same; None if nothing does for certain."""
        return self.state if self.settled else None


def is_remote(pattern: str) -> bool:
    """Whether a pattern is an address for fsspec rather than a path of this machine."""
    return "://" in pattern and not pattern.startswith("file://")


def locate(pattern: str, base: Path, now: datetime) -> list[Found]:
    """The files that `pattern` names, in natural order: orders-2 before orders-10.

    Relative paths start at `base`. Raises ExtractError if there is no such file, or if its place cannot be reached.
    """
    found = _locate_remote(pattern, now) if is_remote(pattern) else _locate_local(pattern, base, now)
    if not found:
        where = "" if is_remote(pattern) else f" (looked in {_looked_in(pattern, base)})"
        raise ExtractError(f"no file matches {without_credentials(pattern)}{where}")
    return sorted(found, key=lambda file: natural(file.name))


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """A sorting key that takes digits for numbers."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"([0-9]+)", name) if part)


def look(found: Found, now: datetime) -> Found | None:
    """The same file as it is now; None if it is gone."""
    try:
        if found.is_local:
            return _local(Path(found.path), found.name, now)
        filesystem, _ = _filesystem(found.address)
        return _remote(found.address, found.name, found.path, filesystem.info(found.path), now)
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001 - each file system of fsspec has errors of its own
        raise _unreachable(found.address, error) from None


def fetch(found: Found, target: Path) -> Path:
    """A local path with the file's content: its own, or a copy at `target`.

    Raises ExtractError if the content cannot be reached.
    """
    if found.is_local:
        return Path(found.path)
    try:
        filesystem, _ = _filesystem(found.address)
        filesystem.get_file(found.path, str(target))
    except Exception as error:
        if isinstance(error, OSError) and (error.errno == ENOSPC or str(error.filename) == str(target)):
            raise
        raise _unreachable(found.address, error) from None
    return target


# --------------------------------------------------------------------------------------------------------------- local


def _path_of(pattern: str) -> str:
    return unquote(urlsplit(pattern).path) if pattern.startswith("file://") else str(Path(pattern).expanduser())


def _locate_local(pattern: str, base: Path, now: datetime) -> list[Found]:
    written = _path_of(pattern)
    # A file of exactly that name is meant, even if the name has characters that patterns use.
    # Path.glob would refuse patterns that begin with a slash or two dots.
    names = [written] if (base / written).is_file() else glob.glob(written, root_dir=base, recursive=True)  # noqa: PTH207
    found = []
    for name in names:
        # It may be gone by now.
        with suppress(FileNotFoundError):
            if (base / name).is_file():
                found.append(_local(base / name, _told(name), now))
    return found


def _told(name: str) -> str:
    """`name` as it can be written down; ExtractError if it cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "backslashreplace").decode()
        raise ExtractError(f"the file name {shown} is not UTF-8; rename that file") from None
    return name


def _local(path: Path, name: str, now: datetime) -> Found:
    status = path.stat()
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


def _looked_in(pattern: str, base: Path) -> Path:
    """The innermost folder of the pattern that has no wildcard."""
    folder = base
    for part in Path(_path_of(pattern)).parts[:-1]:
        if set("*?[") & set(part):
            break
        folder /= part
    return Path(os.path.normpath(folder.absolute()))


def open_for_writing(paths: Collection[Path]) -> set[Path]:
    """Those of the paths that some process of this machine holds open for writing, as far as Linux lets one see."""
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


def _filesystem(address: str) -> tuple[Any, str]:
    protocol = address.partition("://")[0].partition("::")[0]
    try:
        # The client of sftp takes no option it does not know, and keeps no listings either.
        options = {} if protocol in ("sftp", "ssh") else {"use_listings_cache": False}
        filesystem, path = fsspec.core.url_to_fs(address, **options)
    except ImportError:
        extra = _EXTRAS.get(protocol)
        package = f"'vigie-kpi[{extra}]'" if extra is not None else "aiohttp" if "http" in protocol else f"'{protocol}'"
        raise ExtractError(
            f"{without_credentials(address)} needs a package that is not installed: run `pip install {package}`"
        ) from None
    except ValueError as error:
        raise ExtractError(f"{without_credentials(address)}: {without_credentials(str(error))}") from None
    return filesystem, path


def _locate_remote(pattern: str, now: datetime) -> list[Found]:
    try:
        filesystem, path = _filesystem(pattern)
        if not set("*?[") & set(path) or pattern.startswith(("http://", "https://")):
            try:
                return [_remote(pattern, without_credentials(pattern), path, filesystem.info(path), now)]
            except FileNotFoundError as error:
                # To the web's file system a server that does not answer has no files.
                if error.__cause__ is not None and getattr(error.__cause__, "status", None) not in (404, 410):
                    raise _unreachable(pattern, error.__cause__) from None
                return []
        listed: Mapping[str, Mapping[str, Any]] = filesystem.glob(path, detail=True)
        return [
            _remote(pattern, _name_of(pattern, filesystem, path), path, info, now)
            for path, info in listed.items()
            if info.get("type") != "directory"
        ]
    except ExtractError:
        raise
    except Exception as error:  # noqa: BLE001 - each file system of fsspec has errors of its own
        raise _unreachable(pattern, error) from None


def _name_of(pattern: str, filesystem: Any, path: str) -> str:
    """The address of one of several files, with the host that file systems of one host leave out."""
    host = urlsplit(pattern).netloc.rpartition("@")[2]
    if host and host not in path:
        return f"{pattern.split('://', 1)[0]}://{host}/{path.lstrip('/')}"
    return without_credentials(str(filesystem.unstrip_protocol(path)))


def _remote(address: str, name: str, path: str, info: Mapping[str, Any], now: datetime) -> Found:
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


def _unreachable(address: str, error: BaseException) -> ExtractError:
    if isinstance(error, ExtractError):
        return error
    reason = without_credentials(" ".join(str(error).split())) or type(error).__name__
    for secret in _secrets_in(address):
        reason = reason.replace(secret, "***")
    return ExtractError(f"{without_credentials(address)} cannot be reached ({type(error).__name__}: {reason[:300]})")


def _secrets_in(address: str) -> list[str]:
    parts = urlsplit(address)
    values = [parts.username, parts.password, *(pair.partition("=")[2] for pair in parts.query.split("&"))]
    return [text for value in values if value for text in {value, unquote(value)} if len(text) > 2]
