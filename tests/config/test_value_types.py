"""Messages about values of the wrong type say which type is expected."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from config_samples import Bounds, Kinds, problems_of, write_settings
from pydantic import AfterValidator, BeforeValidator

from pipelines.config import SettingsModel


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("moment: soon", "moment", 'write a timestamp such as 2024-01-31T08:30:00, not "soon"'),
        ("clock: noon", "clock", 'write a time of day such as 07:30, not "noon"'),
        ("span: short", "span", 'write a duration such as PT15M (ISO 8601), not "short"'),
        ("amount: much", "amount", 'write a number, not "much"'),
        ("path: 3", "path", "write a path, not the number 3"),
        ("path: true", "path", "write a path, not true"),
        ("site: nowhere", "site", 'write an address such as https://example.com, not "nowhere"'),
        ("site: ftp://example.com", "site", "the address must begin with 'http' or 'https'"),
        ("pair: [1]", "pair[1]", "this item is missing"),
        ("pair: [1, x]", "pair[1]", 'write a number, not "x"'),
        ("pair: [1, 2, 3]", "pair", "too long: at most 2 allowed, 3 given"),
        ("several: [1, 2, x]", "several[2]", 'write a whole number, not "x"'),
        ("distinct: [1, x]", "distinct[1]", 'write a whole number, not "x"'),
        ("either: autoo", "either", 'write "auto" or a whole number, not "autoo"'),
        ("word: warning", "word", '"warning" is not allowed here'),
        ("two: [x, 1]", "two[0]", 'write a whole number, not "x"'),
        ("far: 5", "far", "the value must be at least 10"),
        ("far: [5]", "far", "write a whole number, not a list"),
        ("key: 1.5", "key", "write text or a whole number, not the value given"),
        ("code: eur", "code", "the text must match the pattern ^[A-Z]{3}$"),
        ("label: ''", "label", "text too short: the minimum length is 1"),
        ("label: labels", "label", "text too long: the maximum length is 5"),
        ("label: 2024-01-31", "label", "write text, not the date 2024-01-31; for text, put it in quotes"),
        ("label: true", "label", "write text, not true; for text, put it in quotes"),
        ("share: 0", "share", "the value must be greater than 0"),
        ("share: .inf", "share", "write a finite number, not the number .inf"),
        ("tree: {tree: {cod: EUR}}", "tree.tree.cod", 'unknown key "cod"'),
        ("models: [{warn: 1, criticl: 2}]", "models[0].criticl", 'unknown key "criticl"'),
        ("models: [{type: email, to: [1]}]", "models[0].to[0]", "write text, not the number 1"),
        (
            "models: [{warn: 1}, 5]",
            "models[1]",
            "write a mapping with the keys warn, critical or a mapping with the keys",
        ),
        ("token: [1]", "token", "write text, not a list"),
    ],
)
def test_message_says_which_value_is_expected(tmp_path: Path, text: str, key: str, message: str) -> None:
    [problem] = problems_of(write_settings(tmp_path, text), model=Kinds)
    assert problem.key == key
    assert message in problem.message


def test_literal_of_a_union_is_suggested(tmp_path: Path) -> None:
    [problem] = problems_of(write_settings(tmp_path, "either: autoo"), model=Kinds)
    assert problem.nearest == "auto"
    [problem] = problems_of(write_settings(tmp_path, "word: warning"), model=Kinds)
    assert (problem.nearest, problem.allowed) == ("warn", ("auto", "true", "warn", "critical"))


def test_shorthand_expanded_by_a_validator_keeps_its_line(tmp_path: Path) -> None:
    def expand(value: object) -> object:
        return {"warn": value} if isinstance(value, str) else value

    class Shorthand(SettingsModel):
        below: Annotated[Bounds, BeforeValidator(expand)]
        above: Annotated[Bounds | list[int], BeforeValidator(expand)]

    below, above = problems_of(write_settings(tmp_path, "below: low\nabove: high\n"), model=Shorthand)
    assert (below.line, below.key, below.message) == (1, "below.warn", "write a number")
    assert above.line == 2
    assert above.key.startswith("above")


def test_validator_that_calls_model_validate_keeps_the_path(tmp_path: Path) -> None:
    def parse(value: object) -> Bounds:
        return Bounds.model_validate(value)

    class Plain(SettingsModel):
        bounds: Annotated[Any, AfterValidator(parse)]

    [problem] = problems_of(write_settings(tmp_path, "bounds:\n  warn: 1\n  critical: low\n"), model=Plain)
    assert (problem.line, problem.key, problem.message) == (3, "bounds.critical", 'write a number, not "low"')
