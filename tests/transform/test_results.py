"""What dbt reports, in words: why it ended before it ran any node."""

import json
from pathlib import Path

import pytest

from pipelines.transform.results import early_end, error, read_results


def event(level: str, name: str, msg: str, **data: object) -> dict[str, object]:
    """An event as dbt prints it in JSON."""
    return {"info": {"level": level, "name": name, "msg": msg, "code": "Z002"}, "data": data}


FULL = event(
    "error", "MainEncounteredError", "Encountered an error:\n[Errno 28] No space left on device",
    exc="[Errno 28] No space left on device",
)  # fmt: skip
TRACE = event("error", "MainStackTrace", 'Traceback (most recent call last):\n  File "x.py"', stack_trace="Traceback")


def errors(*events: dict[str, object]) -> list[str]:
    return [message for message in map(error, events) if message is not None]


def test_a_full_disk_is_named() -> None:
    other = event("error", "MainEncounteredError", "Encountered an error:\nit broke", exc="it broke")
    assert errors(event("info", "MainReportVersion", "Running with dbt")) == []
    for found in (errors(FULL, TRACE), errors(other, FULL)):
        assert early_end(found) == "the disk is full; free disk space, then run again"


@pytest.mark.parametrize("words", ["[Errno 122] Disk quota exceeded", "[Errno 27] File too large: 'manifest.json'"])
def test_a_file_that_may_not_grow_is_a_full_disk(words: str) -> None:
    assert early_end([words]) == "the disk is full; free disk space, then run again"


def test_any_other_error_is_given_in_its_words() -> None:
    message = "Runtime Error\n  Could not find profile named 'vigie'\n"
    assert early_end(errors(event("error", "MainEncounteredError", "", exc=message), TRACE)) == (
        "Runtime Error Could not find profile named 'vigie'"
    )
    assert early_end([]) is None
    assert error({}) is None


@pytest.mark.parametrize("content", [None, "", '{"results": [{"status": "succ', '{"other": 1}'])
def test_results_that_dbt_could_not_write_are_none(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "run_results.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert read_results(path) == []
    path.write_text(json.dumps({"results": [{"status": "success"}]}), encoding="utf-8")
    assert read_results(path) == [{"status": "success"}]
