"""The value axis of a chart."""

from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.charts.axis import fitting_axis
from pipelines.kpis.kpi import ShownUnit, Unit


@pytest.mark.parametrize(
    ("unit", "numbers", "axis"),
    [
        ("ratio", [0.8, 0.9, 0.7], (0.65, 0.95, 0.05)),
        ("ratio", [1.0, 1.0], (0.9, 1.0, 0.02)),
        ("ratio", [0.97, 1.0], (0.96, 1.0, 0.01)),
        ("ratio", [0.0, 0.0], (0.0, 0.1, 0.02)),
        ("count", [3.0, 5.0, 0.0], (0.0, 6.0, 2.0)),
        ("count", [0.0], (0.0, 0.1, 0.02)),
        ("points", [-0.01, 0.027], (-0.02, 0.04, 0.01)),
        ("hours", [0.0, 9.0], (0.0, 10.0, 2.0)),
        ("score", [-20.0, 30.0], (-40.0, 40.0, 20.0)),
        ("currency", [125_000.0, 160_000.0], (120_000.0, 170_000.0, 10_000.0)),
        ("seconds", [3_600.0, 7_200.0], (0.0, 9_000.0, 1_800.0)),
        ("seconds", [2_000_000.0, 2_600_000.0], (1_900_800.0, 2_764_800.0, 172_800.0)),
    ],
)
def test_an_axis_has_round_ends(unit: ShownUnit, numbers: list[float], axis: tuple[float, float, float]) -> None:
    found = fitting_axis(unit, numbers)
    assert (found.least, found.most, found.step) == pytest.approx(axis)


@example("ratio", [5e-324])
@given(st.sampled_from([*get_args(Unit), "points", "hours"]), st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8))
def test_every_number_is_within_its_axis(unit: ShownUnit, numbers: list[float]) -> None:
    axis = fitting_axis(unit, numbers)
    slack = 1e-9 * max(1.0, *map(abs, numbers))
    assert axis.least - slack <= min(numbers) <= max(numbers) <= axis.most + slack
    assert axis.step > 0
    assert 1 <= len(axis.marks) <= 14
