"""What is missing in the rows of a file whose columns are all there: empty cells of required columns, closing dates."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipelines.entities import Entity
from pipelines.sources.files.propose import value_words
from pipelines.sources.files.propose.model import (
    Expression,
    FirstOf,
    FromColumn,
    Line,
    Mapped,
    Remark,
    Sample,
    columns_of,
    edit,
)
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.text import folded

# Expressions that give nothing for an empty cell; others have something else instead.
_PLAIN = ("regexp_replace(", "to_timestamp(")


def with_rejections(
    entity: Entity,
    lines: Sequence[Line],
    sample: Sample,
    profiles: Mapping[str, Profile],
    conditions: Collection[str],
) -> list[Line]:
    """Returns the lines; those of required columns with empty cells say how many rows would be rejected.

    `conditions` are the columns of the file without which a row is no part of the table.
    """
    scores = {name for line in lines if line.name == "score" for name in columns_of(line.value)}
    deciding = [profiles[name] for name in conditions]
    rows = [row for row in sample.rows if all(_is_part(row, each, each.name in scores) for each in deciding)]
    return [_checked(entity, line, rows, profiles, is_whole=sample.is_whole) for line in lines]


def with_closing_date(entity: Entity, lines: Sequence[Line], add: Mapping[str, str]) -> list[Line]:
    """Returns the lines; of deals without a closing date, the outcome says that it does not suffice."""
    if entity.name != "deal" or any(line.name == "closed_at" for line in lines):
        return [*lines]
    how = add.get("closed_at") or "add a column for closed_at to the export"
    text = f"win_rate and revenue need the closing date: {how}"
    return [replace(line, remark=_first(text, line.remark)) if line.name == "is_won" else line for line in lines]


def _checked(
    entity: Entity,
    line: Line,
    rows: Sequence[Sequence[str | None]],
    profiles: Mapping[str, Profile],
    *,
    is_whole: bool,
) -> Line:
    column = _only_column(line)
    if column is None or not entity.column(line.name).required:
        return line
    empty = sum(is_empty(row, profiles[column]) for row in rows)
    if not empty:
        return line
    text = rejection(empty, len(rows), line.name, is_whole=is_whole)
    return replace(line, remark=_first(text, line.remark))


def rejection(empty: int, rows: int, what: str, *, is_whole: bool) -> str:
    """Returns how many rows would be rejected because they have no `what`."""
    looked_at = "" if is_whole else " looked at"
    return f"{empty:,} of {rows:,} rows{looked_at} have no {what} and would be rejected"


def _only_column(line: Line) -> str | None:
    """The column of the file without which a row has no value."""
    match line.value:
        case FromColumn() | FirstOf() | Mapped():
            return line.value.column
        case Expression() if len(line.value.columns) == 1 and line.value.sql.startswith(_PLAIN):
            return line.value.columns[0]
        case _:
            return None


def is_empty(row: Sequence[str | None], profile: Profile) -> bool:
    """Returns whether a row has no value in a column."""
    cell = row[profile.position]
    return cell is None or not cell.strip() or cell in profile.nothing


def _is_part(row: Sequence[str | None], profile: Profile, is_score: bool) -> bool:
    """Whether a row has what makes it a part of the table: an empty or an unanswered survey is no answer."""
    word = folded(row[profile.position] or "")
    return not is_empty(row, profile) and not (is_score and word in value_words.UNANSWERED)


def _first(text: str, remark: Remark) -> Remark:
    return edit(f"{text}; {remark.text}" if remark.text else text)
