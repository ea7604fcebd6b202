"""The report page in a real browser: nothing is requested, nothing fails, charts are drawn, a phone can read it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from browser import MISSING, PROGRAM, Page, browser
from export_samples import KNOWN_AT, KPIS, TICK, WEEKS, Lumen, export_of
from test_html import HOSTILE, alert

from pipelines.export.content import Advice, Bound, ExportContent
from pipelines.export.formats.html import render
from pipelines.export.rows import read_rows

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module", params=["en", "fr"])
def report(request: pytest.FixtureRequest, warehouse_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a report with hostile and long texts."""
    export = export_of(format="html")
    with duckdb.connect(str(warehouse_file), read_only=True) as connection:
        rows = read_rows(connection, export, tick=TICK, timezone="Europe/Paris")
    long = "Réclamations_sur_les_livraisons_internationales_en_retard_ou_perdues"
    rows = rows.assign(segment=rows["segment"].replace({"email": HOSTILE[0], "phone": long}))
    content = ExportContent(
        export, rows, KPIS, Lumen(language=request.param), TICK, KNOWN_AT,
        alerts=[alert(), alert(segment_type="channel", segment=long, rule=long, comment=HOSTILE[1])],
        bounds=[Bound("csat", "critical", dict.fromkeys(WEEKS, 0.75))],
        advice={"csat-floor": Advice("Support", HOSTILE[2])},
    )  # fmt: skip
    file = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    file.write_bytes(render(content))
    return file


@pytest.mark.parametrize("width", [380, 768, 1200])
def test_a_page_is_as_wide_as_its_window(page: Page, report: Path, width: int) -> None:
    page.open(report, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = (
        f"[...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > {width} + 1).length"
    )
    assert page.evaluate(beyond) == 0
    # Nor does anything leave its own card.
    outside = page.evaluate(
        "[...document.querySelectorAll('.card, .tile')].flatMap(card => { const edge = card.getBoundingClientRect().right;"
        " return [...card.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > edge + 1)"
        ".map(e => e.outerHTML.slice(0, 80)) })"
    )
    assert outside == []


def test_nothing_is_requested_and_nothing_fails(page: Page, report: Path) -> None:
    page.said.clear()
    page.requests.clear()
    page.open(report, width=1200)
    assert page.requests == [report.resolve().as_uri()]
    assert page.said == []
    assert page.evaluate("document.scripts.length") == 0


def test_charts_are_drawn_and_can_be_read(page: Page, report: Path) -> None:
    page.open(report, width=380)
    sizes = page.evaluate(
        "[...document.querySelectorAll('figure svg')].map(svg => {"
        " const box = svg.getBoundingClientRect(); return [box.width, box.height] })"
    )
    assert len(sizes) == len(KPIS)
    assert all(width > 300 and height > 150 for width, height in sizes)
    # Neither a label of an axis nor the legend is cut by the edge of its picture.
    cut = page.evaluate(
        "[...document.querySelectorAll('figure svg')].flatMap(svg => { const box = svg.getBoundingClientRect();"
        " return [...svg.querySelectorAll('text')].filter(text => { const at = text.getBoundingClientRect();"
        " return at.left < box.left - 1 || at.right > box.right + 1 || at.bottom > box.bottom + 1 || at.top < box.top - 1"
        " }).map(text => text.textContent) })"
    )
    assert cut == []
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('figure svg text')].map(text => text.getBoundingClientRect().height))"
    )
    assert smallest >= 9


@pytest.mark.parametrize("is_dark", [False, True])
def test_the_page_follows_the_colours_of_the_reader(page: Page, report: Path, is_dark: bool) -> None:
    page.open(report, width=1200, is_dark=is_dark)
    background = "getComputedStyle(document.body).backgroundColor"
    line = "getComputedStyle(document.querySelector('figure svg text')).fill"
    assert page.evaluate(background) == ("rgb(15, 19, 24)" if is_dark else "rgb(244, 246, 248)")
    assert page.evaluate(line) == ("rgb(165, 176, 189)" if is_dark else "rgb(89, 99, 111)")


def test_a_printed_page_is_light(page: Page, report: Path) -> None:
    page.open(report, width=1200, is_dark=True)
    page.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.call("Emulation.setEmulatedMedia", media="")
