"""Pieces of SQL for reading extracts: trimming and step functions."""

from collections.abc import Sequence

from pipelines.storage.sql import literal

# Blanks that people and spreadsheets leave around a value, including the no-break space.
_OUTER_BLANKS = " \t\r\n\u00a0\ufeff"
_LAST_BLANKS = " \t\n\u00a0"


def stripped(text: str, *, spaces_only: bool = False) -> str:
    """Returns the SQL expression `text`, a VARCHAR, without outer blanks; NULL if nothing is left.

    Only values that begin or end unusually are trimmed, which costs a fraction of trimming all of them. It costs even
    less with `spaces_only`: then no value ends in a blank but a space, nor begins with one but spaces and control
    characters.
    """
    ends = " OR ".join(f"suffix({text}, {literal(blank)})" for blank in (" " if spaces_only else _LAST_BLANKS))
    unusual = f"{text} < '!' OR {ends}" if spaces_only else f"{text} < '!' OR {text} > '~' OR {ends}"
    return f"CASE WHEN {unusual} THEN nullif(trim({text}, {literal(_OUTER_BLANKS)}), '') ELSE {text} END"


def steps(variable: str, thresholds: Sequence[tuple[str, int]], first: int) -> str:
    """Returns a step function of the SQL expression `variable`: `first`, and from each threshold on its number.

    The thresholds are SQL literals in ascending order. The function is a balanced tree, so that a row takes log2(n)
    comparisons.
    """
    if not thresholds:
        return str(first)
    middle = len(thresholds) // 2
    threshold, value = thresholds[middle]
    return (
        f"CASE WHEN {variable} >= {threshold} THEN {steps(variable, thresholds[middle + 1 :], value)}"
        f" ELSE {steps(variable, thresholds[:middle], first)} END"
    )
