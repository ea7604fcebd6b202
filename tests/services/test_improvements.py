"""What counts as an improvement."""

from types import SimpleNamespace

import pytest

from pipelines.services.reports import has_improved

NAN = float("nan")


@pytest.mark.parametrize(
    ("direction", "previous", "value", "interval", "improved"),
    [
        ("up", 0.6, 0.7, (0.65, 0.75), True),
        # The value before is within what chance does.
        ("up", 0.6, 0.7, (0.55, 0.85), False),
        ("up", 0.8, 0.7, (0.65, 0.75), False),
        ("down", 3600.0, 1800.0, (1500.0, 2100.0), True),
        ("down", 3600.0, 3500.0, (3000.0, 4000.0), False),
        ("none", 10.0, 100.0, (90.0, 110.0), False),
        # Without an interval, five percent.
        ("up", 100.0, 104.9, (NAN, NAN), False),
        ("up", 100.0, 105.0, (NAN, NAN), True),
        ("up", -100.0, -90.0, (NAN, NAN), True),
        ("up", 0.0, 5.0, (NAN, NAN), True),
        ("up", 0.0, 0.0, (NAN, NAN), False),
        ("up", NAN, 5.0, (NAN, NAN), False),
    ],
)
def test_an_improvement_is_more_than_chance(
    direction: str, previous: float, value: float, interval: tuple[float, float], improved: bool
) -> None:
    low, high = interval
    row = SimpleNamespace(value=value, previous_value=previous, ci_low=low, ci_high=high)
    assert has_improved(direction, row) is improved
