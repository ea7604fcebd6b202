"""Generated pages are current, and hand-written pages agree with the code."""

import json
import re
import textwrap
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from pipelines import settings as vigie_settings
from pipelines.cli.render.catalogue_page import render_page
from pipelines.cli.render.entities_page import render_entities_page
from pipelines.notify.translations.translation import Translation
from pipelines.services.entity_guide import entity_guides
from pipelines.services.settings_schema import settings_schema
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from pipelines.watch.amount import Amount

ROOT = Path(__file__).resolve().parents[1]
SETTINGS_PAGE = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
KPIS = load_catalogue(project_folder() / "target")
MODELS = sorted((project_folder() / "models").rglob("*.sql"))


def test_schema_of_the_settings_is_current() -> None:
    committed = (ROOT / "docs/settings.schema.json").read_text(encoding="utf-8")
    schema = settings_schema(KPIS)
    assert committed == json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "run `make docs`"


def test_page_of_the_kpis_is_current() -> None:
    committed = (ROOT / "docs/kpis.md").read_text(encoding="utf-8")
    assert committed == render_page(KPIS.values()), "run `make docs`"


def test_page_of_the_entities_is_current() -> None:
    committed = (ROOT / "docs/entities.md").read_text(encoding="utf-8")
    assert committed == render_entities_page(entity_guides(KPIS.values()).values()), "run `make docs`"


def test_snippets_of_the_settings_page_are_valid_settings(tmp_path: Path) -> None:
    snippets = re.findall(r"```yaml\n(.*?)```", SETTINGS_PAGE, flags=re.DOTALL)
    for number, snippet in enumerate(snippets):
        (tmp_path / f"{number}.yaml").write_text(snippet, encoding="utf-8")
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)", "".join(snippets)), "https://example.com/secret")
    loaded = vigie_settings.load(tmp_path, KPIS, environ)
    keys = [key for snippet in snippets for key in re.findall(r"(?m)^(\w+):", snippet)]
    assert {key for key in keys if keys.count(key) > 1} == {"sources"}, "each key has one snippet, sources have two"
    assert loaded.model_fields_set == set(vigie_settings.Settings.model_fields)


def test_the_settings_page_has_no_list_of_entities_of_its_own() -> None:
    # docs/entities.md is generated; a second list would have to be kept by hand.
    assert "[entities.md](entities.md)" in SETTINGS_PAGE
    assert re.findall(r"(?m)^- \*\*(\w+)\*\*, key ", SETTINGS_PAGE) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_every_model_has_a_yaml_file_with_its_description_and_tests(model: Path) -> None:
    properties = model.with_suffix(".yml")
    assert properties.exists(), f"{model.name} needs a file {properties.name} with its description and its columns"
    [described] = yaml.safe_load(properties.read_text(encoding="utf-8"))["models"]
    assert described["name"] == model.stem
    assert len(described["description"]) > len(model.stem) / 2
    # The canonical layer guarantees keys by its own logic; what BI tools read is tested.
    if model.stem.startswith(("dim_", "fct_")) and model.stem not in ("dim_date", "fct_load"):
        assert described.get("data_tests") or any(column.get("data_tests") for column in described["columns"])
    for column in described["columns"]:
        assert not _only_repeats(column), (
            f"{properties.name}: the description of {column['name']} only repeats its name"
        )


def _only_repeats(column: dict[str, Any]) -> bool:
    words = re.sub(r"[^a-z]+", " ", column.get("description", "").lower()).split()
    return set(words) <= set(column["name"].split("_"))


def test_links_between_pages_have_a_target() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_code_fences_are_on_their_own_lines() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for line in page.read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"\s*```\w*|(?!\s*```).*", line), f"{page.relative_to(ROOT)}: {line.strip()}"


# What the recipes add by way of an example.
_EXAMPLES = re.compile(r"pager|desk")


def test_paths_on_the_pages_exist() -> None:
    quoted = re.compile(r"`((?:pipelines|tests|dbt_project|docs|demo|benchmarks|examples|settings)/[^`\s<>*…{}]*)`")
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for path in quoted.findall(page.read_text(encoding="utf-8")):
            exists = (ROOT / path).exists() or any(ROOT.glob(f"{path}*"))
            assert exists or _EXAMPLES.search(path), f"{page.relative_to(ROOT)} names {path}"


def test_the_words_in_the_recipe_for_a_condition_are_lines_of_an_argument_of_a_translation() -> None:
    page = (ROOT / "docs/adding-a-rule-condition.md").read_text(encoding="utf-8")
    [snippet] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    english, french = (eval("{" + part + "}") for part in re.split(r"(?m)^ *# lines of .*\n", snippet)[1:])
    assert english.keys() == french.keys() == {("equals", "below"), ("equals", "above")}
    assert set(re.findall(r"# lines of `(\w+)`", snippet)) <= {field.name for field in fields(Translation)}


def test_the_condition_of_the_recipe_refuses_levels_that_do_not_nest() -> None:
    page = (ROOT / "docs/adding-a-rule-condition.md").read_text(encoding="utf-8")
    module, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {"__name__": "equals"}
    exec(textwrap.dedent(module), names)
    condition = names["Equals"]
    assert condition.model_validate({"warn": Amount(0.8)}).severities == ("warn",)
    with pytest.raises(ValidationError, match="give warn or critical, not both"):
        condition.model_validate({"warn": Amount(0.8), "critical": Amount(0.7)})
