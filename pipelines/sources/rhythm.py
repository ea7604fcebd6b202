"""How often a source usually delivers, as its loads show, and whether it has been quiet for longer than that. Pure.

A false alarm holds rules and wakes people, so what is not clearly regular has no rhythm: nothing is expected of it. The
numbers here are explained in docs/decisions/0025-sources-that-go-quiet.md.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from pipelines.raw import Load
from pipelines.sources.health import arrival

# How many of the last gaps between deliveries count, and how many it takes.
WINDOW, FEWEST = 30, 14
# Regular is what has nine in ten gaps close to the median.
_REGULAR_SHARE, _CLOSE = 0.9, 1.5
# A source is quiet after three usual gaps, and after twice the longest one.
_USUAL_GAPS, _LONGEST_GAPS = 3, 2
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a source delivers.

    `weekdays` are those on which it ever does (Monday is 0): no other day counts. `limit` is how many of them may go by
    without a delivery. `last` is the day of the latest delivery, `longest` the longest gap so far in days of the
    calendar, `gaps` how many were considered.
    """

    weekdays: frozenset[int]
    limit: int
    last: date
    longest: int
    gaps: int

    def is_quiet(self, today: date) -> bool:
        """Whether more days have gone by than usual; `today` is not over and does not count."""
        return _counted(self.last, today - _DAY, self.weekdays) >= self.limit


def deliveries(loads: Iterable[Load]) -> list[datetime]:
    """Returns when a source delivered something new, in order.

    What was loaded at once counts once: an import of ten years of files says nothing of how often they come.
    """
    newest: dict[datetime, datetime] = {}
    for load in loads:
        newest[load.loaded_at] = max(arrival(load), newest.get(load.loaded_at, arrival(load)))
    return sorted(newest.values())


def rhythm_of(days: Iterable[date]) -> Rhythm | None:
    """Returns the rhythm of deliveries on these days; None if they are too few, or not regular."""
    recent = sorted(set(days))[-WINDOW - 1 :]
    if len(recent) <= FEWEST:
        return None
    weekdays = frozenset(day.weekday() for day in recent)
    gaps = sorted(_counted(before, after, weekdays) for before, after in pairwise(recent))
    close = sum(gap <= _CLOSE * median(gaps) for gap in gaps)
    if close < _REGULAR_SHARE * len(gaps):
        return None
    usual = gaps[math.ceil(_REGULAR_SHARE * len(gaps)) - 1]
    return Rhythm(
        weekdays=weekdays,
        limit=max(_USUAL_GAPS * usual, _LONGEST_GAPS * gaps[-1]),
        last=recent[-1],
        longest=max((after - before).days for before, after in pairwise(recent)),
        gaps=len(gaps),
    )


def unusual_silence(days: Sequence[date], today: date) -> Rhythm | None:
    """Returns the rhythm of deliveries on these days if they have stopped by its measure; None if all is as usual."""
    found = rhythm_of(days)
    return found if found is not None and found.is_quiet(today) else None


def silence_problem(rhythm: Rhythm, shown: str) -> str:
    """Returns in words that nothing new has come since the moment `shown`, although it usually does."""
    within = "a day" if rhythm.longest == 1 else f"{rhythm.longest} days"
    return (
        f"nothing new has come since {shown}, and the last {rhythm.gaps} times something came within {within}: find"
        " out whether the system still exports; if this is as it should be, set expect_every to how often it delivers,"
        " or to never"
    )


def _counted(after: date, until: date, weekdays: frozenset[int]) -> int:
    """Returns how many days from the one after `after` to `until` are on one of the weekdays."""
    days = max((until - after).days, 0)
    whole, rest = divmod(days, 7)
    first = after.weekday() + 1
    return whole * len(weekdays) + sum((first + number) % 7 in weekdays for number in range(rest))
