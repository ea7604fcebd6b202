"""Reads what dbt reports about the nodes that it ran, and why it ended before it ran any."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.storage.files import storage_reason

_ROW_COUNT = re.compile(r"rows: (\d+)")
_FAILED = frozenset({"error", "fail", "runtime error"})


def row_count(event: Mapping[str, Any]) -> tuple[str, int] | None:
    """Returns the node and the rows that the macro `log_row_count` reported in a dbt log event; None for others."""
    if event["info"]["name"] != "JinjaLogInfo":
        return None
    match = _ROW_COUNT.fullmatch(event["info"]["msg"])
    node = event["data"].get("node_info", {}).get("unique_id")
    return (str(node), int(match[1])) if match and node else None


def error(event: Mapping[str, Any]) -> str | None:
    """Returns the message of a dbt log event that is an error, without dbt's introduction; None for other events."""
    info = event.get("info", {})
    if info.get("level") != "error":
        return None
    data = event.get("data", {})
    return str(data.get("exc") or info.get("msg") or "").strip() or None


def early_end(errors: Sequence[str]) -> str | None:
    """Returns why dbt ended before it had results, from its errors in their order; None if it reported none.

    What storage is to blame for is said first: a full disk makes dbt fail in many ways, one after the other.
    """
    for message in errors:
        reason = storage_reason(OSError(message))
        if reason is not None:
            return reason
    return first_lines(errors[0]) if errors else None


def read_results(path: Path) -> list[dict[str, Any]]:
    """Returns the `results` of run_results.json; none if dbt ended before it wrote them, or could not write all."""
    try:
        results: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    except (FileNotFoundError, ValueError, KeyError):
        return []
    return results


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
