"""The lists of models that the KPI tables are made from: current, and written again when a semantic model is added."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.transform import prepare
from pipelines.transform.manifest import current_manifest
from pipelines.transform.measured_models import MACROS, measured_models, write_measured_models
from pipelines.transform.project import project_folder


def semantic_model(model: str, *, measures: int, rolled_up_in: str | None = None) -> dict[str, Any]:
    meta = {"rolled_up_in": rolled_up_in} if rolled_up_in else {}
    return {"refs": [{"name": model}], "measures": [{"name": "m"}] * measures, "config": {"meta": meta}}


def test_the_lists_are_current() -> None:
    manifest = current_manifest(project_folder() / "target")
    committed = (project_folder() / MACROS).read_text(encoding="utf-8")
    assert committed == measured_models(manifest), "run `python -m pipelines.transform.prepare`"


def test_what_is_rolled_up_is_measured_and_not_observed(tmp_path: Path) -> None:
    models = [
        semantic_model("fct_order", measures=2),
        semantic_model("fct_order", measures=1),
        semantic_model("dim_customer", measures=0),
        semantic_model("fct_backlog", measures=1, rolled_up_in="int_backlog"),
    ]
    page = measured_models({"semantic_models": {str(number): found for number, found in enumerate(models)}})
    measured, observed = page.split("macro observed_models")
    assert [name for name in ("fct_order", "dim_customer", "int_backlog") if f"'{name}'," in measured] == [
        "fct_order", "int_backlog",
    ]  # fmt: skip
    assert [name for name in ("fct_order", "dim_customer", "int_backlog") if f"'{name}'," in observed] == [
        "fct_order", "dim_customer",
    ]  # fmt: skip
    assert measured.count("fct_order") == 1
    assert "fct_backlog" not in page


@pytest.mark.slow
@pytest.mark.acceptance
def test_preparing_the_project_writes_the_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project_folder(), copy, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setenv("VIGIE_DBT_PROJECT", str(copy))
    whole = (copy / MACROS).read_text(encoding="utf-8")
    (copy / MACROS).write_text(whole.replace("        'fct_web_stat',\n", ""), encoding="utf-8")

    prepare.main()

    assert (copy / MACROS).read_text(encoding="utf-8") == whole
    manifest = current_manifest(copy / "target")
    assert "model.vigie.fct_web_stat" in manifest["nodes"]["model.vigie.int_measures"]["depends_on"]["nodes"]
    assert not write_measured_models(copy, manifest)
