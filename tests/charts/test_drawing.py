"""Charts as SVG and PNG: what is in them, and that the same chart gives the same bytes."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.charts import Chart, Incident, Line
from pipelines.charts.drawing import draw_png, draw_svg
from pipelines.charts.palette import DARK, LIGHT
from pipelines.kpis import GRAINS, Grain, Unit, next_period, period_of
from pipelines.kpis.formatting import Language

ROOT = Path(__file__).parents[2]
WEEKS = tuple(date(2025, 10, 13) + timedelta(weeks=number) for number in range(12))
VALUES = (0.86, 0.85, 0.87, 0.84, None, 0.85, 0.86, 0.82, 0.8, 0.71, 0.5, 0.46)
CSAT = Chart(
    title="CSAT by chat",
    unit="ratio",
    grain="week",
    language="en",
    currency="EUR",
    periods=WEEKS,
    values=VALUES,
    lines=(
        Line("target", (0.85,) * 12),
        Line("warn", (0.75,) * 12),
        Line("critical", (0.65,) * 12),
        Line("previous_year", (0.83, None, *(0.84,) * 10)),
    ),
    usual=((0.8, 0.9),) * 12,
    incidents=(Incident("critical", WEEKS[10]),),
)
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_texts_are_texts_in_the_language_of_the_company() -> None:
    assert {"87%", "46%", "Target 85%", "Warning 75%", "Critical 65%", "Previous year", "Usual range", "29 Dec"} <= set(
        texts(draw_svg(CSAT))
    )
    french = texts(draw_svg(replace(CSAT, language="fr", unit="currency", values=(1234.5,) * 12)))
    assert {"1\u202f234\u00a0€", "29 déc.", "Objectif 0,85\u00a0€"} <= set(french)


def test_a_bound_that_moves_has_its_latest_number_and_equal_bounds_one_entry() -> None:
    moving = Line("warn", (*(0.7,) * 10, 0.72, None))
    lines = (moving, moving, Line("warn", (0.75,) * 12), Line("warn", (0.75,) * 12))
    found = [text for text in texts(draw_svg(replace(CSAT, lines=lines))) if text.startswith("Warning")]
    assert found == ["Warning, now 72%", "Warning 75%"]
    french = texts(draw_svg(replace(CSAT, lines=lines, language="fr")))
    assert "Avertissement, désormais 72\u00a0%" in french


def test_the_same_chart_gives_the_same_bytes_in_another_process_and_with_another_configuration(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("svg.fonttype: path\nlines.linewidth: 9\nfont.size: 30\n")
    program = (
        "import sys; sys.path.insert(0, 'tests/charts'); from test_drawing import CSAT, digest; print(digest(CSAT))"
    )
    environment = {**os.environ, "MATPLOTLIBRC": str(tmp_path), "SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7"}
    other = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert other.stdout.strip() == digest(CSAT) == digest(CSAT)


def digest(chart: Chart) -> str:
    import hashlib

    return hashlib.sha256(draw_svg(chart).encode() + draw_png(chart)).hexdigest()


def test_drawing_leaves_the_settings_of_matplotlib_as_they_were() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_svg(CSAT)
    assert dict(mpl.rcParams) == before


def test_an_svg_is_safe_and_valid_in_a_page() -> None:
    svg = draw_svg(replace(CSAT, title='"><script>alert(1)</script> $x$ {{7*7}}'), prefix="csat-")
    root = ET.fromstring(svg)
    assert root.attrib["aria-label"].startswith('"><script>alert(1)</script> $x$ {{7*7}}: 46%')
    assert "<script" not in svg
    # Its style would apply to the whole page; a link would be a request.
    assert not [element for element in root.iter() if element.tag in {f"{SVG}style", f"{SVG}script", f"{SVG}image"}]
    assert not re.findall(r"https?://(?!www\.w3\.org/)", svg)
    ids = re.findall(r' id="([^"]*)"', svg)
    assert len(set(ids)) == len(ids) > 0
    assert all(each.startswith("csat-") for each in ids)
    assert set(re.findall(r"#(csat-\w+)", svg)) == set(ids)


def test_the_page_chooses_the_colours() -> None:
    svg = draw_svg(CSAT)
    used = set(re.findall(r"var\(--chart-([a-z-]+), (#[0-9a-f]{6})\)", svg))
    assert {"ink", "muted", "rule", "target", "warn", "critical", "previous-year"} <= {name for name, _ in used}
    assert used <= set(LIGHT.colours())
    assert not re.findall(r"(?<!, )#[0-9a-f]{6}", re.sub(r"#[mp][0-9a-f]{8,}", "", svg))


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_colour_can_be_seen_on_its_page(palette: object) -> None:
    colours = dict(palette.colours())  # type: ignore[attr-defined]
    least = {"ink": 4.5, "muted": 4.5, "target": 3, "warn": 3, "critical": 3, "previous-year": 3}
    for name, wanted in least.items():
        assert contrast(colours[name], colours["page"]) >= wanted, name


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_png_has_the_size_that_was_asked_for() -> None:
    png = draw_png(CSAT, width=640, height=320, scale=2)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (1280, 640)
    assert len(png) < 150_000
    assert draw_png(CSAT, palette=DARK) != draw_png(CSAT)


def test_a_chart_without_values_says_so() -> None:
    assert texts(draw_svg(replace(CSAT, values=(None,) * 12, lines=(), usual=(), incidents=()))) == [": no value yet"]


def test_the_description_is_for_those_who_cannot_see_the_chart() -> None:
    assert CSAT.description() == (
        "CSAT by chat: 46%, week of 29 December 2025 (W01); lowest 46%, highest 87%; periods with a value: 11"
    )


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one number for each of its 12 periods"):
        replace(CSAT, lines=(Line("warn", (0.75,)),))


@pytest.mark.filterwarnings("error")
@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(get_args(Unit)),
    st.sampled_from(GRAINS),
    st.sampled_from(["en", "fr"]),
    st.lists(st.one_of(st.none(), st.floats(-1e7, 1e7)), min_size=1, max_size=60),
)
def test_any_values_can_be_drawn(unit: Unit, grain: Grain, language: Language, values: list[float | None]) -> None:
    periods = [period_of(grain, date(2020, 2, 29))]
    while len(periods) < len(values):
        periods.append(next_period(grain, periods[-1]))
    chart = Chart("", unit, grain, language, "EUR", periods, values)
    ET.fromstring(draw_svg(chart))
