"""A sparkline: a line as high as a text, without axes, for a table."""

from collections.abc import Sequence
from itertools import pairwise

_WIDTH, _HEIGHT, _MARGIN = 110.0, 26.0, 4.0


def draw_sparkline(values: Sequence[float | None]) -> str:
    """Returns the values as a small SVG element with a dot at the latest one; an empty text if there is none.

    It is decoration beside the numbers: readers of screens skip it. Its colour is that of the text around it.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    step = (_WIDTH - 2 * _MARGIN) / max(1, len(values) - 1)

    def point(place: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else 0.5
        return _MARGIN + place * step, _HEIGHT - _MARGIN - share * (_HEIGHT - 2 * _MARGIN)

    points = [None if value is None else point(place, value) for place, value in enumerate(values)]
    path = ""
    for before, current in pairwise([None, *points]):
        if current is not None:
            path += f"{'M' if before is None else 'L'}{current[0]:.1f} {current[1]:.1f}"
    x, y = next(each for each in reversed(points) if each is not None)
    return (
        f'<svg class="spark" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" aria-hidden="true">'
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" '
        f'stroke-linecap="round"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="currentColor"/></svg>'
    )
