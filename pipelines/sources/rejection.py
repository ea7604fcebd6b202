"""Rejected rows, counted by what is wrong with them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejection:
    """How many records were rejected for one problem of one column (None: the record itself), and the first of them.

    `problem` is the reason without the value, so that rows with different values are counted together. A row with
    several problems counts for each. `file_column` is the file's own column, if it has another name.
    """

    column: str | None
    problem: str
    rows: int
    file: str
    row: int
    reason: str
    file_column: str | None = None


# By column and problem.
Rejections = dict[tuple[str | None, str], Rejection]
