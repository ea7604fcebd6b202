"""The canonical entities are complete and consistent: what staging, checks and docs derive from them relies on it."""

import re
from datetime import datetime

import pytest

from pipelines.entities import DUCKDB_TYPES, ENTITIES, FALSE_WORDS, TRUE_WORDS, Column, Entity, Scale
from pipelines.sources.files.constants import constant_problem

EACH = pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
# They say which, not how many.
NUMBERS_WITHOUT_UNIT = {"line_number"}


def test_names_identify_entities() -> None:
    assert all(name == entity.name for name, entity in ENTITIES.items())
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in ENTITIES)


@EACH
def test_columns_are_unique_and_have_known_kinds(entity: Entity) -> None:
    assert len(set(entity.column_names)) == len(entity.columns)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in entity.column_names)
    assert {column.kind for column in entity.columns} <= DUCKDB_TYPES.keys()


@EACH
def test_keys_versions_and_groups_are_columns(entity: Entity) -> None:
    named = {*entity.key, *(name for group in entity.one_of for name in group)}
    assert named <= set(entity.column_names)
    assert entity.key
    if entity.version is not None:
        assert entity.column(entity.version).kind == "timestamp"


@EACH
def test_each_group_has_a_choice_of_optional_columns(entity: Entity) -> None:
    for group in entity.one_of:
        assert len(group) > 1
        assert not any(entity.column(name).required for name in group)


@EACH
def test_allowed_values_are_lower_case_texts(entity: Entity) -> None:
    """A value is compared in lower case."""
    for column in entity.columns:
        assert column.kind == "text" or not column.allowed
        assert all(value == value.lower() for value in column.allowed)


@EACH
def test_descriptions_are_one_sentence_each(entity: Entity) -> None:
    for described in (entity, *entity.columns):
        assert re.fullmatch(r"[A-Z`][^\n]*[^.\s]\.", described.description), described.name
        assert len(described.description) <= 120, described.name


@EACH
def test_examples_are_values_of_their_columns(entity: Entity) -> None:
    for column in entity.columns:
        assert column.example, f"{entity.name}.{column.name} has no example"
        problem = constant_problem(column.example, column, entity.scoring)
        assert problem is None, f"{entity.name}.{column.name}: {column.example} {problem}"
        if column.kind == "timestamp":
            assert datetime.fromisoformat(column.example).tzinfo is not None, column.name


def test_quantities_have_a_unit_and_nothing_else_has() -> None:
    for entity in ENTITIES.values():
        for column in entity.columns:
            is_quantity = column.kind in ("money", "number", "integer") and column.name not in NUMBERS_WITHOUT_UNIT
            assert (column.unit is not None) == is_quantity, f"{entity.name}.{column.name}"
            if column.name.endswith("_seconds"):
                assert column.unit == "seconds"
            if column.kind == "money":
                assert "currency" in str(column.unit)


def test_nothing_is_counted_and_nothing_lasts_below_zero() -> None:
    bounded = {column for entity in ENTITIES.values() for column in entity.columns if column.lowest is not None}
    assert {column.lowest for column in bounded} == {0}
    assert {column.unit for column in bounded if column.kind == "number"} == {"seconds", "conversions"}
    for entity in ENTITIES.values():
        for column in entity.columns:
            # An amount may be a refund, a quantity a return.
            if column.unit == "seconds" or (column.kind == "integer" and column.name not in NUMBERS_WITHOUT_UNIT):
                assert column.lowest == 0, f"{entity.name}.{column.name}"
    problem = constant_problem(-1, ENTITIES["quality_review"].column("errors"), None)
    assert problem == "'-1' is below 0"


def test_ids_that_refer_to_an_entity_are_texts_like_its_key() -> None:
    keys = {entity.key[0]: entity for entity in ENTITIES.values() if len(entity.key) == 1}
    for entity in ENTITIES.values():
        for name in keys.keys() & set(entity.column_names):
            assert entity.column(name).kind == "text"


def test_reference_entities_are_those_that_others_refer_to_and_that_change_rarely() -> None:
    assert [name for name, entity in ENTITIES.items() if entity.is_reference] == [
        "customer",
        "campaign",
        "agent",
        "fx_rate",
    ]


def test_every_kind_of_survey_has_a_usual_scale() -> None:
    responses = ENTITIES["survey_response"]
    scoring = responses.scoring
    assert scoring is not None
    assert tuple(scoring.defaults) == responses.column(scoring.kind).allowed
    assert {scoring.score, scoring.lowest, scoring.highest} <= set(responses.column_names)
    assert all(scale.lowest < scale.highest for scale in scoring.defaults.values())
    assert scoring.word_scale == Scale(0, 1)
    assert all(word == word.lower() for word in scoring.words)


def test_no_word_is_both_true_and_false() -> None:
    assert not set(TRUE_WORDS) & set(FALSE_WORDS)


def test_a_column_has_the_type_of_its_kind() -> None:
    assert Column("amount", "money", "An amount.").duckdb_type == "DECIMAL(18,6)"
    assert ENTITIES["order"].column("amount").required
    with pytest.raises(KeyError):
        ENTITIES["order"].column("colour")
