"""When an export is due: cron on the company's wall clock, right across daylight saving.

croniter is asked about the wall clock alone, which has neither gaps nor repeats; what a wall-clock time means in UTC
is decided here. (Given zone-aware times, croniter answers `get_next` and `get_prev` differently where a clock change
is not a whole hour, and gives a time of the repeated hour twice when it walks backwards.)
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from pipelines.export.settings import Export

_MINUTE = timedelta(minutes=1)


def latest_tick(cron: str, timezone: str, now: datetime) -> datetime:
    """The last time at or before `now` (aware) when `cron` came round on the clocks of `timezone`, in UTC.

    A tick happens at the first moment when the wall clock shows its time or has passed it. So a tick within the
    hour that is skipped in spring happens once, when the skipped hour would have begun and the clock jumps to its
    end; a tick within the hour that is repeated in autumn happens once, the first time round.
    """
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    wall = local.replace(tzinfo=None, fold=0, second=0, microsecond=0)
    if local.fold:
        # Second time round: the clock had already been as far as the end of the repeated stretch.
        wall += _offset(wall, zone, fold=0) - _offset(wall, zone, fold=1)
    ticks = croniter(cron, wall + _MINUTE)
    while True:
        tick = _first_moment(ticks.get_prev(datetime), zone)
        if tick <= now:
            return tick


def due(export: Export, timezone: str, now: datetime, done: Callable[[datetime], bool]) -> datetime | None:
    """The tick that `export` is to be run for at `now`, or None.

    Only the latest tick counts: a machine that was off for a month writes one file when it is back, not four. `done`
    says whether a tick (UTC) has been delivered already.
    """
    tick = latest_tick(export.schedule, timezone, now)
    return None if done(tick) else tick


def _offset(wall: datetime, zone: ZoneInfo, fold: int) -> timedelta:
    offset = wall.replace(tzinfo=zone, fold=fold).utcoffset()
    assert offset is not None  # noqa: S101 - a ZoneInfo always has one for a full date
    return offset


def _first_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, when clocks of `zone` showed `wall` or had passed it."""
    before, after = _offset(wall, zone, fold=0), _offset(wall, zone, fold=1)
    moment = wall.replace(tzinfo=UTC) - before
    if before >= after:
        return moment  # plain, or the first of two
    # Skipped by the clocks: fold=0 reads it with the offset from before the jump, hence too late by as much as
    # `wall` lies beyond the jump; the jump is the one place in between where the offset changes.
    low, high = wall.replace(tzinfo=UTC) - after, moment
    while high - low > _MINUTE:
        middle = low + ((high - low) // 2 // _MINUTE or 1) * _MINUTE
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
    return high
