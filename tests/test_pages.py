"""What is written twice, once by hand and once from code, says the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import config
from pipelines.cli.render.catalogue_page import catalogue_page
from pipelines.settings import settings_model
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

ROOT = Path(__file__).resolve().parents[1]
MODELS = sorted((project_folder() / "models").rglob("*.sql"))


def test_the_schema_of_the_settings_is_current() -> None:
    committed = (ROOT / "docs/settings.schema.json").read_text(encoding="utf-8")
    schema = config.json_schema(settings_model(load_catalogue(project_folder() / "target")))
    assert committed == json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "run `make docs`"


def test_the_page_of_the_kpis_is_current() -> None:
    committed = (ROOT / "docs/kpis.md").read_text(encoding="utf-8")
    assert committed == catalogue_page(load_catalogue(project_folder() / "target").values()), "run `make docs`"


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
