"""The JSON Schema accepts what the settings accept, as far as editors can check it."""

from typing import Any

import pytest
from config_samples import Kinds, Quoting, Settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict

from pipelines.config import SettingsModel, json_schema


def schema_accepts(document: object, model: type[BaseModel] = Settings) -> bool:
    return bool(Draft202012Validator(json_schema(model)).is_valid(document))


def test_schema_is_valid_and_has_no_titles() -> None:
    class Titled(SettingsModel):
        title: str

    for model in (Settings, Kinds, Quoting, Titled):
        Draft202012Validator.check_schema(json_schema(model))
    schema = json_schema(Titled)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"] == {"title": {"type": "string"}}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": 3}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "${PATIENCE}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "${PATIENCE:-3}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "3"}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "$PATIENCE"}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "for": 0}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "for_": 3}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "grain": "weekly"}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "grain": "${GRAIN}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "severity": "critical"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "above": "${ABOVE}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "above": {"warn": "${ABOVE}"}}]}, True),
        ({"rules": "${RULES}"}, False),
        ({"colour": "blue"}, False),
        ({"channels": {"a": {"type": "email", "to": ["a@example.com"]}}}, True),
        ({"channels": {"a": {"type": "slack", "to": ["a@example.com"]}}}, False),
        ({"channels": {"a": {"type": "${TYPE}", "to": ["a@example.com"]}}}, False),
        ({"company": {"name": "a", "opened": "2024-01-31", "open": "${OPEN}"}}, True),
        ({"company": {"name": "a", "opened": "2024-01-31", "open": "perhaps"}}, False),
    ],
)
def test_schema_accepts_valid_settings_only(change: dict[str, Any], accepted: bool) -> None:
    assert schema_accepts({"company": {"name": "Atelier", "opened": "2024-01-31"}, **change}) is accepted


@pytest.mark.parametrize(
    ("channel", "problems"),
    [
        ({"type": "slack", "to": ["a@example.com"]}, {
            "Additional properties are not allowed ('to' was unexpected)", "'webhook_url' is a required property",
        }),
        ({"type": "fax"}, {"'fax' is not one of ['email', 'slack']"}),
        ({"to": ["a@example.com"]}, {"'type' is a required property"}),
        ("slack", {"'slack' is not of type 'object'"}),
    ],
)  # fmt: skip
def test_a_mistake_in_a_member_of_a_union_is_reported_as_one_in_that_member(
    channel: object, problems: set[str]
) -> None:
    settings = {"company": {"name": "Atelier", "opened": "2024-01-31"}, "channels": {"a": channel}}
    found = {error.message for error in Draft202012Validator(json_schema(Settings)).iter_errors(settings)}
    assert found == problems


def test_schema_has_docstrings_as_descriptions_and_defaults() -> None:
    class Described(SettingsModel):
        """A described model."""

        model_config = ConfigDict(use_attribute_docstrings=True)

        size: int = 3
        """The size in bytes."""

    schema = json_schema(Described)
    assert schema["description"] == "A described model."
    reference = {"$ref": "#/$defs/EnvironmentReference"}
    assert schema["properties"]["size"] == {
        "description": "The size in bytes.",
        "default": 3,
        "anyOf": [{"type": "integer"}, reference],
    }
