"""Upgrades a home folder that a former version made; refuses one of a later version or of another company."""

import json
from contextlib import suppress
from pathlib import Path

from pipelines.storage.files import PRIVATE_FOLDER, StorageError, write_atomically
from pipelines.storage.home import Home

FORMAT = 2

# What the first version kept about a build; now it is in the warehouse itself.
_FORMER_BUILD_FILES = ("dbt/laid.json", "dbt/built.json")


def upgrade_home(home: Home, company: str) -> str | None:
    """Creates or upgrades the home folder of a company; returns what changed in words, None if nothing did.

    Raw data, ledger and history of the first version are read as they are; its folder was readable by every user of
    the machine and is closed once. A home belongs to the company whose settings were first used with it: sources of two
    companies may have the same name, and their rows would be mixed.

    Raises:
        StorageError: the folder cannot be written, a later version of Vigie made it, or it belongs to another company.
    """
    is_former = (home.path / "raw").is_dir() and not _marker(home).exists()
    home.create()
    marker = _read(_marker(home))
    known, owner = marker.get("format"), marker.get("company")
    if isinstance(known, int) and known > FORMAT:
        raise StorageError(
            f"{home.path} has format {known}, this version of Vigie knows {FORMAT}: run the version that wrote it, or a"
            " later one"
        )
    if isinstance(owner, str) and owner != company:
        raise StorageError(
            f"{home.path} holds the data of {owner}, and these settings are for {company}: name another folder with"
            f" --home; if {company} is the new name of {owner}, say so once: `vigie run --rename-company`"
        )
    if known == FORMAT and owner == company:
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
    write_atomically(_marker(home), json.dumps({"format": FORMAT, "company": company}, ensure_ascii=False).encode())
    if not is_former:
        return None
    return f"{home.path} is closed to other users from now on; open it to a group with chmod if BI tools read it"


def rename_company(home: Home, company: str) -> None:
    """Makes a home folder that of a company whose name has changed; does nothing to a folder without a company.

    Raises:
        StorageError: the folder cannot be written.
    """
    marker = _read(_marker(home))
    if isinstance(marker.get("company"), str) and marker["company"] != company:
        write_atomically(_marker(home), json.dumps(marker | {"company": company}, ensure_ascii=False).encode())


def _marker(home: Home) -> Path:
    return home.path / "home.json"


def _read(marker: Path) -> dict[str, object]:
    try:
        content = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
