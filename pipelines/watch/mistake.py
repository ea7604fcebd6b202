"""A mistake in a rule that only the KPI catalogue can show."""

from typing import NamedTuple


class Mistake(NamedTuple):
    """What is wrong at `key`, a path inside the rule; `allowed` are the names that would be right there."""

    key: tuple[str, ...]
    message: str
    allowed: tuple[str, ...] = ()
    given: str | None = None
