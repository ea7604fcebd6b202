"""Counts what dbt has finished, from the lines that it writes while it builds."""

import io
import re
from collections.abc import Callable

# `12 of 143 OK created sql table model main.fct_order`; the same with START begins a node.
_FINISHED = re.compile(r"(\d+) of (\d+) (?!START\b)[A-Z]")


class BuildProgress(io.TextIOBase):
    """A standard output that writes nothing, and reports how many of dbt's models and tests have finished.

    dbt numbers nodes as they begin; several are built at once, so the finished ones are counted.
    """

    def __init__(self, report: Callable[[int, int], None]) -> None:
        self._report = report
        self._finished: set[str] = set()

    def write(self, text: str) -> int:
        """Reads what would be written; returns its length."""
        match = _FINISHED.search(text)
        if match:
            self._finished.add(match[1])
            self._report(len(self._finished), int(match[2]))
        return len(text)
