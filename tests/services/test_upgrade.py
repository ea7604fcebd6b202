"""Homes of the first version are upgraded; homes of a later one are refused in words."""

import json
import stat
from pathlib import Path

import pytest

from pipelines.services.upgrade import rename_company, upgrade_home
from pipelines.storage.files import StorageError
from pipelines.storage.home import Home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "new" / "home")
    assert upgrade_home(home, "Lumen") is None
    assert mode(home.path) == 0o700
    assert upgrade_home(home, "Lumen") is None


def test_a_home_of_the_first_version_is_closed_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    (home.path / "raw").mkdir(parents=True)
    home.dbt.mkdir()
    (home.dbt / "built.json").write_text("{}")
    home.path.chmod(0o755)

    assert "closed to other users" in (upgrade_home(home, "Lumen") or "")

    assert mode(home.path) == 0o700
    assert not (home.dbt / "built.json").exists()
    # What an administrator opens afterwards stays open.
    home.path.chmod(0o750)
    assert upgrade_home(home, "Lumen") is None
    assert mode(home.path) == 0o750


def test_a_home_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(StorageError, match="has format 99, this version of Vigie knows 2"):
        upgrade_home(Home(tmp_path), "Lumen")


def test_a_home_belongs_to_the_company_that_first_used_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    upgrade_home(home, "Lumen")
    with pytest.raises(StorageError, match="holds the data of Lumen, and these settings are for Acmé") as refused:
        upgrade_home(home, "Acmé")
    assert "if Acmé is the new name of Lumen, say so once: `vigie run --rename-company`" in str(refused.value)
    rename_company(home, "Acmé")
    assert upgrade_home(home, "Acmé") is None
    assert json.loads((home.path / "home.json").read_text(encoding="utf-8")) == {"format": 2, "company": "Acmé"}


def test_a_home_that_has_no_company_yet_is_not_renamed(tmp_path: Path) -> None:
    rename_company(Home(tmp_path / "home"), "Acmé")
    assert not (tmp_path / "home").exists()


def test_a_home_without_a_company_belongs_to_the_next_that_uses_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "home.json").write_text(json.dumps({"format": 2}))
    assert upgrade_home(home, "Lumen") is None
    with pytest.raises(StorageError, match="these settings are for Acme"):
        upgrade_home(home, "Acme")


def test_a_home_that_duckdb_cannot_use_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"DuckDB takes what follows a \?"):
        upgrade_home(Home(tmp_path / "what?" / "home"), "Lumen")
