"""The JSON Schema knows the columns of each entity, and accepts what the settings accept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pipelines.entities import ENTITIES, Entity
from pipelines.services.settings_schema import settings_schema
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = settings_schema(load_catalogue(project_folder() / "target"))
VALIDATOR = Draft202012Validator(SCHEMA)
SETTINGS = [*sorted((ROOT / "settings").glob("*.yaml")), *sorted((ROOT / "examples").rglob("*.yaml"))]


def problems(table: dict[str, Any]) -> list[str]:
    settings = {
        "company": {"name": "Lumen"},
        "sources": [{"name": "desk", "type": "files", "tables": [{"path": "a.csv", **table}]}],
    }
    return [
        f"{error.json_path.removeprefix('$.sources[0].tables[0].')}: {error.message}"
        for error in VALIDATOR.iter_errors(settings)
    ]


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_every_column_of_an_entity_is_completed_with_its_description(entity: Entity) -> None:
    table = SCHEMA["$defs"]["ExtractTable"]
    [then] = [each["then"] for each in table["allOf"] if each["if"]["properties"]["entity"]["const"] == entity.name]
    columns = then["properties"]["columns"]["properties"]
    assert tuple(columns) == entity.column_names
    for column in entity.columns:
        assert column.description in columns[column.name]["description"]
        assert column.example in columns[column.name]["description"]


def test_columns_of_the_entity_are_accepted() -> None:
    columns: dict[str, Any] = {"ticket_id": "Id", "created_at": "expr: a", "sla_met": {"const": True}}
    assert problems({"entity": "ticket", "columns": columns}) == []
    assert problems({"entity": "ticket"}) == []
    assert problems({"entity": "ticket", "columns": None}) == []


def test_columns_of_another_entity_are_refused() -> None:
    [problem] = problems({"entity": "ticket", "columns": {"ticket_id": "a", "created_at": "b", "deal_id": "c"}})
    assert problem.startswith("columns: Additional properties are not allowed ('deal_id' was unexpected)")


def test_missing_columns_are_refused() -> None:
    assert problems({"entity": "ticket", "columns": {"ticket_id": "a"}}) == [
        "columns: 'created_at' is a required property"
    ]
    send = {"send_id": "a", "campaign_id": "b", "sent_at": "c"}
    [problem] = problems({"entity": "email_send", "columns": send})
    assert problem.startswith("columns:")
    assert problems({"entity": "email_send", "columns": {**send, "customer_id": "d"}}) == []


def test_an_entity_from_the_environment_may_have_any_column() -> None:
    assert problems({"entity": "${ENTITY}", "columns": {"deal_id": "a"}}) == []


def refusals(text: str) -> list[str]:
    """What the schema refuses in a part of the settings; days are texts, as editors see them."""
    content = json.loads(json.dumps({"company": {"name": "Lumen"}, **yaml.safe_load(text)}, default=str))
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(content)]


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_settings_of_the_repository_are_accepted(path: Path) -> None:
    assert refusals(path.read_text(encoding="utf-8")) == []


def test_snippets_of_the_settings_page_are_accepted() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    for snippet in re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL):
        assert refusals(snippet) == []
