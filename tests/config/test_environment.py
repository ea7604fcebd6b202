"""References to environment variables are replaced once, in values only."""

import json
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from config_samples import Bounds, Scalars, write_settings
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config import SettingsModel, load


def load_text(folder: Path, text: str, **environ: str) -> object:
    # A JSON string is also a quoted YAML string. A dump as YAML 1.1 would omit quotes that YAML 1.2 needs.
    file = write_settings(folder, f"values: {{text: {json.dumps(text, ensure_ascii=False)}}}")
    return load(file, Scalars, environ=environ).values["text"]


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("${A}", {"A": "x"}, "x"),
        ("${A}", {"A": ""}, ""),
        ("${A}", {"A": "12"}, "12"),
        ("${A:-y}", {"A": "x"}, "x"),
        ("${A:-y}", {"A": ""}, "y"),
        ("${A:-y}", {}, "y"),
        ("${A:-}", {}, ""),
        ("${A:-a: b, $c}", {}, "a: b, $c"),
        ("sftp://${A}:${B_2}@${A}/", {"A": "x", "B_2": "y"}, "sftp://x:y@x/"),
        ("$${A} $$ $A {A} ${A}", {"A": "x"}, "${A} $$ $A {A} x"),
        ("${A}", {"A": "${B} $${B}", "B": "secret"}, "${B} $${B}"),
        ("${A}${B}", {"A": "$", "B": "{C}", "C": "secret"}, "${C}"),
    ],
)
def test_references_are_replaced(tmp_path: Path, text: str, environ: dict[str, str], expected: str) -> None:
    assert load_text(tmp_path, text, **environ) == expected


def test_model_converts_referenced_values(tmp_path: Path) -> None:
    class Coerced(SettingsModel):
        whole: int
        fraction: float | Bounds
        flag: bool
        day: date
        grain: Literal["day", "week"]

    text = '{whole: "${W}", fraction: "${F}", flag: "${B}", day: "${D}", grain: "${G}"}'
    environ = {"W": "12", "F": "0.5", "B": "yes", "D": "2024-01-31", "G": "week"}
    coerced = load(write_settings(tmp_path, text), Coerced, environ=environ)
    assert coerced == Coerced(whole=12, fraction=0.5, flag=True, day=date(2024, 1, 31), grain="week")


def test_references_in_keys_are_not_replaced(tmp_path: Path) -> None:
    file = write_settings(tmp_path, "values: {'${A}': 1}")
    assert load(file, Scalars, environ={"A": "x"}).values == {"${A}": 1}


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
YAML_TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)


@given(parts=st.lists(st.tuples(YAML_TEXT, NAMES), max_size=4), environ=st.dictionaries(NAMES, YAML_TEXT, max_size=3))
def test_each_reference_is_replaced_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str]], environ: dict[str, str]
) -> None:
    parts = [(text.replace("$", "S"), name) for text, name in parts]
    environ |= {name: environ.get(name, "${OTHER}") for _, name in parts}
    source = "".join(f"{text}$${{{name}}}${{{name}}}" for text, name in parts)
    expected = "".join(f"{text}${{{name}}}{environ[name]}" for text, name in parts)
    assert load_text(tmp_path_factory.getbasetemp(), source, **environ) == expected


@given(text=YAML_TEXT.filter(lambda text: "${" not in text), environ=st.dictionaries(NAMES, YAML_TEXT, max_size=3))
def test_text_without_references_is_unchanged(
    tmp_path_factory: pytest.TempPathFactory, text: str, environ: dict[str, str]
) -> None:
    assert load_text(tmp_path_factory.getbasetemp(), text, **environ) == text
