"""The sheet Scorecard: the latest complete period of each KPI and segment, and what it is compared with."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from xlsxwriter.utility import quote_sheetname, xl_range

from pipelines.export.formats.xlsx.book import BAD, GOOD, GREY, INK, PALE, Book, set_up_printing
from pipelines.export.formats.xlsx.number_formats import change_format, date_format
from pipelines.export.formats.xlsx.trends import FIRST_PERIOD_COLUMN, TrendLines
from pipelines.export.series import VALUE_COLUMNS, by_kpi, last_day, latest_of_each
from pipelines.kpis import Kpi
from pipelines.kpis.formatting import Language, format_date

_STATUS_COLOURS = {"good": ("#C6EFCE", "#1E5E2B"), "warn": ("#FFEB9C", "#7A5200"), "critical": ("#FFC7CE", "#8B0A1A")}
_HEADING_ROW = 3
# The words of the headings, and the widths of their columns.
_HEADINGS = (
    ("kpi", 34),
    ("segment", 24),
    ("period", 13),
    ("period_end", 13),
    ("value", 14),
    ("previous", 14),
    ("change", 12),
    ("previous_year", 14),
    ("target", 14),
    ("status", 12),
    ("sample", 10),
    ("trend", 26),
)
(
    _KPI, _SEGMENT, _PERIOD, _PERIOD_END, _VALUE, _PREVIOUS, _CHANGE, _PREVIOUS_YEAR, _TARGET, _STATUS, _SAMPLE, _TREND,
) = range(12)  # fmt: skip


def write_scorecard(book: Book, sheet: Any, lines: TrendLines) -> None:
    """Writes the sheet; its sparklines draw the lines of the trends."""
    content = book.content
    _write_head(book, sheet)
    scores = by_kpi(latest_of_each(book.rows))
    line = _HEADING_ROW + 1
    for kpi in content.kpis:
        of_kpi = scores.get(kpi.name)
        if of_kpi is None:
            book.write_text(sheet, line, _KPI, kpi.label(content.company.language), book.style(bold=True))
            book.write_text(sheet, line, _SEGMENT, book.word("no_rows"), book.style(italic=True, font_color=GREY))
            line += 1
            continue
        for score in of_kpi.itertuples():
            _write_score(book, sheet, line, kpi, score, lines)
            line += 1
    _colour_status(book, sheet, first=_HEADING_ROW + 1, last=max(line - 1, _HEADING_ROW + 1))
    book.write_text(sheet, line + 1, 0, book.word("note_change"), book.note)
    sheet.freeze_panes(_HEADING_ROW + 1, 2)
    sheet.hide_gridlines(2)
    set_up_printing(sheet, heading_row=_HEADING_ROW)
    sheet.activate()


def _write_head(book: Book, sheet: Any) -> None:
    content = book.content
    timezone = content.company.timezone
    book.write_text(sheet, 0, 0, content.company.name, book.title)
    facts = (
        f"{content.export.name} · {book.word('as_of')} {_moment(book, content.tick)} ({timezone}) · "
        f"{book.word('known_at')} {_moment(book, content.known_at)} · "
        f"{book.word('grain_' + content.export.grain)} · "
        f"{book.word('periods_of_each', periods=content.export.periods)}"
    )
    book.write_text(sheet, 1, 0, facts, book.style(font_color=GREY))
    centred = book.style(
        bold=True, font_color="#FFFFFF", bg_color=INK, text_wrap=True, align="center", valign="vcenter"
    )
    for column, (key, width) in enumerate(_HEADINGS):
        book.write_text(sheet, _HEADING_ROW, column, book.word(key), book.heading if column < _VALUE else centred)
        sheet.set_column(column, column, width)
    sheet.set_row(_HEADING_ROW, 32)


def _moment(book: Book, moment: datetime) -> str:
    company = book.content.company
    local = moment.astimezone(ZoneInfo(company.timezone))
    language: Language = "fr" if company.language == "fr" else "en"
    return f"{format_date(local.date(), 'd MMMM y', language)}, {local:%H:%M}"


def _write_score(book: Book, sheet: Any, line: int, kpi: Kpi, score: Any, lines: TrendLines) -> None:
    style: dict[str, object] = {"bottom": 1, "bottom_color": PALE}
    if score.segment_type == "all":
        style |= {"bold": True, "bg_color": PALE}
    else:
        sheet.set_row(line, None, None, {"level": 1})
    text = book.style(**style)
    book.write_text(sheet, line, _KPI, kpi.label(book.content.company.language), text)
    book.write_text(sheet, line, _SEGMENT, book.segment_label(score.segment_type, score.segment), text)
    start = score.period_start.date()
    date = book.style(num_format=date_format(book.content.company.language), align="left", **style)
    sheet.write_datetime(line, _PERIOD, start, date)
    sheet.write_datetime(line, _PERIOD_END, last_day(book.content.export.grain, start), date)
    for column, name in zip((_VALUE, _PREVIOUS, _PREVIOUS_YEAR, _TARGET), VALUE_COLUMNS, strict=True):
        number = getattr(score, name)
        book.write_number(
            sheet, line, column, number, text if pd.isna(number) else book.value_style(kpi, number, **style)
        )
    change = {"num_format": change_format(kpi.unit, book.content.company.language), **_change_colour(kpi, score.change)}
    book.write_number(sheet, line, _CHANGE, score.change, book.style(**style, **change))
    status = "none" if pd.isna(score.status) else score.status
    book.write_text(sheet, line, _STATUS, book.word(status), book.style(align="center", **style))
    book.write_number(sheet, line, _SAMPLE, score.sample_size, book.style(num_format="#,##0", **style))
    sheet.write_blank(line, _TREND, None, text)
    if lines.periods > 1:
        trend = lines.series[score.kpi, score.segment_type, score.segment]
        cells = xl_range(trend, FIRST_PERIOD_COLUMN, trend, lines.last_period_column)
        sheet.add_sparkline(
            line,
            _TREND,
            {
                "range": f"{quote_sheetname(book.word('trends'))}!{cells}",
                "series_color": INK,
                "last_point": True,
                "last_color": BAD,
                "empty_cells": "gaps",
            },
        )


def _change_colour(kpi: Kpi, change: float) -> dict[str, object]:
    if pd.isna(change) or change == 0 or kpi.direction == "none":
        return {}
    return {"font_color": GOOD if (change > 0) == (kpi.direction == "up") else BAD}


def _colour_status(book: Book, sheet: Any, *, first: int, last: int) -> None:
    for status, (fill, ink) in _STATUS_COLOURS.items():
        sheet.conditional_format(
            first,
            _STATUS,
            last,
            _STATUS,
            {
                "type": "cell",
                "criteria": "==",
                "value": f'"{book.word(status)}"',
                "format": book.conditional_style({"bg_color": fill, "font_color": ink, "bold": True}),
            },
        )
