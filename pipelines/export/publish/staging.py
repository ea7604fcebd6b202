"""The folder in which a copy is made before it is published, and the rights of what is published."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from pipelines.export.errors import PublishError
from pipelines.storage.files import PRIVATE_FOLDER, StorageError, make_private_folder
from pipelines.storage.locks import exclusive_lock

_STAGING = ".incoming-"
_ALL_RIGHTS = 0o7777
_READ_AND_WRITE = 0o666
_GROUP_RIGHTS = 0o070


@contextmanager
def staging_folder(target: Path) -> Iterator[Path]:
    """Creates a folder beside `target` for one copy; other processes that publish wait for the lock.

    The operating system releases the lock when a process ends, however it ends. What is in a staging folder while the
    lock is free is left from a process that was killed, and is removed.

    Raises:
        PublishError: the disk or DuckDB refuses something in the `with` block; what was published is unchanged.
    """
    unchanged = "what was published before is unchanged"
    try:
        make_private_folder(target.parent)
        with exclusive_lock(target.parent / ".publish.lock"):
            for leftover in target.parent.glob(f"{_STAGING}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            folder = target.parent / f"{_STAGING}{secrets.token_hex(8)}"
            folder.mkdir(mode=PRIVATE_FOLDER)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except StorageError as error:
        raise PublishError(f"cannot publish to {target}: {error}") from error
    except OSError as error:
        raise PublishError(f"cannot publish to {target}: {error.strerror or error}; {unchanged}") from error
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise PublishError(f"cannot publish to {target}: {reason}; {unchanged}") from error


def take_over_rights(new: Path, target: Path) -> None:
    """Gives the file `new` the rights and the group of the file `target`, which it replaces.

    An administrator may have opened the published files to a group; they stay open when they are replaced. Where
    `target` does not exist yet, the rights of its folder decide: a file in a private folder is private.
    """
    if target.exists():
        _give_rights(new, target.stat(), mask=_ALL_RIGHTS)
    else:
        _give_rights(new, target.parent.stat(), mask=_READ_AND_WRITE)


def make_published_folder(folder: Path) -> None:
    """Creates a folder with the rights of the folder that it is in; one that exists keeps its own."""
    if folder.is_dir():
        return
    folder.mkdir(mode=PRIVATE_FOLDER)
    _give_rights(folder, folder.parent.stat(), mask=_ALL_RIGHTS)


def _give_rights(path: Path, model: os.stat_result, *, mask: int) -> None:
    mode = stat.S_IMODE(model.st_mode) & mask
    if path.stat().st_gid != model.st_gid:
        try:
            os.chown(path, -1, model.st_gid)
        except OSError:
            # The rights were meant for a group that this user cannot assign.
            mode &= ~_GROUP_RIGHTS
    # Some file systems have no rights.
    with suppress(OSError):
        path.chmod(mode)
