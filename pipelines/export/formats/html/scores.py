"""The scorecard, the tables of segments, and the figures at the top of the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup

from pipelines.charts.sparkline import draw_sparkline
from pipelines.export.content import ExportContent
from pipelines.export.formats.html.alerts import OpenAlert
from pipelines.export.formats.html.texts import Texts
from pipelines.export.series import SeriesKey, by_kpi, changes, latest_of_each, side_by_side
from pipelines.kpis import Kpi
from pipelines.kpis.formatting import plural

Tone = Literal["good", "bad", "neutral"]


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One series in its KPI's latest period, as texts.

    `name` is that of the KPI or of the segment, `period` empty if it is the page's own. `status` is the key of the
    status, `tone` says whether the change is for the better.
    """

    name: str
    period: str
    value: str
    change: str
    tone: Tone
    previous: str
    previous_year: str
    target: str
    status: str
    sample: str
    spark: Markup


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The segments of a KPI by one dimension."""

    kpi: str
    dimension: str
    lines: Sequence[ScoreLine]
    has_targets: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure at the top of the page."""

    label: str
    figure: str
    note: str
    tone: Tone


def scores(content: ExportContent, texts: Texts) -> Sequence[ScoreLine]:
    """Returns a line for each KPI of the export as a whole, in its order; one without rows says so."""
    found = by_kpi(_latest(content, is_whole=True))
    sparks = _sparks(content)
    lines = []
    for kpi in content.kpis:
        name = kpi.label(texts.language)
        lines += [_line(texts, kpi, row, name, sparks) for row in _rows(found.get(kpi.name))] or [
            _empty_line(texts, name)
        ]
    return lines


def breakdowns(content: ExportContent, texts: Texts) -> Sequence[Breakdown]:
    """Returns the segments of each KPI by each dimension of the export, in its order."""
    found = by_kpi(_latest(content, is_whole=False))
    sparks = _sparks(content)
    tables = []
    for dimension in content.export.by:
        for kpi in content.kpis:
            lines = [
                _line(texts, kpi, row, texts.segment(dimension, row.segment), sparks)
                for row in _rows(found.get(kpi.name))
                if row.segment_type == dimension
            ]
            if lines:
                has_targets = any(line.status != "none" for line in lines)
                tables.append(Breakdown(kpi.label(texts.language), dimension, lines, has_targets))
    return tables


def tiles(lines: Sequence[ScoreLine], alerts: Sequence[OpenAlert], texts: Texts) -> Sequence[Tile]:
    """Returns how many KPIs are on target and off target, and how many alerts are open."""
    known = [line for line in lines if line.status != "none"]
    off = [line for line in known if line.status != "good"]
    critical = sum(alert.severity == "critical" for alert in alerts)
    of_all = texts.word("of_all", count=len(known)) if known else texts.word("nothing_to_compare")
    noun = plural(critical, "critical_one", "critical_ones", texts.language)
    return (
        Tile(texts.word("on_target"), texts.count(len(known) - len(off)), of_all, "good" if known else "neutral"),
        Tile(
            texts.word("off_target"),
            texts.count(len(off)),
            ", ".join(line.name for line in off) or "",
            "bad" if off else "neutral",
        ),
        Tile(
            texts.word("open_alerts"),
            texts.count(len(alerts)),
            texts.word(noun, count=critical) if critical else "",
            "bad" if alerts else "neutral",
        ),
    )


def _latest(content: ExportContent, *, is_whole: bool) -> pd.DataFrame:
    rows = latest_of_each(content.rows)
    units = rows["kpi"].map({kpi.name: kpi.unit for kpi in content.kpis})
    rows = rows.assign(change=changes(rows, units))
    return rows[(rows["segment_type"] == "all") == is_whole]


def _rows(table: pd.DataFrame | None) -> Iterator[Any]:
    if table is not None:
        yield from table.itertuples()


def _sparks(content: ExportContent) -> Mapping[SeriesKey, Markup]:
    """Returns the sparkline of each series; the page escapes no part of it, because it has numbers alone."""
    values = side_by_side(content.rows, "value")
    return {
        key: Markup(draw_sparkline([None if isnan(number) else number for number in numbers]))  # noqa: S704
        for key, numbers in zip(values.index.tolist(), values.to_numpy().tolist(), strict=True)
    }


def _line(texts: Texts, kpi: Kpi, row: Any, name: str, sparks: Mapping[SeriesKey, Markup]) -> ScoreLine:
    start = row.period_start.date()
    period = texts.sentence(texts.period(start))
    return ScoreLine(
        name=name,
        period="" if period == texts.latest_period() else period,
        value=texts.value(kpi, row.value),
        change=texts.change(kpi, row.change),
        tone=_tone(kpi, row.change),
        previous=texts.value(kpi, row.previous_value),
        previous_year=texts.value(kpi, row.previous_year_value),
        target=texts.value(kpi, row.target),
        status="none" if pd.isna(row.status) else row.status,
        sample=texts.count(row.sample_size),
        spark=sparks[row.kpi, row.segment_type, row.segment],
    )


def _empty_line(texts: Texts, name: str) -> ScoreLine:
    missing = texts.value(None, None)
    return ScoreLine(
        name=name,
        period=texts.sentence(texts.word("no_rows")),
        value=missing,
        change=missing,
        tone="neutral",
        previous=missing,
        previous_year=missing,
        target=missing,
        status="none",
        sample=missing,
        spark=Markup(),
    )


def _tone(kpi: Kpi, change: float) -> Tone:
    if isnan(change) or change == 0 or kpi.direction == "none":
        return "neutral"
    return "good" if (change > 0) == (kpi.direction == "up") else "bad"
