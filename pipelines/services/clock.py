"""The machine's clock: a pass while it is far ahead would declare periods complete that are not over."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.services.installation import Installation
from pipelines.storage.files import write_atomically

# More than the pause of a virtual machine over a night, which also makes the clock jump.
TOLERANCE = timedelta(days=1)
# A new time that lasts for so long is believed.
CONFIRMED_AFTER = timedelta(minutes=10)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ClockError(Exception):
    """The clock jumped ahead since the last pass; the message says by how much and what to do."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A look at the clocks: `wall` is the time of day, `uptime` the seconds since the machine was started."""

    wall: datetime
    boot_id: str
    uptime: float


@dataclass(frozen=True, slots=True)
class ClockState:
    """The last reading that was believed, and the first one of a jump that is not believed yet."""

    trusted: ClockReading
    suspect: ClockReading | None = None


def assess(state: ClockState | None, current: ClockReading) -> tuple[ClockState, timedelta | None]:
    """Returns the state after a reading, and by how much the clock jumped ahead if the pass must not go on. Pure.

    A clock that was set back is believed at once: that is how a jump ends. After a restart of the machine a
    jump cannot be distinguished from a long pause.
    """
    if state is None or state.trusted.boot_id != current.boot_id:
        return ClockState(current), None
    jump = _jump(state.trusted, current)
    if jump <= TOLERANCE:
        return ClockState(current), None
    suspect = state.suspect
    if suspect is None or suspect.boot_id != current.boot_id or abs(_jump(suspect, current)) > TOLERANCE:
        return ClockState(state.trusted, current), jump
    if timedelta(seconds=current.uptime - suspect.uptime) >= CONFIRMED_AFTER:
        return ClockState(current), None
    return ClockState(state.trusted, suspect), jump


def check_clock(installation: Installation) -> None:
    """Refuses to go on while the clock has just jumped ahead; does nothing where `--as-of` fixes the time.

    Raises:
        ClockError: by how much the clock jumped.
    """
    if installation.as_of is not None:
        return
    path = installation.home.path / "clock.json"
    state, jump = assess(_read(path), _reading(installation.wall_clock()))
    installation.home.create()
    write_atomically(path, json.dumps(asdict(state), default=datetime.isoformat).encode())
    if jump is not None:
        raise ClockError(
            f"this machine's clock jumped ahead by {jump.days} days since the last pass; set it right. If it is right"
            f" now, the pass goes on {int(CONFIRMED_AFTER.total_seconds() // 60)} minutes after this message"
        )


def _jump(earlier: ClockReading, later: ClockReading) -> timedelta:
    return (later.wall - earlier.wall) - timedelta(seconds=later.uptime - earlier.uptime)


def _reading(wall_clock: datetime) -> ClockReading:
    try:
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        # Without an id every reading counts as one after a restart.
        boot_id = f"unknown-{wall_clock.timestamp()}"
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return ClockReading(wall_clock, boot_id, time.clock_gettime(clock))


def _read(path: Path) -> ClockState | None:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        suspect = stored["suspect"]
        return ClockState(_parse(stored["trusted"]), None if suspect is None else _parse(suspect))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _parse(entry: Mapping[str, Any]) -> ClockReading:
    return ClockReading(datetime.fromisoformat(entry["wall"]), entry["boot_id"], entry["uptime"])
