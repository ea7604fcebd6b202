"""Where the manifest comes from: prepared, of an earlier run, or parsed for the occasion."""

import json
import shutil
from pathlib import Path

import pytest

from pipelines.transform.manifest import current_manifest, ensure_manifest
from pipelines.transform.project import last_change, project_folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the dbt project that was never parsed."""
    copy = tmp_path / "project"
    shutil.copytree(project_folder(), copy, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setenv("VIGIE_DBT_PROJECT", str(copy))
    return copy


def test_the_prepared_manifest_is_read_where_it_is(tmp_path: Path) -> None:
    assert "metric.vigie.csat" in current_manifest(tmp_path / "home/dbt")["metrics"]
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_needs_no_prepared_manifest(project: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"")
    assert "metric.vigie.csat" in current_manifest(tmp_path / "home/dbt")["metrics"]
    assert not (project / "target").exists()


def test_a_deleted_file_is_a_change_of_the_project(project: Path) -> None:
    before = last_change(project)
    (project / "models/metrics/loyalty.yml").unlink()
    assert last_change(project) > before


def test_a_home_gets_a_copy_of_what_is_prepared(tmp_path: Path) -> None:
    manifest = ensure_manifest(tmp_path / "dbt")
    assert manifest == current_manifest(project_folder() / "target")
    assert {"parsed_manifest.json", "partial_parse.msgpack"} == {file.name for file in (tmp_path / "dbt").iterdir()}


def test_a_truncated_manifest_is_replaced(tmp_path: Path) -> None:
    manifest, file = ensure_manifest(tmp_path), tmp_path / "parsed_manifest.json"
    complete = file.read_bytes()
    file.write_bytes(complete[: len(complete) // 2])
    assert ensure_manifest(tmp_path) == manifest
    assert file.read_bytes() == complete


def test_the_manifest_of_another_version_of_the_project_is_not_used(tmp_path: Path) -> None:
    manifest, file = ensure_manifest(tmp_path), tmp_path / "parsed_manifest.json"
    # Another version ran in this home later than this one was installed.
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**content, "project": "another", "manifest": {"nodes": {}}}), encoding="utf-8")
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": {}}), encoding="utf-8")
    assert ensure_manifest(tmp_path) == manifest
