"""What metrics declare of their parameters, and how it is refused."""

from typing import Any

import pytest

from pipelines.kpis import CatalogueError, Parameter
from pipelines.kpis.parameter import parameters_of

DAYS: dict[str, Any] = {"type": "integer", "default": 365, "minimum": 1, "maximum": 400, "description": "Days."}


def test_a_parameter_is_declared_once_and_shared() -> None:
    found = parameters_of({"b": {"days": {"owner": "a"}}, "a": {"days": DAYS}, "c": {}})
    days = Parameter("days", "a", "integer", 365, "Days.", 1, 400)
    assert found == {"a": (days,), "b": (days,), "c": ()}


def test_a_list_of_texts_becomes_a_tuple() -> None:
    declaration = {"type": "texts", "default": ["x", "y"], "description": "Words."}
    [[words]] = parameters_of({"a": {"words": declaration}}).values()
    assert words == Parameter("words", "a", "texts", ("x", "y"), "Words.")


def test_a_text_may_be_one_of_a_few() -> None:
    declaration = {"type": "text", "default": "x", "allowed": ["x", "y"], "description": "Word."}
    [[word]] = parameters_of({"a": {"word": declaration}}).values()
    assert word.allowed == ("x", "y")


@pytest.mark.parametrize(
    ("type_", "default"),
    [("integer", 3), ("number", 3), ("number", 0.5), ("text", ""), ("texts", []), ("duration", "90d")],
)
def test_defaults_that_fit(type_: str, default: object) -> None:
    declaration = {"type": type_, "default": default, "description": "d"}
    assert len(parameters_of({"a": {"p": declaration}})["a"]) == 1


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"a": ["days"]}, "the metric a: write parameters as a mapping"),
        ({"a": {"days": 365}}, "the metric a: the parameter days: write a mapping with the keys type, default"),
        ({"a": {"days": {**DAYS, "default": 0}}}, "its default 0 is not a valid integer"),
        ({"a": {"days": {**DAYS, "default": 401}}}, "its default 401 is not a valid integer"),
        ({"a": {"days": {**DAYS, "default": 2.5}}}, "its default 2.5 is not a valid integer"),
        ({"a": {"days": {**DAYS, "default": True}}}, "its default True is not a valid integer"),
        ({"a": {"days": {**DAYS, "type": "whole"}}}, "type whole is none of integer, number, text, texts, duration"),
        ({"a": {"days": {**DAYS, "minimum": "1"}}}, "minimum and maximum are numbers"),
        ({"a": {"days": {**DAYS, "type": "text", "default": "x"}}}, "minimum and maximum .* bound an integer or"),
        ({"a": {"days": {"type": "texts", "default": [1], "description": "d"}}}, r"its default \[1\] is not a valid"),
        ({"a": {"days": {"type": "integer", "default": 1}}}, "days: it has no description"),
        ({"a": {"days": {"type": "duration", "default": "0d", "description": "d"}}}, "its default '0d' is not a valid"),
        (
            {"a": {"days": {"type": "duration", "default": 90, "description": "d"}}},
            "its default 90 is not a valid duration",
        ),
        ({"a": {"days": {**DAYS, "allowed": ["x"]}}}, "allowed is a list of texts, and limits a text"),
        (
            {"a": {"p": {"type": "text", "default": "z", "allowed": ["x"], "description": "d"}}},
            "its default 'z' is not",
        ),
        (
            {"a": {"p": {"type": "text", "default": "x", "allowed": "xyz", "description": "d"}}},
            "allowed is a list of texts",
        ),
        ({"a": {"days": {**DAYS, "min": 1}}}, "min is none of type, default, description, minimum, maximum, allowed"),
        ({"a": {"target": DAYS}}, "a name has small letters, digits and _, and is not target"),
        ({"a": {"Days": DAYS}}, "a name has small letters"),
        ({"a": {"days": DAYS}, "b": {"days": DAYS}}, "the metric b: .* a declares it already; write {owner: a}"),
        ({"a": {"days": {"owner": "b"}}, "b": {}}, "its owner b does not declare it"),
        ({"a": {"days": {"owner": "b"}}, "b": {"days": {"owner": "a"}}}, "its owner b does not declare it"),
        ({"a": {"days": DAYS}, "b": {"days": {"owner": "a", "default": 3}}}, "write {owner: a} and nothing else"),
    ],
)
def test_a_declaration_that_is_not_valid_is_refused(declared: dict[str, Any], words: str) -> None:
    with pytest.raises(CatalogueError, match=words):
        parameters_of(declared)
