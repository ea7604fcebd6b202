"""The JSON Schema of settings, for editors."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

_REFERENCE_NAME = "EnvironmentReference"
_REFERENCE_SCHEMA = {"$ref": f"#/$defs/{_REFERENCE_NAME}"}
_ANNOTATIONS = frozenset({"description", "default", "examples", "deprecated"})
_TEXT_CONSTRAINTS = frozenset({"pattern", "minLength", "maxLength"})
# Editors do not check the other formats.
_CHECKED_FORMATS = frozenset({"date", "email", "uri", "uuid", "ipv4", "ipv6"})
# In JSON Schema a time of day has seconds and an offset, and a duration is ISO 8601; settings accept more.
_TOO_STRICT_FORMATS = frozenset({"date-time", "time", "duration"})


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Returns the JSON Schema (draft 2020-12) of settings files, with which editors complete and check them.

    A text with a reference to the environment is also accepted in the place of a number, a boolean, one of several
    names or a formatted text. It is not accepted in the place of a constant, because constants distinguish the members
    of a union: the member is chosen by its constant, so that a mistake is reported as one in that member and not as
    fitting none. There are no titles: editors would show them instead of the descriptions.
    """
    schema: dict[str, Any] = _for_editors(model.model_json_schema(by_alias=True, mode="validation"))
    schema.setdefault("$defs", {})[_REFERENCE_NAME] = {
        "description": "Text with a reference to the environment: ${NAME} or ${NAME:-default}",
        "type": "string",
        "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}",
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _for_editors(schema: Any) -> Any:
    """Returns `schema` without titles, with references to the environment accepted beside checked scalars."""
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "title" or (keyword == "format" and value in _TOO_STRICT_FORMATS):
            continue
        if keyword in {"properties", "patternProperties", "$defs"}:
            result[keyword] = {name: _for_editors(inner) for name, inner in value.items()}
        elif keyword in {"items", "additionalProperties", "contains", "not"}:
            result[keyword] = _for_editors(value)
        elif keyword in {"anyOf", "oneOf", "allOf", "prefixItems"}:
            result[keyword] = [_for_editors(inner) for inner in value]
        else:
            result[keyword] = value
    if "discriminator" in result:
        return _chosen_by_constant(result)
    if "anyOf" in result:
        result["anyOf"] = _flattened(result["anyOf"])
    if _is_checked_scalar(result):
        annotations = {keyword: value for keyword, value in result.items() if keyword in _ANNOTATIONS}
        checked = {keyword: value for keyword, value in result.items() if keyword not in _ANNOTATIONS}
        return {**annotations, "anyOf": [checked, _REFERENCE_SCHEMA]}
    return result


def _chosen_by_constant(union: dict[str, Any]) -> dict[str, Any]:
    """Returns a union whose members a key distinguishes as conditions, one for each value of that key."""
    key, members = union["discriminator"]["propertyName"], union["discriminator"]["mapping"]
    others = {keyword: value for keyword, value in union.items() if keyword not in {"discriminator", "oneOf"}}
    return {
        **others,
        "type": "object",
        "properties": {key: {"enum": list(members)}},
        "required": [key],
        "allOf": [
            {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": {"$ref": member}}
            for value, member in members.items()
        ],
    }


def _is_checked_scalar(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    kinds = set(kind) if isinstance(kind, list) else {kind}
    if "const" in schema:
        return False
    if "enum" in schema or kinds <= {"integer", "number", "boolean"}:
        return True
    return kinds == {"string"} and (bool(_TEXT_CONSTRAINTS & schema.keys()) or schema.get("format") in _CHECKED_FORMATS)


def _flattened(alternatives: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns nested alternatives on one level, each once; the reference to the environment last, if needed."""
    flat: list[dict[str, Any]] = []
    for alternative in alternatives:
        inner = alternative["anyOf"] if alternative.keys() == {"anyOf"} else [alternative]
        flat += [schema for schema in inner if schema not in flat]
    if _REFERENCE_SCHEMA in flat:
        flat.remove(_REFERENCE_SCHEMA)
        if {"type": "string"} not in flat:
            flat.append(_REFERENCE_SCHEMA)
    return flat
