# ruff: noqa: E501 - a regular expression is read best on one line
"""How the dates of a file are written: strptime formats, the order of day and month, and dates that mean nothing."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Order = Literal["day first", "month first"]

_OFFSET = r"(?P<offset> ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_TIME = r"(?P<gap>,? +(?:at +|à +|um +|- +)?|T)(?P<hour>\d{1,2})(?P<minute>:\d\d)(?P<second>:\d\d)?(?P<part>[.,]\d+)?(?P<half> ?[AaPp]\.?[Mm]\.?)?"
_DAY_OF_WEEK = r"(?:(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?P<weekgap>,? ))?"
_SHORT = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_LONG = "January|February|March|April|June|July|August|September|October|November|December"
_NUMERIC = r"(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second_part>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)"
_YEAR_FIRST = r"(?P<year>\d{4})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
_MONTH_NAME = rf"(?P<name>{_LONG}|{_SHORT})(?P<gap1>\.? )(?P<day>\d{{1,2}})(?P<gap2>,? )(?P<year>\d{{4}})"
_NAMED_DAY = rf"(?P<day>\d{{1,2}})(?P<gap1>[ /-]|\. )(?P<name>{_LONG}|{_SHORT})(?P<gap2>,? |[/-])(?P<year>\d{{4}}|\d\d)"
_PATTERNS = tuple(
    (kind, re.compile(rf"{_DAY_OF_WEEK}{date}(?:{_TIME})?{_OFFSET}", re.IGNORECASE))
    for kind, date in (
        ("numeric", _NUMERIC), ("year first", _YEAR_FIRST), ("month name", _MONTH_NAME), ("named day", _NAMED_DAY),
    )
)  # fmt: skip
# What the reader accepts without `datetime_format`.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)?)?|[12]\d{3}[01]\d[0-3]\d(T\d{4}(\d\d)?Z?)?",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"(0001|1000|1753|1899|1900|9999|2999|2099)[-/.]\d\d[-/.]\d\d.*|\d\d[/.-]\d\d[/.-](0001|1753|1899|1900|9999)\b.*|0000-00-00.*"
)
_EPOCH = re.compile(r"1[0-9]{9}(\.0|\d{3}(\.0)?)?|9\d{8}")


@dataclass(frozen=True, slots=True)
class Written:
    """How one date is written: its format with `{1}` and `{2}` for the two numbers whose order is open.

    `first` and `second` are these numbers, 0 if the order is not open.
    """

    template: str
    first: int = 0
    second: int = 0
    has_offset: bool = False
    has_half: bool = False
    mark: str = ""

    def in_order(self, order: Order) -> str:
        """Returns the strptime format."""
        day_first = order == "day first"
        return self.template.replace("{1}", "%d" if day_first else "%m").replace("{2}", "%m" if day_first else "%d")


def is_iso(text: str) -> bool:
    """Returns whether the reader accepts a date or time without `datetime_format`."""
    return _ISO.fullmatch(text) is not None


def is_never(text: str) -> bool:
    """Returns whether a date stands for no date, as 1900-01-01 does."""
    return _NEVER.fullmatch(text) is not None


def is_epoch(text: str) -> bool:
    """Returns whether a number may be seconds or milliseconds since 1970, between 1998 and 2033."""
    return _EPOCH.fullmatch(text) is not None


@lru_cache(maxsize=50_000)
def written(text: str) -> Written | None:
    """Returns how a date or time is written; None if the text is neither."""
    if len(text) > 45 or not any(character.isdigit() for character in text):
        return None
    if _ISO.fullmatch(text):
        return _iso(text)
    for kind, pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            return _found(kind, found)
    return None


def _iso(text: str) -> Written:
    if "-" not in text[:8]:
        return Written("%Y%m%d" + ("T%H%M%S" if len(text) > 13 else "T%H%M" if "T" in text.upper() else ""))
    rest = text[10:]
    template = "%Y-%m-%d"
    if rest:
        template += rest[0] + "%H:%M" + (":%S" if rest.count(":") > 1 and rest[6:7] == ":" else "")
    fraction = re.search(r":\d\d([.,])\d+", rest)
    template += f"{fraction[1]}%f" if fraction else ""
    offset = re.search(r"( ?)(Z|UTC|[+-]\d\d(:?\d\d)?)$", rest, re.IGNORECASE)
    return Written(template + (f"{offset[1]}%z" if offset else ""), has_offset=offset is not None)


def _found(kind: str, found: re.Match[str]) -> Written | None:
    part = found.groupdict()
    year = "%Y" if len(part["year"]) == 4 else "%y"
    template = f"%a{part['weekgap']}" if part["weekday"] else ""
    first = second = 0
    mark = part.get("mark") or ""
    match kind:
        case "numeric":
            first, second = int(part["first"]), int(part["second_part"])
            template += f"{{1}}{mark}{{2}}{mark}{year}"
        case "year first":
            template += f"%Y{mark}%m{mark}%d"
        case "month name":
            template += f"{_name(part['name'])}{part['gap1']}%d{part['gap2']}%Y"
        case _:
            template += f"%d{part['gap1']}{_name(part['name'])}{part['gap2']}{year}"
    half = part["half"]
    if part["hour"]:
        if half and "." in half:
            return None
        clock = "%I" if half else "%H"
        template += f"{part['gap']}{clock}:%M{':%S' if part['second'] else ''}"
        template += f"{part['part'][0]}%f" if part["part"] else ""
        template += f"{' ' if half[0] == ' ' else ''}%p" if half else ""
    if part["offset"]:
        template += f"{' ' if part['offset'][0] == ' ' else ''}{'%Z' if part['offset'].strip().isalpha() else '%z'}"
    return Written(template, first, second, bool(part["offset"]), bool(half), mark)


def _name(name: str) -> str:
    return "%b" if len(name) == 3 else "%B"


@dataclass(frozen=True, slots=True)
class OrderFound:
    """The order of day and month in a file, and what it rests on; `reason` is empty if nothing decides."""

    order: Order
    reason: str
    is_open: bool
    is_mixed: bool = False


def find_order(values: Iterable[str], habit: Order | None, prefers_day_first: bool) -> OrderFound:
    """Returns the order of day and month in all dates of a file together.

    Args:
        values: the dates.
        habit: the order that the product writes, if it is known.
        prefers_day_first: what to propose if neither the values nor the product decide.
    """
    open_ones = [found for found in map(written, values) if found is not None and found.first]
    if not open_ones:
        return OrderFound(habit or "day first", "", is_open=False)
    days = Counter[Order]()
    example: dict[Order, str] = {}
    for each in open_ones:
        shows: Order | None = "day first" if each.first > 12 else "month first" if each.second > 12 else None
        if shows is not None:
            days[shows] += 1
            example.setdefault(shows, f"{each.first}{each.mark}{each.second}")
    if len(days) == 1:
        order = next(iter(days))
        return OrderFound(order, f"{example[order]} is in the file", is_open=False)
    if days:
        order = days.most_common(1)[0][0]
        return OrderFound(order, "", is_open=True, is_mixed=True)
    if habit is not None:
        return OrderFound(habit, "the product's habit", is_open=False)
    if all(each.mark == "." for each in open_ones):
        return OrderFound("day first", "dates with dots", is_open=False)
    if any(each.has_half for each in open_ones):
        return OrderFound("month first", "", is_open=True)
    return OrderFound("day first" if prefers_day_first else "month first", "", is_open=True)


def formats_of(values: Sequence[str], order: Order) -> tuple[str, ...]:
    """Returns the formats that read all dates in `values`, none if the reader needs none.

    Formats with a year of two digits come first: with the other ones the year 24 would be that of Augustus.
    """
    if all(is_iso(value) or written(value) is None for value in values):
        return ()
    found = Counter(each.in_order(order) for each in map(written, values) if each is not None)
    return tuple(sorted(found, key=lambda each: ("%y" not in each, -found[each])))
