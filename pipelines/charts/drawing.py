"""Draws a chart as SVG (texts stay texts) or PNG, the same bytes for the same chart.

matplotlib's settings belong to the process and it is not made for threads: a lock lets one chart be drawn at a time,
with matplotlib's own defaults whatever this machine's configuration says. No window system and no pyplot are involved.
"""

import io
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from math import ceil
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pipelines.charts.axis import fitting_axis
from pipelines.charts.chart import Chart, Line, LineKind
from pipelines.charts.palette import LIGHT, Palette
from pipelines.charts.periods import period_labels
from pipelines.charts.words import word
from pipelines.kpis.formatting import ValueFormat

# One point of matplotlib is one pixel of the picture.
_POINTS_PER_INCH = 72
_FONT = 12.5
_SMALL = 11.5
_LEGEND_ROW = 18.0
# The width of a character of a legend, and of its mark with the space around it.
_CHARACTER, _MARK = 6.9, 40.0
# A label of a period needs about that width.
_PERIOD_LABEL = 58.0
_MOST_MARKERS = 40

_SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "svg.hashsalt": "vigie",
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "path.simplify": False,
}
_drawing = threading.Lock()

_DASHES: dict[LineKind, Any] = {
    "target": (0, (6, 3)),
    "warn": "-",
    "critical": "-",
    "previous_year": (0, (1.5, 2.5)),
}


def draw_svg(chart: Chart, *, width: int = 420, height: int = 240, palette: Palette = LIGHT, prefix: str = "") -> str:
    """Returns the chart as an SVG element for an HTML page, as wide as its container.

    Its title is not drawn but is its accessible name, together with the chart in a sentence. Colours are CSS variables
    (`--chart-ink` and so on) with those of `palette` as defaults.

    Args:
        chart: what to draw.
        width: the width for which texts have their size, in pixels.
        height: the height, in pixels.
        palette: the colours where the page sets no variables.
        prefix: begins the ids in the SVG, another one for each chart of a page.
    """
    buffer = io.BytesIO()
    with _matplotlib():
        figure = _figure(chart, width, height, palette, is_titled=False)
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _embedded(buffer.getvalue().decode(), chart, palette, prefix)


def draw_png(
    chart: Chart, *, width: int = 640, height: int = 320, palette: Palette = LIGHT, scale: float = 2.0
) -> bytes:
    """Returns the chart with its title as a PNG of `width` by `height` pixels times `scale`, for sharp screens."""
    buffer = io.BytesIO()
    with _matplotlib():
        figure = _figure(chart, width, height, palette, is_titled=True)
        figure.set_facecolor(palette.page)
        figure.set_dpi(_POINTS_PER_INCH * scale)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


@contextmanager
def _matplotlib() -> Iterator[None]:
    with _drawing, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def _figure(chart: Chart, width: int, height: int, palette: Palette, *, is_titled: bool) -> Figure:
    figure = Figure(figsize=(width / _POINTS_PER_INCH, height / _POINTS_PER_INCH), dpi=_POINTS_PER_INCH)
    axes = figure.add_subplot()
    axes.set_facecolor("none")
    figure.patch.set_alpha(1.0 if is_titled else 0.0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(palette.rule)
    axes.tick_params(length=0, labelsize=_SMALL, colors=palette.muted)
    axes.tick_params(axis="x", pad=8)
    top = 8.0
    if is_titled:
        figure.text(12 / width, 1 - 10 / height, _fitting(chart.title, width), fontsize=14, fontweight="bold",
                    color=palette.ink, va="top")  # fmt: skip
        top = 38.0
    if not chart.numbers:
        axes.set_axis_off()
        axes.text(0.5, 0.5, word("nothing", chart.language, title=""), ha="center", color=palette.muted)
        return figure
    left = _draw_value_axis(chart, axes, palette, height)
    _draw_periods(chart, axes, palette, width - left)
    _draw_incidents(chart, axes, palette)
    _draw_usual(chart, axes, palette)
    for line in chart.lines:
        _draw_line(line, axes, palette)
    _draw_values(chart, axes, palette)
    rows = _draw_legend(chart, figure, palette, width)
    bottom = 41.0 + rows * _LEGEND_ROW
    figure.subplots_adjust(left=left / width, right=1 - 14 / width, top=1 - (top + 10) / height, bottom=bottom / height)
    return figure


def _fitting(title: str, width: int) -> str:
    """Returns a title that is not wider than the picture; the message or page around it has it in full."""
    most = int(width / 8.6)
    return title if len(title) <= most else title[: most - 1].rstrip() + "…"


def _draw_value_axis(chart: Chart, axes: Axes, palette: Palette, height: int) -> float:
    """Draws the marks of the value axis; returns the width that their labels need."""
    axis = fitting_axis(chart.unit, chart.numbers, steps=3 if height < 300 else 4)
    # A line at the end of the axis would be cut.
    slack = (axis.most - axis.least) * 0.02 or 1.0
    axes.set_ylim(axis.least - (slack if axis.least != 0 else 0), axis.most + slack)
    written = ValueFormat.for_values(chart.unit, chart.language, chart.currency, axis.marks)
    labels = [written.format_threshold(mark) for mark in axis.marks]
    axes.set_yticks(axis.marks, labels)
    axes.grid(axis="y", color=palette.rule, linewidth=0.8)
    axes.set_axisbelow(True)
    return 14.0 + max(len(label) for label in labels) * _CHARACTER


def _draw_periods(chart: Chart, axes: Axes, palette: Palette, width: float) -> None:
    count = len(chart.periods)
    axes.set_xlim(-0.5, count - 0.5)
    labels = period_labels(chart.periods, chart.grain, chart.language, most=max(2, int(width / _PERIOD_LABEL)))
    axes.set_xticks([label.place for label in labels], [label.text for label in labels])
    for label in labels:
        if label.year:
            axes.annotate(
                label.year, (label.place, 0), xycoords=("data", "axes fraction"), xytext=(0, -23),
                textcoords="offset points", ha="center", va="top", fontsize=_SMALL, color=palette.muted,
            )  # fmt: skip


def _draw_incidents(chart: Chart, axes: Axes, palette: Palette) -> None:
    for incident in chart.incidents:
        inside = [
            place
            for place, period in enumerate(chart.periods)
            if incident.first <= period and (incident.last is None or period <= incident.last)
        ]
        if inside:
            axes.axvspan(
                inside[0] - 0.5, inside[-1] + 0.5, color=palette.of(incident.severity), alpha=0.13, linewidth=0
            )


def _draw_usual(chart: Chart, axes: Axes, palette: Palette) -> None:
    if not any(chart.usual):
        return
    missing = float("nan")
    low, high = ([missing if pair is None else pair[end] for pair in chart.usual] for end in (0, 1))
    axes.fill_between(range(len(low)), low, high, color=palette.muted, alpha=0.18, linewidth=0)


def _draw_line(line: Line, axes: Axes, palette: Palette) -> None:
    width = 1.6 if line.kind == "previous_year" else 1.4
    numbers = _with_gaps(line.values)
    axes.plot(numbers, color=palette.of(line.kind), linewidth=width, linestyle=_DASHES[line.kind])
    if sum(value is not None for value in line.values) == 1:
        # A line needs two points: a single period has a short dash.
        [place] = [place for place, value in enumerate(line.values) if value is not None]
        axes.hlines(numbers[place], place - 0.4, place + 0.4, color=palette.of(line.kind), linewidth=width)


def _draw_values(chart: Chart, axes: Axes, palette: Palette) -> None:
    numbers = _with_gaps(chart.values)
    marker = "o" if len(numbers) <= _MOST_MARKERS else ""
    axes.plot(
        numbers, color=palette.ink, linewidth=2.2, marker=marker, markersize=3.6, zorder=4, solid_capstyle="round"
    )
    _mark_lone_values(chart, axes, palette)
    last = chart.last
    if last is None:
        return
    latest = numbers[last]
    axes.plot([last], [latest], "o", color=palette.ink, markersize=6.5, zorder=5)
    _label(chart, axes, palette, last, is_bold=True)
    known = [(value, place) for place, value in enumerate(chart.values) if value is not None and place != last]
    # The extreme ones have labels where these do not cover that of the latest.
    span = max(chart.numbers) - min(chart.numbers)
    for value, place in {min(known), max(known)} if known else ():
        is_apart = last - place > max(1, len(numbers) * 0.16)
        if is_apart and span and abs(value - latest) > span * 0.05:
            _label(chart, axes, palette, place, is_bold=False)


def _mark_lone_values(chart: Chart, axes: Axes, palette: Palette) -> None:
    """Marks a value between two gaps, which no line shows."""
    if len(chart.values) <= _MOST_MARKERS:
        return
    padded = [None, *chart.values, None]
    lone = [
        place
        for place, value in enumerate(chart.values)
        if value is not None and padded[place] is None and padded[place + 2] is None
    ]
    numbers = _with_gaps(chart.values)
    axes.plot(lone, [numbers[place] for place in lone], "o", color=palette.ink, markersize=3, zorder=4)


def _label(chart: Chart, axes: Axes, palette: Palette, place: int, *, is_bold: bool) -> None:
    value = chart.values[place]
    assert value is not None  # noqa: S101 - only known values are labelled
    low, high = axes.get_ylim()
    neighbours = [chart.values[each] for each in (place - 1, place + 1) if 0 <= each < len(chart.values)]
    known = [each for each in neighbours if each is not None]
    is_valley = bool(known) and value < sum(known) / len(known)
    # Below a valley and above a peak, unless that would leave the picture.
    is_below = is_valley and (value - low) / (high - low) > 0.16
    share = place / max(1, len(chart.values) - 1)
    anchor = "left" if share < 0.08 else "right" if share > 0.92 else "center"
    across = {"left": -4, "right": 6, "center": 0}[anchor]
    axes.annotate(
        chart.shown(value), (place, value), xytext=(across, -9 if is_below else 8), textcoords="offset points",
        ha=anchor, va="top" if is_below else "bottom",
        color=palette.ink if is_bold else palette.muted, fontsize=_FONT if is_bold else _SMALL,
        fontweight="bold" if is_bold else "normal", zorder=6, annotation_clip=False,
        # Behind the number, so that a line that crosses it does not make it unreadable.
        bbox={"boxstyle": "round,pad=0.12", "facecolor": palette.page, "edgecolor": "none", "alpha": 0.8},
    )  # fmt: skip


def _draw_legend(chart: Chart, figure: Figure, palette: Palette, width: int) -> int:
    """Draws what the lines are below the chart; returns the number of rows."""
    found: dict[str, Any] = {}
    for line in chart.lines:
        mark = Line2D([], [], color=palette.of(line.kind), linewidth=1.6, linestyle=_DASHES[line.kind])
        # Bounds that are the same have one entry.
        found.setdefault(_legend_of(line, chart), mark)
    labels, marks = list(found), list(found.values())
    if any(chart.usual):
        marks.append(Patch(color=palette.muted, alpha=0.3, linewidth=0))
        labels.append(word("usual", chart.language))
    if not labels:
        return 0
    widest = max(len(label) for label in labels) * _CHARACTER + _MARK
    columns = max(1, min(len(labels), int((width - 24) / widest)))
    legend = figure.legend(
        marks, labels, loc="lower left", bbox_to_anchor=(4 / width, -2 / figure.get_figheight() / _POINTS_PER_INCH),
        ncol=columns, frameon=False, fontsize=_SMALL, handlelength=1.8, handletextpad=0.5, columnspacing=1.4,
        labelspacing=0.35, borderpad=0.4,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_color(palette.muted)
    return ceil(len(labels) / columns)


def _legend_of(line: Line, chart: Chart) -> str:
    """Returns what a line is, with its number; that of one that moves is the latest."""
    name = word(line.kind, chart.language)
    latest = next((value for value in reversed(line.values) if value is not None), None)
    if line.kind == "previous_year" or latest is None:
        return name
    if line.constant is not None:
        return f"{name} {_written(chart, line.constant)}"
    moving = ValueFormat.for_values(chart.unit, chart.language, chart.currency, [latest]).format(latest)
    return word("moving", chart.language, name=name, value=moving)


def _written(chart: Chart, number: float) -> str:
    """Returns the number of a bound or target as the operator wrote it."""
    return ValueFormat.for_values(chart.unit, chart.language, chart.currency, [number]).format_threshold(number)


def _with_gaps(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


# The ids that matplotlib gives to groups, such as figure_1 and line2d_12; nothing refers to them.
_GROUP_ID = re.compile(r'<g id="[A-Za-z0-9_.]+_\d+"')
_REFERRED_ID = re.compile(r'(?<=id=")[mp][0-9a-f]{8,}(?=")|(?<=#)[mp][0-9a-f]{8,}(?=[")])')
_FONT_FAMILY = re.compile(r"font-family: [^;\"]*")
# The style applies to every element, and so would to those of the page.
_NOT_EMBEDDED = re.compile(r"\s*<metadata>.*?</metadata>|\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)


def _embedded(svg: str, chart: Chart, palette: Palette, prefix: str) -> str:
    """Returns what matplotlib wrote as an element of an HTML page."""
    start, head_end = svg.index("<svg"), svg.index(">", svg.index("<svg")) + 1
    view = re.search(r'viewBox="[^"]*"', svg[start:head_end])
    assert view is not None  # noqa: S101 - matplotlib always writes one
    body = _NOT_EMBEDDED.sub("", svg[head_end:].strip())
    body = _GROUP_ID.sub("<g", body)
    body = _REFERRED_ID.sub(lambda found: prefix + found[0], body)
    body = body.replace("xlink:href", "href")
    body = _FONT_FAMILY.sub("font-family: var(--chart-font, system-ui, sans-serif)", body)
    for name, colour in palette.colours():
        body = body.replace(colour, f"var(--chart-{name}, {colour})")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {view[0]} role="img" aria-label="{escape(chart.description())}" '
        'stroke-linejoin="round" stroke-linecap="butt">'
    )
    return re.sub(r"\s*\n\s*", "\n", f"{head}\n{body}\n")
