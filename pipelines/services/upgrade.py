"""Upgrades a home folder that a former version made; refuses one that a later version made."""

import json
from contextlib import suppress
from pathlib import Path

from pipelines.storage.files import PRIVATE_FOLDER, StorageError, write_atomically
from pipelines.storage.home import Home

FORMAT = 2

# What the first version kept about a build; now it is in the warehouse itself.
_FORMER_BUILD_FILES = ("dbt/laid.json", "dbt/built.json")


def upgrade_home(home: Home) -> str | None:
    """Creates or upgrades the home folder; returns what changed in words, None if nothing did.

    Raw data, ledger and history of the first version are read as they are; its folder was readable by every user of
    the machine and is closed once.

    Raises:
        StorageError: the folder cannot be written, or a later version of Vigie made it.
    """
    is_former = (home.path / "raw").is_dir() and not _marker(home).exists()
    home.create()
    known = _read(_marker(home))
    if known is not None and known > FORMAT:
        raise StorageError(
            f"{home.path} has format {known}, this version of Vigie knows {FORMAT}: run the version that wrote it, or a"
            " later one"
        )
    if known == FORMAT:
        return None
    if is_former:
        try:
            home.path.chmod(PRIVATE_FOLDER)
        except OSError as error:
            raise StorageError(
                f"{home.path} cannot be closed to other users ({error.strerror}); run as its owner"
            ) from error
        for name in _FORMER_BUILD_FILES:
            with suppress(OSError):
                (home.path / name).unlink(missing_ok=True)
    write_atomically(_marker(home), json.dumps({"format": FORMAT}).encode())
    if not is_former:
        return None
    return f"{home.path} is closed to other users from now on; open it to a group with chmod if BI tools read it"


def _marker(home: Home) -> Path:
    return home.path / "home.json"


def _read(marker: Path) -> int | None:
    try:
        return int(json.loads(marker.read_text(encoding="utf-8"))["format"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
