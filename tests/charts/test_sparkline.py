"""Sparklines."""

import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from pipelines.charts.sparkline import draw_sparkline


def test_a_gap_breaks_the_line_and_the_dot_is_the_latest_value() -> None:
    svg = draw_sparkline([1.0, 2.0, None, 3.0, 1.0])
    assert re.search(r'd="M4\.0 22\.0L29\.5 13\.0M80\.5 4\.0L106\.0 22\.0"', svg)
    assert 'cx="106.0" cy="22.0"' in svg


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw_sparkline([None, None]) == draw_sparkline([]) == ""


@given(st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), max_size=60))
def test_every_line_is_within_its_picture(values: list[float | None]) -> None:
    svg = draw_sparkline(values)
    for x, y in re.findall(r"[ML]([\d.-]+) ([\d.-]+)", svg):
        assert 0 <= float(x) <= 110
        assert 0 <= float(y) <= 26
    if svg:
        ET.fromstring(svg)
