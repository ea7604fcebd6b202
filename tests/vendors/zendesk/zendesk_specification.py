"""Zendesk's own description of its API: which requests it knows."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.vendors.vendor_server import Asked

SHARED = Path(__file__).resolve().parents[4] / "shared/vendor/zendesk"
DESCRIPTION = SHARED / "support-api.oas.yaml"
# What the text of the description names beside its list of parameters: sideloads, filters, pages.
_IN_WORDS = {
    "/api/v2/incremental/tickets/cursor": {"include"},
    "/api/v2/satisfaction_ratings": {"start_time", "end_time", "score", "page[size]", "page[after]"},
    "/api/v2/groups": {"page[size]", "page[after]"},
}
# Talk has a description of its own, which is not published as OpenAPI.
_TALK = {"/api/v2/channels/voice/stats/incremental/calls": {"start_time"}}


class _Loader(yaml.SafeLoader):
    """YAML in which `=` is a text."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _loader, _node: "=")


@cache
def description() -> dict[str, Any]:
    """The description as it is published."""
    loaded: dict[str, Any] = yaml.load(DESCRIPTION.read_text(encoding="utf-8"), _Loader)
    return loaded


def problems(asked: Asked) -> list[str]:
    """What of a request the description does not know."""
    if asked.path in _TALK:
        return [f"{asked.path}?{name}" for name in asked.query.keys() - _TALK[asked.path]]
    found = _operation(asked.path, asked.method.lower())
    if found is None:
        return [f"{asked.method} {asked.path}"]
    known = {parameter["name"]: parameter for parameter in found if parameter["in"] == "query"}
    allowed = known.keys() | _IN_WORDS.get(asked.path, set())
    unknown = [f"{asked.path}?{name}" for name in asked.query.keys() - allowed]
    # A cursor stands for the moment with which its export began.
    given = asked.query.keys() | ({"start_time"} if "cursor" in asked.query else set())
    missing = [
        f"{asked.path} without {name}" for name, each in known.items() if each.get("required") and name not in given
    ]
    mistyped = [
        f"{asked.path}?{name}={asked.query[name]}"
        for name, each in known.items()
        if name in asked.query and each["schema"].get("type") == "integer" and not asked.query[name].isdigit()
    ]
    return unknown + missing + mistyped


def _operation(path: str, method: str) -> list[dict[str, Any]] | None:
    for template, item in description()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method in item:
            return [_resolved(each) for each in (*item.get("parameters", ()), *item[method].get("parameters", ()))]
    return None


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = description()
    for key in node["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    resolved: dict[str, Any] = found
    return resolved
