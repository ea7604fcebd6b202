"""What is written twice, once by hand and once from code, says the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import config
from pipelines.cli.render.catalogue_page import render_page
from pipelines.kpis import catalogue
from pipelines.settings import Settings
from pipelines.transform.project import project_folder

ROOT = Path(__file__).resolve().parents[1]
MODELS = sorted((project_folder() / "models").rglob("*.sql"))


def test_the_schema_of_the_settings_is_current() -> None:
    committed = (ROOT / "docs/settings.schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(config.json_schema(Settings), indent=2, ensure_ascii=False) + "\n", "run `make docs`"


def test_the_page_of_the_kpis_is_current() -> None:
    committed = (ROOT / "docs/kpis.md").read_text(encoding="utf-8")
    assert committed == render_page(catalogue.load().values()), "run `make docs`"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_every_model_has_its_twin_that_describes_it_and_tests_its_key(model: Path) -> None:
    twin = model.with_suffix(".yml")
    [described] = yaml.safe_load(twin.read_text(encoding="utf-8"))["models"]
    assert described["name"] == model.stem
    assert len(described["description"]) > len(model.stem) / 2
    assert described.get("data_tests") or any(column.get("data_tests") for column in described["columns"])
    for column in described["columns"]:
        assert not _only_repeats(column), f"{twin.name}: say what {column['name']} is, not its name again"


def _only_repeats(column: dict[str, Any]) -> bool:
    told = re.sub(r"[^a-z]+", " ", column.get("description", "").lower()).split()
    return set(told) <= set(column["name"].split("_"))


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_code_in_the_pages_stands_on_lines_of_its_own() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for line in page.read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"\s*```\w*|(?!\s*```).*", line), f"{page.relative_to(ROOT)}: {line.strip()}"


def _semantic_models() -> list[dict[str, Any]]:
    files = sorted((project_folder() / "models/metrics").glob("*.yml"))
    return [
        found for file in files for found in yaml.safe_load(file.read_text(encoding="utf-8")).get("semantic_models", [])
    ]


@pytest.mark.parametrize("semantic_model", _semantic_models(), ids=lambda found: found["name"])
def test_every_semantic_model_is_rolled_up_and_observed(semantic_model: dict[str, Any]) -> None:
    kpi = project_folder() / "models/intermediate/kpi"
    assert semantic_model["model"] in (kpi / "int_measures.sql").read_text(encoding="utf-8")
    spans = (kpi / "int_observed_spans.sql").read_text(encoding="utf-8")
    assert f"'{semantic_model['config']['meta']['observed']}' as fact" in spans
