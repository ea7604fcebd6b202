"""Whether requests are as HubSpot's own OpenAPI files describe them: paths, methods, names of parameters and bodies."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.vendors.vendor_server import Asked

SPEC = Path(__file__).parents[4] / "shared/vendor/hubspot/_derived_merged.openapi.json"
# These are documented, and in none of the files.
_WITHOUT_FILE = {
    "/email/public/v1/events": {"startTimestamp", "endTimestamp", "limit", "offset", "campaignId"},
    "/oauth/v1/token": set(),
}


def problems(asked: Asked) -> Iterator[str]:
    """Yields what of a request is not as described."""
    where = f"{asked.method} {asked.path}"
    if asked.path in _WITHOUT_FILE:
        yield from (f"{where}: unknown parameter {name}" for name in set(asked.query) - _WITHOUT_FILE[asked.path])
        return
    operation = _operation(asked)
    if operation is None:
        yield f"{where}: no such path or method"
        return
    known = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
    for name, value in asked.query.items():
        if name not in known:
            yield f"{where}: unknown parameter {name}"
        elif known[name]["schema"].get("type") == "integer" and not value.isdigit():
            yield f"{where}: {name} is no integer"
        elif known[name]["schema"].get("type") == "boolean" and value not in {"true", "false"}:
            yield f"{where}: {name} is neither true nor false"
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        yield from (f"{where}: {each}" for each in _body_problems(asked.body, schema, "body"))


def _operation(asked: Asked) -> Mapping[str, Any] | None:
    for path, methods in _spec()["paths"].items():
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, asked.path) and asked.method.lower() in methods:
            found: Mapping[str, Any] = methods[asked.method.lower()]
            return found
    return None


def _body_problems(body: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = _spec()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        if not isinstance(body, list):
            yield f"{at} is no list"
            return
        # HubSpot's guide sorts by objects with a direction; the file knows texts alone.
        if not at.endswith(".sorts"):
            for each in body:
                yield from _body_problems(each, schema["items"], at)
    elif "properties" in schema:
        for name in schema.get("required", []):
            if name not in body:
                yield f"{at} lacks {name}"
        for name, value in body.items():
            if name not in schema["properties"]:
                yield f"{at} has an unknown {name}"
            else:
                yield from _body_problems(value, schema["properties"][name], f"{at}.{name}")
    else:
        expected = {"string": str, "integer": int, "boolean": bool}.get(schema.get("type", ""), object)
        if not isinstance(body, expected) or ("enum" in schema and body not in schema["enum"]):
            yield f"{at} is not as described: {body}"


@cache
def _spec() -> Any:
    return json.loads(SPEC.read_text())
