"""The accounts of vendors, read through their APIs, have the KPIs of the same data as extract files."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.live_accounts import ACCOUNTS, compared_kpis, settings_of
from tests.acceptance.vigie_run import run_vigie

pytestmark = pytest.mark.acceptance

# Both are earlier than the machine's clock; the vendors' clock stands a minute before.
AS_OF = datetime(2025, 11, 3, 7, tzinfo=UTC)


def test_the_kpis_are_those_of_extract_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [make(AS_OF - timedelta(minutes=1)) for make in ACCOUNTS.values()]
    secrets = {name: value for each in accounts for name, value in each.secrets.items()}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    live = tmp_path / "live.yaml"
    live.write_text(settings_of(*accounts), encoding="utf-8")
    with ExitStack() as stack:
        for each in accounts:
            stack.enter_context(each.server.running())
        of_api = run_vigie(live, tmp_path / "live", AS_OF)
    files = tmp_path / "files"
    files.mkdir()
    for number, each in enumerate(accounts):
        text = each.write_extracts(tmp_path / "files")
        (files / f"{each.source}.yaml").write_text(
            text if number == 0 else text[text.index("sources:") :], encoding="utf-8"
        )
    of_files = run_vigie(files, tmp_path / "home", AS_OF)
    kpis, differing = compared_kpis(of_api, of_files)
    assert differing == []
    for each in accounts:
        assert each.kpis <= kpis
    assert _found_in(tmp_path / "live", secrets.values()) == []


def _found_in(home: Path, secrets: Iterable[str]) -> list[Path]:
    """Returns the files below a folder that hold a secret."""
    wanted = [secret.encode() for secret in secrets]
    return [
        Path(folder) / name
        for folder, _, names in os.walk(home)
        for name in names
        if any(secret in (Path(folder) / name).read_bytes() for secret in wanted)
    ]
