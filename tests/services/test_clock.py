"""A clock that jumps: refused while it may be a mistake, believed once it lasts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.services.clock import ClockError, ClockReading, ClockState, assess, check_clock
from pipelines.services.installation import Installation

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
A_MONTH = timedelta(days=30)


def at(hours: float, *, ahead: timedelta = timedelta(0), boot: str = "boot") -> ClockReading:
    """A reading so many hours after noon by the machine's own counting."""
    return ClockReading(NOON + timedelta(hours=hours) + ahead, boot, 1_000 + hours * 3_600)


def test_a_clock_that_goes_on_is_believed() -> None:
    assert assess(None, at(0)) == (ClockState(at(0)), None)
    assert assess(ClockState(at(0)), at(1)) == (ClockState(at(1)), None)
    assert assess(ClockState(at(0)), at(24 * 60))[1] is None


def test_a_jump_ahead_is_refused_until_it_has_lasted() -> None:
    state, jump = assess(ClockState(at(0)), at(1, ahead=A_MONTH))
    assert jump == A_MONTH
    assert state == ClockState(at(0), at(1, ahead=A_MONTH))
    state, jump = assess(state, at(1.1, ahead=A_MONTH))
    assert jump == A_MONTH
    assert assess(state, at(1.2, ahead=A_MONTH)) == (ClockState(at(1.2, ahead=A_MONTH)), None)


def test_a_clock_that_was_ahead_once_leaves_nothing_behind() -> None:
    state, _ = assess(ClockState(at(0)), at(1, ahead=A_MONTH))
    assert assess(state, at(2)) == (ClockState(at(2)), None)


def test_a_second_jump_starts_a_wait_of_its_own() -> None:
    state, _ = assess(ClockState(at(0)), at(1, ahead=A_MONTH))
    state, jump = assess(state, at(2, ahead=3 * A_MONTH))
    assert (state.suspect, jump) == (at(2, ahead=3 * A_MONTH), 3 * A_MONTH)


def test_a_clock_that_was_set_back_is_believed_at_once() -> None:
    assert assess(ClockState(at(0, ahead=A_MONTH)), at(1)) == (ClockState(at(1)), None)


@pytest.mark.parametrize("ahead", [timedelta(0), A_MONTH, -A_MONTH])
def test_after_a_restart_the_clock_is_believed(ahead: timedelta) -> None:
    current = at(1, ahead=ahead, boot="another")
    assert assess(ClockState(at(0)), current) == (ClockState(current), None)


class Ahead(Installation):
    """An installation on a machine whose clock is a month ahead."""

    def wall_clock(self) -> datetime:
        return datetime.now(UTC) + A_MONTH


def test_the_state_is_kept_in_the_home_folder(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "settings.yaml", tmp_path / "home")
    check_clock(installation)
    check_clock(installation)
    with pytest.raises(ClockError, match=r"jumped ahead by (29|30) days since the last pass"):
        check_clock(Ahead(installation.settings_path, installation.home_path))
    check_clock(installation)
    # A fixed time has no clock that could jump.
    check_clock(Ahead(installation.settings_path, installation.home_path, as_of=NOON))
