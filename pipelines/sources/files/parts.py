"""The columns of an entity on their way from a file's cells to values, and the SQL for the values they end as."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.entities import Column, Scoring
from pipelines.sources.files.cast import Layers
from pipelines.sources.files.mapping import ColumnSource
from pipelines.storage.sql import literal, literals


@dataclass(frozen=True, slots=True)
class Part:
    """A column that a file fills.

    `layers` names the SQL columns of `cast`; `value` is the one of the value, and `failed` the one that is true if the
    column's expression failed. If the source derives its value, `source_layer` is what the file has, and `taken` the
    text of it that a map looks up. `base` is the part after which this one is a duration.
    """

    column: Column
    source: ColumnSource
    layers: Layers
    value: str
    failed: str
    source_layer: str
    taken: str
    base: "Part | None" = None

    @property
    def is_after(self) -> bool:
        """Whether the file has a duration in the place of the moment."""
        return self.source.value is not None and self.source.value.after is not None

    @property
    def given(self) -> str:
        """The SQL column of what the file or the expression gives."""
        return self.source_layer if self.source.derives else self.layers.given


def text_of(part: Part, text: str, scoring: Scoring | None) -> str:
    """Returns SQL for a part's text, in which words for scores (`good`) are replaced by their scores.

    Args:
        part: the column.
        text: SQL for its stripped text.
        scoring: the entity's, if it has scores.
    """
    if scoring is None or not _may_be_word(part, scoring):
        return text
    words = " ".join(f"WHEN {literal(word)} THEN '{score}'" for word, score in scoring.words.items())
    return f"CASE lower(trim({part.layers.given})) {words} ELSE {text} END"


def final_value(column: Column, parts: Mapping[str, Part], scoring: Scoring | None) -> str:
    """Returns SQL for the value that a column of the entity ends as: NULL if the file does not fill it.

    The scale of a score that is given as a word is the scale of the words.
    """
    part = parts.get(column.name)
    value = part.value if part is not None else f"CAST(NULL AS {column.duckdb_type})"
    if scoring is None or column.name not in (scoring.lowest, scoring.highest):
        return value
    score = parts.get(scoring.score)
    if score is None or not _may_be_word(score, scoring):
        return value
    end = scoring.word_scale.lowest if column.name == scoring.lowest else scoring.word_scale.highest
    is_word = f"lower(trim({score.layers.given})) IN {literals(tuple(scoring.words))}"
    return f"CASE WHEN {is_word} THEN CAST({end} AS {column.duckdb_type}) ELSE {value} END"


def _may_be_word(part: Part, scoring: Scoring) -> bool:
    return part.column.name == scoring.score and part.layers.of == "text"
