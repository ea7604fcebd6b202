"""Whether a source delivers as often as expected, and few enough of its rows are rejected.

A source that is not well fails, although nothing went wrong while it was read: its KPIs are computed from less than
there is. Up to when it was well is up to when its data counts as loaded, so that no later period is complete and no
rule is evaluated on it. Pure: decides on log entries.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pipelines.raw import Load, LoadWarning
from pipelines.sources.base import SourceSettings
from pipelines.watch.amount import Amount, duration_text

# What `max_quarantined` is if the settings do not have it: a share of the rows that were read, and a number of rows
# that is allowed however few were read.
DEFAULT_SHARE = 0.2
ALWAYS_ALLOWED = 10
_MOST_NAMED = 3


def arrival(load: Load) -> datetime:
    """Returns when the content of a load appeared at the source: the time of its newest file, else of the load."""
    return max((file.modified_at for file in load.files), default=load.loaded_at)


def quiet_since(
    settings: SourceSettings, loads: Iterable[Load], now: datetime, delivered: Iterable[datetime] = ()
) -> datetime | None:
    """Returns when anything appeared last at a source that has been quiet for longer than its settings expect.

    None if it is not quiet, if nothing is expected, or if nothing was ever loaded: then its streams fail by themselves.

    Args:
        settings: the source's.
        loads: those of all its streams.
        now: the moment that counts as now.
        delivered: when known content was delivered again.
    """
    last = max((*map(arrival, loads), *delivered), default=None)
    expected = settings.expected_every
    if expected is None or last is None or now - last <= expected:
        return None
    return last


def quiet_problem(expected: timedelta, shown: str) -> str:
    """Returns in words that nothing new has come since the moment `shown`, although it was expected."""
    return (
        f"nothing new has come since {shown}, and something was expected within {duration_text(expected)}: find out"
        " whether the system still exports; if it does so less often now, change expect_every"
    )


def rejects_too_many(bound: Amount | None, load: Load) -> bool:
    """Whether more of a load's rows were rejected than `bound` allows: a share, a number of rows, None the default."""
    return too_many(bound, load.rows, load.quarantined)


def too_many(bound: Amount | None, rows: int, quarantined: int) -> bool:
    """Whether so many rejected rows beside `rows` accepted ones are more than `bound` allows."""
    read = rows + quarantined
    if bound is None:
        return quarantined > max(ALWAYS_ALLOWED, DEFAULT_SHARE * read)
    return quarantined > (bound * read if bound.form == "percent" else bound)


def quarantine_problems(settings: SourceSettings, loads: Iterable[Load]) -> list[str]:
    """Returns which loads reject too many rows, in words.

    Args:
        settings: the source's.
        loads: those whose rejected rows are missing from the stream now.
    """
    bound = settings.max_quarantined
    found = [load for load in loads if rejects_too_many(bound, load)]
    allowed = f"{DEFAULT_SHARE:.0%}" if bound is None else bound.written
    problems = [
        f"{load.quarantined:,} of {load.rows + load.quarantined:,} rows of {_name(load)} were rejected, more than"
        f" max_quarantined allows ({allowed}): the quarantine has the rows and the reasons; correct the export or the"
        " settings, or accept it with a higher max_quarantined"
        for load in found[:_MOST_NAMED]
    ]
    if len(found) > _MOST_NAMED:
        problems.append(f"and {len(found) - _MOST_NAMED} more loads of which too many rows were rejected")
    return problems


def well_until(
    settings: SourceSettings,
    loaded_until: datetime | None,
    *,
    loads: Sequence[Load],
    in_force: Sequence[Load],
    arrived: datetime | None,
) -> datetime | None:
    """Returns up to when a stream counts as loaded: not beyond what it was when its source was last well.

    Args:
        settings: the source's.
        loaded_until: up to when the stream was read.
        loads: all loads of the stream.
        in_force: those whose rejected rows are missing from it now.
        arrived: when anything appeared last at the source, if it has been quiet since for too long; else None.
    """
    if loaded_until is None:
        return None
    if arrived is not None:
        loaded_until = min(loaded_until, arrived)
    bad = [load.sequence for load in in_force if rejects_too_many(settings.max_quarantined, load)]
    if not bad:
        return loaded_until
    # With an --as-of in the past, all that was read counts as loaded up to the real time: the files know better.
    before = [min(load.loaded_until, arrival(load)) for load in loads if load.sequence < min(bad)]
    return min(loaded_until, max(before)) if before else None


def warnings_in_force(loads: Iterable[Load]) -> list[str]:
    """Returns what is probably wrong with the rows of the loads that count, each problem of a column once, in words."""
    found: dict[tuple[str, str], list[tuple[Load, LoadWarning]]] = {}
    for load in sorted(loads, key=lambda load: -load.sequence):
        for warning in load.warnings:
            found.setdefault((warning.column, warning.problem), []).append((load, warning))
    lines = []
    for (column, _), group in found.items():
        load, warning = group[0]
        others = len({other.load_id for other, _ in group}) - 1
        more = f" (and {others} more load{'' if others == 1 else 's'})" if others else ""
        lines.append(f"{load.stream} {column}, {_name(load)}{more}: {warning.message}")
    return lines


def _name(load: Load) -> str:
    if not load.files:
        return load.stream
    first, *others = (file.path.rpartition("/")[2] for file in load.files)
    return f"{first} and {len(others)} more files" if others else first
