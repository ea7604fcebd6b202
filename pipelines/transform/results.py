"""Reads what dbt reports about the nodes that it ran."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_ROW_COUNT = re.compile(r"rows: (\d+)")
_FAILED = frozenset({"error", "fail", "runtime error"})


def row_count(event: Mapping[str, Any]) -> tuple[str, int] | None:
    """Returns the node and the rows that the macro `log_row_count` reported in a dbt log event; None for others."""
    if event["info"]["name"] != "JinjaLogInfo":
        return None
    match = _ROW_COUNT.fullmatch(event["info"]["msg"])
    node = event["data"].get("node_info", {}).get("unique_id")
    return (str(node), int(match[1])) if match and node else None


def failures(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns a line for each node that failed, from the `results` of run_results.json; skipped nodes are not named."""
    return [
        f"dbt {kind} {name}: {first_lines(result['message'])}"
        for result in results
        if result["status"] in _FAILED
        for kind, _, name in [result["unique_id"].split(".")[:3]]
    ]


def warnings(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns a line for each data test that failed and did not stop the build, from the same `results`."""
    return [
        f"dbt test {result['unique_id'].split('.')[2]} failed (results: {result['failures']}); the tables were built"
        " all the same"
        for result in results
        if result["status"] == "warn"
    ]


def first_lines(message: str | None) -> str:
    """Returns the first three lines of a message as one line."""
    lines = [line.strip() for line in (message or "no message").splitlines() if line.strip()]
    return " ".join(lines[:3])
