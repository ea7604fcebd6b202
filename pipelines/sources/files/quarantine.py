"""The rejected records of a load, written as they come."""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from pipelines.sources.files.formats.cells import Cells, Reject
from pipelines.sources.rejection import Rejection, Rejections

_LONGEST_VALUE = 1_000


class Quarantine:
    """The rejected records of one load, written to a file as they come."""

    def __init__(self, path: Path, source: str, entity: str) -> None:
        self.path = path
        # How many records there are.
        self.count = 0
        self.rejections: Rejections = {}
        self._origin = {"source": source, "entity": entity}
        self._file: TextIO | None = None

    def reject(self, cells: Cells, reject: Reject, raw_row: Mapping[str, str]) -> None:
        """Adds a record that is no row."""
        if self._file is None:
            self._file = self.path.open("a", encoding="utf-8")
        reason = f"the record {reject.reason}"
        error = {"column": None, "value": reject.text[:_LONGEST_VALUE], "reason": reason}
        errors = [{**error, "file_column": None}]
        record = {**self._origin, "file": cells.file, "row": reject.row, **error, "raw": raw_row, "errors": errors}
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self.count += 1
        problem = f"the record {reject.problem or reject.reason}"
        add_up(self.rejections, [Rejection(None, problem, 1, cells.file, reject.row, reason)])

    def add(self, lines: Path, count: int, rejections: Iterable[Rejection]) -> None:
        """Adds a file with `count` records, and what was wrong with them."""
        self.close()
        self.count += count
        with self.path.open("ab") as file, lines.open("rb") as source:
            shutil.copyfileobj(source, file)
        add_up(self.rejections, rejections)

    def close(self) -> None:
        """Writes out what has been added."""
        if self._file is not None:
            self._file.close()
            self._file = None


def add_up(known: Rejections, more: Iterable[Rejection]) -> None:
    """Adds the counts of further rejections to those known; the first record of each problem stays."""
    for rejection in more:
        key = rejection.column, rejection.problem
        before = known.setdefault(key, replace(rejection, rows=0))
        known[key] = replace(before, rows=before.rows + rejection.rows)
