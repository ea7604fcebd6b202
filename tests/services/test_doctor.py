"""The doctor: a finding for each connection, and no home folder created."""

from pathlib import Path

import pytest

from pipelines.services.doctor import Finding, examine
from pipelines.services.installation import Installation

SETTINGS = """
company: {name: Lumen}
sources:
  - {name: shop, type: files, tables: [{entity: order, path: orders.csv}]}
channels:
  log: {type: file, path: out/messages.jsonl}
exports:
  - {name: weekly, schedule: "0 7 * * 1", format: csv, kpis: [revenue], grain: week, periods: 4, to: {path: out/}}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def test_what_works_has_no_problem_and_no_home_is_created(tmp_path: Path, settings: Path) -> None:
    (tmp_path / "orders.csv").write_text("order_id,customer_id,ordered_at,amount\n1,c,2025-01-01,2\n", encoding="utf-8")
    home = tmp_path / "home" / "below"
    assert examine(Installation(settings, home)) == [
        Finding(f"home {home}", None),
        Finding("source shop", None, "1 row"),
        Finding("channel log", None),
        Finding("export weekly", None),
    ]
    assert not home.parent.exists()


def test_a_source_without_its_file_says_which(tmp_path: Path, settings: Path) -> None:
    findings = {each.subject: each.problem for each in examine(Installation(settings, tmp_path / "home"))}
    assert findings["source shop"] == f"order: no file matches orders.csv (looked in {tmp_path})"


def test_a_home_below_a_file_cannot_be_created(tmp_path: Path, settings: Path) -> None:
    home = settings / "home"
    finding, *_ = examine(Installation(settings, home))
    assert finding == Finding(
        f"home {home}", f"cannot be created: {settings} is a file; name another folder with --home"
    )


def test_a_report_that_no_browser_can_print_is_a_problem(
    tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write_text(SETTINGS.replace("format: csv", "format: pdf"), encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = {each.subject: each.problem for each in examine(Installation(settings, tmp_path / "home"))}
    assert "format pdf needs a browser" in (findings["export weekly"] or "")
