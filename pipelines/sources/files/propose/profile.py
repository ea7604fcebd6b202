"""What the cells of a column look like: e-mail addresses, dates, numbers, booleans, few words, or ids."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.entities import FALSE_WORDS, TRUE_WORDS
from pipelines.sources.files.propose import dates, numbers, value_words
from pipelines.sources.files.propose.model import Sample

_EMAIL = re.compile(r"[^@\s;,<>]+@[^@\s;,<>]+\.[A-Za-z]{2,}")
_EMAILS = re.compile(rf"({_EMAIL.pattern})([;,] ?{_EMAIL.pattern})+")
_SEVERAL = re.compile(r"[^;]+(;[^;]+)+")
_NESTED = re.compile(r"\{(\s*\".*)?\}|\[(\s*[\[{\"\d].*)?\]", re.DOTALL)
_ENOUGH = 0.9
_MOST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Profile:
    """A column of a sample.

    `filled` counts the cells with a value; the shares are of these. `words` has the distinct values with their counts,
    empty if there are many. `values` are the filled cells. An empty column fits any kind.
    """

    name: str
    position: int
    duckdb_type: str
    filled: int
    values: tuple[str, ...]
    words: tuple[tuple[str, int], ...]
    distinct: int
    nothing: tuple[str, ...]
    email: float
    date: float
    epoch: float
    serial: float
    number: float
    whole: float
    money: float
    boolean: float
    duration: float
    several: float
    currency: float
    nested: float

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known about the values."""
        return self.filled == 0

    @property
    def is_unique(self) -> bool:
        """Whether each filled cell has a value of its own."""
        return self.filled > 0 and self.distinct == self.filled

    @property
    def is_date(self) -> bool:
        """Whether the values are dates or times."""
        return self.date >= _ENOUGH or self.duckdb_type.startswith(("TIMESTAMP", "DATE"))

    @property
    def is_nested(self) -> bool:
        """Whether the values are lists or objects, by their type or as JSON."""
        return self.duckdb_type.endswith("[]") or self.duckdb_type.startswith(("STRUCT", "MAP")) or self.nested >= 0.5

    def fits(self, kind: str) -> bool:
        """Returns whether the values can be of a kind of column; an empty column can."""
        if self.is_nested:
            return False
        if self.is_empty:
            return True
        match kind:
            case "timestamp" | "date":
                return self.is_date or self.epoch >= _ENOUGH or self.serial >= _ENOUGH
            case "integer":
                return self.whole >= _ENOUGH and not self.is_date
            case "number" | "money":
                return max(self.number, self.money) >= _ENOUGH and self.date < 0.5
            case "boolean":
                return self.boolean >= _ENOUGH
            case "currency":
                return self.currency >= _ENOUGH
            case _:
                return True


def _is_serial_day(text: str) -> bool:
    """Whether a number may be a day of a workbook between 1968 and 2119, counted from 1900."""
    return numbers.is_number(text) and text.replace(".", "", 1).isdigit() and 25_000 <= float(text) < 80_000


def profile_columns(sample: Sample) -> tuple[Profile, ...]:
    """Returns the profile of each column of a sample."""
    return tuple(_profile(sample, position) for position in range(len(sample.columns)))


def _profile(sample: Sample, position: int) -> Profile:
    cells = [row[position] for row in sample.rows]
    given = [cell for cell in cells if cell]
    counts = Counter(given)
    nothing = [word for word in counts if numbers.is_nothing(word)]
    rest = [word for word in counts if word not in nothing]
    # A date far in the past or future, or a word among dates and numbers, stands for nothing.
    dated = sum(counts[word] for word in rest if dates.written(word) is not None)
    numeric = sum(counts[word] for word in rest if numbers.is_number(word) or numbers.affixes(word) is not None)
    total = sum(counts[word] for word in rest)
    if total and max(dated, numeric) >= 0.5 * total:
        nothing += [word for word in rest if word.lower() in numbers.NOTHING_IN_TYPED]
    if total and dated >= 0.5 * total:
        nothing += [word for word in rest if dates.is_never(word)]
    counts = Counter({word: count for word, count in counts.items() if word not in nothing})
    filled = sum(counts.values())

    def share(*tests: Callable[[str], object]) -> float:
        if not filled:
            return 0.0
        return sum(count for word, count in counts.items() if any(test(word) for test in tests)) / filled

    booleans = {*TRUE_WORDS, *FALSE_WORDS}
    return Profile(
        name=sample.columns[position],
        position=position,
        duckdb_type=sample.types[position],
        filled=filled,
        values=tuple(cell for cell in given if cell in counts),
        words=tuple(counts.most_common()) if len(counts) <= _MOST_WORDS else (),
        distinct=len(counts),
        nothing=tuple(nothing),
        email=share(_EMAIL.fullmatch, _EMAILS.fullmatch),
        date=share(lambda word: dates.written(word) is not None),
        epoch=share(dates.is_epoch),
        serial=share(_is_serial_day) if sample.format == "xlsx" else 0.0,
        number=share(numbers.is_number),
        whole=share(numbers.is_whole),
        money=share(numbers.is_number, lambda word: (numbers.affixes(word) or ("", "%"))[1] != "%"),
        boolean=share(lambda word: word.lower() in booleans),
        duration=share(numbers.is_duration),
        several=share(_SEVERAL.fullmatch),
        nested=share(_NESTED.fullmatch),
        currency=share(value_words.currency),
    )
