"""Mistakes in settings: what is wrong, where, and which name was probably meant."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

# A path: field names or keys as written, and list positions.
Key = tuple[str | int, ...]

# The type of the pydantic errors that `refuse` raises.
MISTAKE: Final = "mistake"

_LONGEST_ALLOWED_LIST = 12
# Nobody searches a longer list, such as that of all time zones.
_LONGEST_LIST = 120
_LEAST_SIMILARITY = 0.6


@dataclass(frozen=True)
class Mistake:
    """A mistake that a cross-check found at `key`, a path of field names or keys as written, and list positions.

    `allowed` are the valid names. The message suggests the one nearest to `given`, by default the text at `key`.
    `first` is the key of an earlier value that this one conflicts with; the message ends with its line.
    """

    key: Key
    message: str
    allowed: tuple[str, ...] = ()
    given: str | None = None
    first: Key | None = None


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raises all mistakes at once, for use in a model's validator.

    The keys of the mistakes start at the model. A conflict between several keys has the key of the value that contains
    them. pydantic adds the mistakes to its own errors, each with its place.

    Raises:
        ValidationError: There is at least one mistake.
    """
    errors = [
        InitErrorDetails(type=PydanticCustomError(MISTAKE, "{message}", _context(mistake)), loc=mistake.key, input=None)
        for mistake in mistakes
    ]
    if errors:
        raise ValidationError.from_exception_data("settings", errors, hide_input=True)


def _context(mistake: Mistake) -> dict[str, object]:
    context: dict[str, object] = {"message": mistake.message, "allowed": list(mistake.allowed)}
    return context if mistake.given is None else {**context, "given": mistake.given}


@dataclass(frozen=True)
class Problem:
    """One mistake and its place; `line` counts from 1 and is None where there is no line (a missing file)."""

    file: Path
    line: int | None
    key: str
    message: str
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def __str__(self) -> str:
        """Returns one line: place, key, message, nearest name; the allowed names if they are few or none is near."""
        place = f"{self.file}:{self.line}" if self.line is not None else f"{self.file}"
        text = ": ".join(part for part in (place, self.key, self.message) if part)
        if self.nearest is not None:
            text += f'; did you mean "{self.nearest}"?'
        if 0 < len(self.allowed) <= (_LONGEST_ALLOWED_LIST if self.nearest is not None else _LONGEST_LIST):
            text += f"{' Allowed' if self.nearest is not None else '; allowed'}: {', '.join(self.allowed)}"
        return one_line(text)


class SettingsError(Exception):
    """The settings are not valid. `problems` are sorted by file and line; the text has one line per problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems: list[Problem] = sorted(unique, key=lambda problem: (str(problem.file), problem.line or 0))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """Returns the name in `allowed` that `given` most likely means, or None if none is near.

    Letter case, `-`, `_` and spaces make no difference. Near means a similarity of at least 0.6 (Ratcliff and
    Obershelp, as difflib computes it). Of equally near names the first is returned.
    """
    names = list(allowed)
    if given in names:
        return given
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(_folded(given))

    def similarity(name: str) -> float:
        matcher.set_seq1(_folded(name))
        return matcher.ratio()

    best = max(names, key=similarity, default=None)
    return best if best is not None and similarity(best) >= _LEAST_SIMILARITY else None


def suggestion(given: object, allowed: Iterable[str]) -> str | None:
    """Returns the nearest of `allowed` if `given` is a text that is not among them, else None."""
    near = nearest(given, allowed) if isinstance(given, str) else None
    return None if near == given else near


def one_line(text: str) -> str:
    """Returns `text` with one space for each run of white space and unprintable characters."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())
