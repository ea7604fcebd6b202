"""Shells complete names: what settings and ledger have, quickly and without ever an error."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from tests.ledger.previous_formats import create_previous

OpenAlert = Callable[..., str]

SETTINGS = """
company: {name: "${NAME_THAT_IS_NOT_SET}"}
rules:
  - {name: csat-floor, kpi: csat}
  - {name: backlog-ceiling, not: valid}
  - just a text
channels: {support: {type: slack, webhook_url: "${SECRET}"}, sales: {type: file}}
exports: [{name: weekly, format: csv}]
sources: [{name: shop, type: files, tables: [{entity: order}, {entity: customer}]}]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "my settings.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def completed(line: str, *, settings: Path, home: Path) -> list[str]:
    """Returns what bash would offer at the end of a line."""
    environment = {
        "_VIGIE_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - (0 if line.endswith(" ") else 1)),
        "VIGIE_SETTINGS": str(settings),
        "VIGIE_HOME": str(home),
    }
    result = CliRunner().invoke(app, [], prog_name="vigie", env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stderr == ""
    return result.stdout.split()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("vigie backtest ", ["csat-floor", "backlog-ceiling"]),
        ("vigie backtest csat-floor back", ["backlog-ceiling"]),
        ("vigie alerts --rule c", ["csat-floor"]),
        ("vigie alerts --kpi csa", ["csat"]),
        ("vigie alerts --severity ", ["warn", "critical"]),
        ("vigie kpi csa", ["csat"]),
        ("vigie preview ", ["shop", "shop.order", "shop.customer"]),
        ("vigie run --source ", ["shop"]),
        ("vigie export ", ["weekly"]),
        ("vigie channels test s", ["support", "sales"]),
        ("vigie silence cs", ["csat-floor"]),
        ("vigie un", ["unack"]),
    ],
)
def test_names_of_settings_that_are_not_valid_are_completed(
    settings: Path, home: Path, line: str, names: list[str]
) -> None:
    assert completed(line, settings=settings, home=home) == names
    assert not home.exists()


def test_ids_of_open_alerts_are_completed(settings: Path, home: Path, open_alert: OpenAlert) -> None:
    chat, mail = open_alert("chat"), open_alert("\x1b[31m\u202e")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("ledger.db")}
    for command in ("ack", "unack", "alerts"):
        assert set(completed(f"vigie {command} ", settings=settings, home=home)) == {chat, mail}
    assert completed(f"vigie ack {chat[:8]}", settings=settings, home=home) == [chat]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_ledger_of_an_earlier_version_is_not_upgraded_by_completion(settings: Path, home: Path) -> None:
    create_previous(home / "ledger.db", "2")
    before = (home / "ledger.db").read_bytes()
    assert completed("vigie ack ", settings=settings, home=home) == []
    assert (home / "ledger.db").read_bytes() == before


@pytest.mark.parametrize("content", ["", "rules: 5", "rules: [{name: [a]}]", "a: b: c", "\x00", "- x", "channels: [a]"])
def test_what_cannot_be_read_has_no_names(tmp_path: Path, content: str) -> None:
    settings, home = tmp_path / "settings.yaml", tmp_path / "home"
    settings.write_text(content, encoding="utf-8")
    home.mkdir()
    (home / "ledger.db").write_bytes(b"not a database")
    for line in ("vigie backtest ", "vigie channels test ", "vigie ack ", "vigie preview ", "vigie export "):
        assert completed(line, settings=settings, home=home) == []
    assert completed("vigie backtest ", settings=tmp_path / "missing", home=home) == []


def test_completion_imports_nothing_of_the_pipeline(settings: Path, home: Path) -> None:
    code = (
        "import sys\nsys.argv = ['vigie']\nfrom pipelines.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'dagster', 'dbt', 'duckdb', 'pandas', 'sqlalchemy', 'babel', 'requests'} & set(sys.modules)\n"
        "print('imported', *sorted(heavy))"
    )
    environment = os.environ | {
        "_VIGIE_COMPLETE": "complete_bash",
        "COMP_WORDS": "vigie backtest cs",
        "COMP_CWORD": "2",
        "VIGIE_SETTINGS": str(settings),
        "VIGIE_HOME": str(home),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["csat-floor", "imported"]
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_shown(shell: str) -> None:
    environment = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from pipelines.cli import main; main()", "--show-completion", shell],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "complete" in done.stdout
