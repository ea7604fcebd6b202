"""When an export is due: cron on the company's clocks, daylight saving included.

croniter computes with the time that clocks show, without a time zone: that time has no gaps and no repeats. This module
decides which moment such a time stands for. Neither cronsim nor Dagster's iterator over aware times gives each time of
a repeated hour once, and file names, which carry the time of the tick, rely on that.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

_MINUTE = timedelta(minutes=1)


def latest_tick(cron: str, timezone: str, now: datetime) -> datetime:
    """Returns the latest tick of a schedule at or before `now`, in UTC.

    A tick happens at the first moment when clocks show its time or a later one. A tick within the hour that is skipped
    in spring therefore happens once, when the clock jumps. A tick within the hour that is repeated in autumn happens
    once, the first time.

    Args:
        cron: a cron expression of five fields.
        timezone: the IANA name of the time zone in which `cron` is read.
        now: an aware moment.
    """
    zone = ZoneInfo(timezone)
    ticks = croniter(cron, _latest_time_shown(now, zone) + _MINUTE)
    while True:
        tick = _first_moment(ticks.get_prev(datetime), zone)
        if tick <= now:
            return tick


def due_tick(cron: str, timezone: str, now: datetime, is_delivered: Callable[[datetime], bool]) -> datetime | None:
    """Returns the tick that an export has to be written for at `now`, in UTC; None if there is none.

    Only the latest tick counts: after a month in which the machine was off, one file is written and not four.

    Args:
        cron: a cron expression of five fields.
        timezone: the IANA name of the time zone in which `cron` is read.
        now: an aware moment.
        is_delivered: whether the file for a tick (UTC) has been written already.
    """
    tick = latest_tick(cron, timezone, now)
    return None if is_delivered(tick) else tick


def next_tick(cron: str, timezone: str, now: datetime) -> datetime:
    """Returns the first tick of a schedule after `now`, in UTC; the arguments are as for `latest_tick`."""
    zone = ZoneInfo(timezone)
    ticks = croniter(cron, _latest_time_shown(now, zone) - _MINUTE)
    while True:
        tick = _first_moment(ticks.get_next(datetime), zone)
        if tick > now:
            return tick


def _latest_time_shown(now: datetime, zone: ZoneInfo) -> datetime:
    """Returns the latest time that clocks have shown up to `now`, to the minute and without a time zone."""
    local = now.astimezone(zone).replace(second=0, microsecond=0)
    first, second = (_offset(local, zone, fold) for fold in (0, 1))
    shown = local.replace(tzinfo=None, fold=0)
    # The second time, clocks have already shown the end of the repeated hour.
    return shown + (first - second) if local.fold else shown


def _first_moment(time: datetime, zone: ZoneInfo) -> datetime:
    """Returns the first moment, in UTC, at which clocks show `time` or a later time."""
    # Of a repeated time this is the first moment; of a skipped time it is a moment shortly before the clock jumps.
    moment = time.replace(tzinfo=UTC) - max(_offset(time, zone, fold) for fold in (0, 1))
    while moment.astimezone(zone).replace(tzinfo=None) < time:
        moment += _MINUTE
    return moment


def _offset(time: datetime, zone: ZoneInfo, fold: int) -> timedelta:
    offset = time.replace(tzinfo=zone, fold=fold).utcoffset()
    assert offset is not None  # noqa: S101 - a ZoneInfo has an offset for every full date
    return offset
