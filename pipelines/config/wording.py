"""The wording of messages about settings: how they write keys, values and what is expected."""

import datetime as dt
import json
import re
from enum import Enum

from pipelines.config.problems import Key
from pipelines.config.tree import Node

MISSING = "this key is missing"

_EXPECTED = {
    "text": "string_type",
    "a whole number": "int_type int_parsing int_parsing_size int_from_float",
    "a number": "float_type float_parsing decimal_type decimal_parsing fraction_type fraction_parsing",
    "a finite number": "finite_number",
    "true or false": "bool_type bool_parsing",
    'a list (its items begin with "- ")': "list_type tuple_type set_type frozen_set_type iterable_type",
    'a mapping ("key: value" lines)': "dict_type mapping_type model_type model_attributes_type dataclass_type",
    "a date such as 2024-01-31": "date_type date_parsing date_from_datetime_parsing date_from_datetime_inexact",
    "a timestamp such as 2024-01-31T08:30:00": "datetime_type datetime_parsing datetime_from_date_parsing",
    "a time of day such as 07:30": "time_type time_parsing",
    "a duration such as PT15M (ISO 8601)": "time_delta_type time_delta_parsing",
    "an address such as https://example.com": "url_type url_parsing url_syntax_violation",
    "a UUID": "uuid_type uuid_parsing",
    "a path": "path_type",
    "nothing": "none_required",
}
# What is expected, by the type of pydantic's error.
EXPECTED = {kind: expected for expected, kinds in _EXPECTED.items() for kind in kinds.split()}
WANTS_MAPPING = frozenset(_EXPECTED['a mapping ("key: value" lines)'].split())
WANTS_CHOICE = frozenset({"literal_error", "enum"})
# The sentence for a limit, by the type of pydantic's error; pydantic provides the numbers.
LIMITS = {
    "greater_than": "the value must be greater than {gt}",
    "greater_than_equal": "the value must be at least {ge}",
    "less_than": "the value must be less than {lt}",
    "less_than_equal": "the value must be at most {le}",
    "multiple_of": "the value must be a multiple of {multiple_of}",
    "too_short": "too short: at least {min_length} needed, {actual_length} given",
    "too_long": "too long: at most {max_length} allowed, {actual_length} given",
    "string_too_short": "text too short: the minimum length is {min_length}",
    "string_too_long": "text too long: the maximum length is {max_length}",
    "string_pattern_mismatch": "the text must match the pattern {pattern}",
    "url_scheme": "the address must begin with {expected_schemes}",
    "url_too_long": "the address must have at most {max_length} characters",
    "timezone_aware": "add the time zone, as in 2024-01-31T08:30:00+01:00",
    "timezone_naive": "remove the time zone, as in 2024-01-31T08:30:00",
    "date_past": "the date must be in the past",
    "date_future": "the date must be in the future",
}


def describe(node: Node) -> str:
    """Returns a description of a value as written, without secrets and values of environment variables."""
    if node.variables:
        names = " and ".join(f"${{{name}}}" for name in node.variables)
        return f"the value of {names}" + ("" if any(node.variables.values()) else " (empty)")
    if node.is_secret:
        return "the value given"
    match node.value:
        case None:
            words = "an empty value"
        case dict() | list():
            words = f"a {node.kind}"
        case str(text):
            words = json.dumps(text if len(text) <= 60 else text[:59] + "…", ensure_ascii=False)
        case bool():
            words = node.written
        case dt.date():
            words = f"the date {node.written}"
        case _:
            words = f"the number {node.written}"
    return words


def spell(value: object) -> str:
    """Returns a literal as it is written in YAML."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def key_text(path: Key) -> str:
    """Returns a path as text, `sources[0].tables[1].entity`; keys with unusual characters are quoted in brackets."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]+|<<", step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text
