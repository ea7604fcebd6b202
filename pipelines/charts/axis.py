"""The value axis of a chart: from a little below the least value to a little above the greatest, in round steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from pipelines.kpis.kpi import ShownUnit

_STEPS = 5
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_DAY = 86_400.0
_ROUND_SECONDS = (
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 10_800.0, 21_600.0,
    43_200.0, _DAY,
)  # fmt: skip
# With values closer to zero than this share of the greatest, an axis begins at zero.
_SMALLEST = 1e-12
_NEAR_ZERO = 0.5


@dataclass(frozen=True, slots=True)
class Axis:
    """The ends of a value axis and the distance of its marks."""

    least: float
    most: float
    step: float

    @property
    def marks(self) -> Sequence[float]:
        """The values at which the axis has marks."""
        count = round((self.most - self.least) / self.step)
        return [round(self.least + self.step * number, 10) for number in range(count + 1)]


def fitting_axis(unit: ShownUnit, numbers: Iterable[float], steps: int = _STEPS) -> Axis:
    """Returns the axis on which some numbers, at least one, fill the chart.

    Shares do not go beyond 0 and 100 %, and what is never negative not below zero, unless a number does.

    Args:
        unit: the unit of the numbers.
        numbers: what is drawn.
        steps: about how many steps a chart of that height can name.
    """
    # Marks have no more than twelve decimals.
    drawn = [0.0 if abs(number) < _SMALLEST else number for number in numbers]
    low, high = min(drawn), max(drawn)
    margin = (high - low or abs(high) or 1.0) * 0.1
    least, most = low - margin, high + margin
    if low >= 0:
        least = 0.0 if low <= high * _NEAR_ZERO else max(least, 0.0)
    if unit == "ratio" and high <= 1:
        most = min(most, 1.0)
    if least == most:
        # A share of exactly 100 %, or nothing but zeros.
        least, most = (least - margin, most) if most == 1.0 else (least, most + margin)
    step = _step(unit, most - least, steps)
    # Rounded: a thousand of these steps would add up to 0.30000000000000004.
    return Axis(round(floor(least / step + 1e-9) * step, 12), round(ceil(most / step - 1e-9) * step, 12), step)


def _step(unit: ShownUnit, span: float, steps: int) -> float:
    if unit == "seconds" and span < _DAY * steps:
        wanted = span / steps
        return next((each for each in _ROUND_SECONDS if each >= wanted), _DAY)
    # A long duration has marks at whole days.
    scale = _DAY if unit == "seconds" else 1.0
    power = 10.0 ** floor(log10(span / scale / steps)) * scale
    step = next(each for each in _ROUND if each * power >= span / steps * (1 - 1e-9)) * power
    return max(1.0, step) if unit in ("count", "hours") and span >= steps else step
