"""Opening hours as settings write them: days of the week such as `mon-fri`, times such as `09:00-12:30`."""

import re

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIMES = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")
_MINUTES_OF_A_DAY = 24 * 60

# Opening and closing, in minutes since midnight; a day that ends at midnight closes at 1440.
Times = tuple[int, int]


def parse_days(text: str) -> range:
    """Returns the days of the week, Monday as 0, of `mon`, or of `mon-fri` from the first to the last.

    Raises:
        ValueError: it is neither; the message says what is wrong.
    """
    first, _, last = (part.strip().lower() for part in text.partition("-"))
    last = last or first
    for name in (first, last):
        if name not in WEEKDAYS:
            raise ValueError(f"{name or text} is not a day; write days as mon or mon-fri, with {', '.join(WEEKDAYS)}")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    if end < begin:
        raise ValueError(f"{text} ends before it begins: a week begins on Monday, so write two lines")
    return range(begin, end + 1)


def parse_times(text: str) -> Times:
    """Returns opening and closing, in minutes since midnight, of `09:00-12:30`.

    Raises:
        ValueError: it is no such text, or it closes before it opens.
    """
    match = _TIMES.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a span of time; write it as 09:00-12:30")
    hours = [int(match[1]), int(match[3])]
    minutes = [int(match[2]), int(match[4])]
    opens, closes = (60 * hour + minute for hour, minute in zip(hours, minutes, strict=True))
    if max(minutes) > 59 or max(opens, closes) > _MINUTES_OF_A_DAY:
        raise ValueError(f"{text} has a time that no clock shows; the latest is 24:00, the end of the day")
    if closes <= opens:
        raise ValueError(
            f"{text} closes before it opens; hours past midnight are two spans, such as 22:00-24:00 and 00:00-06:00 on"
            " the next day"
        )
    return opens, closes
