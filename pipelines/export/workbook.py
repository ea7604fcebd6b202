"""The export as an Excel workbook: what a head of department reads, and what an analyst takes away.

Scorecard (a line a KPI and segment, the latest complete period against the one before, the year before and the
target), Charts (one a KPI), Trends (periods side by side, which the charts and sparklines draw on), Data (the flat
table, typed, under its stable column names) and Definitions.

Nothing is written as a formula or a link, whatever a text begins with, and nothing is cut: what a sheet cannot hold
is an error. Nothing comes from the clock but the tick and the moment
of the tables, so the same rows of the same tables make the same bytes.
"""

import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from babel.dates import format_date
from babel.numbers import get_currency_precision, get_currency_symbol
from xlsxwriter.utility import quote_sheetname, xl_range

from pipelines.export.errors import ExportError
from pipelines.export.rows import ExportRow
from pipelines.export.settings import Export
from pipelines.export.table import COLUMNS, Column, Company, definition_version
from pipelines.export.words import word
from pipelines.kpis import Kpi, Unit

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_TEXT = 32_767

_SEGMENTS_IN_A_CHART = 6
_SECONDS_A_DAY = 86_400

_INK, _PALE, _GOOD, _BAD, _GREY = "#1F3A5F", "#E8EDF3", "#1E7B34", "#B3261E", "#7A7A7A"
_SEGMENT_COLOURS = ("#E07B39", "#5B8E7D", "#8E5B8A", "#C2A83E", "#4A90C2", "#A0522D")
_STATUS_COLOURS = {"good": ("#C6EFCE", "#1E5E2B"), "warn": ("#FFEB9C", "#7A5200"), "critical": ("#FFC7CE", "#8B0A1A")}
_SEPARATED_BY_POINTS: frozenset[Unit] = frozenset({"ratio", "score"})


def render(
    export: Export,
    rows: Sequence[ExportRow],
    catalogue: Mapping[str, Kpi],
    company: Company,
    *,
    tick: datetime,
    known_at: datetime,
) -> bytes:
    """The workbook's bytes: the periods complete at `tick`, with the values known at `known_at`.

    Raises:
        ExportError: a sheet or a cell cannot hold what it should.
    """
    return _Workbook(export, rows, catalogue, company, tick, known_at).render()


class _Workbook:
    def __init__(
        self,
        export: Export,
        rows: Sequence[ExportRow],
        catalogue: Mapping[str, Kpi],
        company: Company,
        tick: datetime,
        known_at: datetime,
    ) -> None:
        self.export = export
        self.rows = rows
        self.kpis = [catalogue[name] for name in export.kpis]
        self.catalogue = catalogue
        self.company = company
        self.language = company.language
        self.tick = tick
        self.known_at = known_at
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.file,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        self.formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self.trend_lines: dict[tuple[str, str, str], int] = {}
        self.target_lines: dict[str, int] = {}

    def render(self) -> bytes:
        self._refuse_what_does_not_fit()
        self.book.set_properties(
            {
                "title": f"{self.company.name}: {self.export.name}",
                "company": self.company.name,
                "created": self.tick.astimezone(UTC).replace(tzinfo=None),
            }
        )
        sheets = {
            name: self.book.add_worksheet(self._word(name))
            for name in ("scorecard", "charts", "trends", "data", "definitions")
        }
        self._write_trends(sheets["trends"])
        self._write_scorecard(sheets["scorecard"])
        self._draw_charts(sheets["charts"])
        self._write_data(sheets["data"])
        self._write_definitions(sheets["definitions"])
        self.book.close()
        return self.file.getvalue()

    # What the sheets are made of

    @cached_property
    def series(self) -> dict[str, dict[tuple[str, str], dict[date, ExportRow]]]:
        """Rows by KPI, then segment, then period; KPIs and segments in their order, those without rows included."""
        found: dict[str, dict[tuple[str, str], dict[date, ExportRow]]] = {kpi.name: {} for kpi in self.kpis}
        for row in self.rows:
            found[row.kpi].setdefault((row.segment_type, row.segment), {})[row.period_start] = row
        return found

    @cached_property
    def periods(self) -> list[date]:
        return sorted({row.period_start for row in self.rows})

    @cached_property
    def number_formats(self) -> dict[str, str]:
        """How each KPI's values are shown, by its unit and by how large or whole its values are."""
        values: dict[str, list[float]] = defaultdict(list)
        for row in self.rows:
            values[row.kpi] += [
                number
                for number in (row.value, row.previous_value, row.previous_year_value, row.target)
                if number is not None
            ]
        return {kpi.name: self._number_format(kpi.unit, values[kpi.name]) for kpi in self.kpis}

    def _number_format(self, unit: Unit, values: Sequence[float]) -> str:
        match unit:
            case "ratio":
                return "0.00%" if max(map(abs, values), default=1) < 0.1 else "0.0%"
            case "score":
                return "0.0"
            case "seconds":
                return "[h]:mm:ss"
            case "days":
                return f'#,##0.0" {self._word("days")}"'
            case "count":
                return "#,##0" if all(value.is_integer() for value in values) else "#,##0.00"
            case "currency":
                return self._currency_format

    @cached_property
    def _currency_format(self) -> str:
        code = self.company.currency
        symbol = get_currency_symbol(code, locale=self.language)
        # In a number format brackets and hyphens end the symbol.
        symbol = code if any(mark in symbol for mark in "[]-") else symbol
        decimals = get_currency_precision(code)
        number = "#,##0" + ("." + "0" * decimals if decimals else "")
        gap = " " if symbol == code or self.language == "fr" else ""
        return f"{number}{gap}[${symbol}]" if self.language == "fr" else f"[${symbol}]{gap}{number}"

    @cached_property
    def _date_format(self) -> str:
        if self.export.grain == "year":
            return "yyyy"
        if self.export.grain in {"month", "quarter"}:
            return "mmm yyyy"
        return "dd/mm/yyyy" if self.language == "fr" else "yyyy-mm-dd"

    def _word(self, key: str, **facts: object) -> str:
        return word(key, self.language, **facts)

    def _format(self, **properties: object) -> Any:
        """One format object for each set of properties: Excel allows 64,000 in a workbook."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"valign": "vcenter", **properties})
        return self.formats[key]

    @property
    def _heading(self) -> Any:
        return self._format(bold=True, font_color="#FFFFFF", bg_color=_INK, text_wrap=True)

    def _refuse_what_does_not_fit(self) -> None:
        lines = max(len(self.rows), sum(max(len(segments), 1) + 1 for segments in self.series.values()))
        if lines + 5 > MAX_ROWS:
            raise ExportError(
                f"export '{self.export.name}': {lines:,} rows are more than an Excel sheet holds ({MAX_ROWS:,}); "
                "export fewer periods, KPIs or dimensions, or choose format csv"
            )
        if len(self.periods) + 3 > MAX_COLUMNS:
            raise ExportError(
                f"export '{self.export.name}': {len(self.periods):,} periods side by side are more than the columns of "
                f"an Excel sheet ({MAX_COLUMNS:,}); export fewer periods, or choose format csv"
            )

    def _text(self, sheet: Any, row: int, column: int, text: str, form: Any = None) -> None:
        # Excel counts UTF-16 units, at most two a character.
        if len(text) > MAX_TEXT // 2 and (length := len(text.encode("utf-16-le")) // 2) > MAX_TEXT:
            raise ExportError(
                f"export '{self.export.name}': a text of {length:,} characters ('{text[:40]}…') is longer than an "
                f"Excel cell holds ({MAX_TEXT:,}); choose format csv"
            )
        sheet.write_string(row, column, text, form)

    def _number(self, sheet: Any, row: int, column: int, number: float | None, form: Any) -> None:
        if number is None:
            sheet.write_blank(row, column, None, form)
        else:
            sheet.write_number(row, column, number, form)

    def _measure(self, kpi: Kpi, number: float | None) -> float | None:
        """`number` as the cell holds it: Excel's durations are in days."""
        return number / _SECONDS_A_DAY if number is not None and kpi.unit == "seconds" else number

    def _segment_label(self, segment_type: str, segment: str) -> str:
        return self._word("all") if segment_type == "all" else f"{segment_type}: {segment}"

    # Trends: periods side by side

    def _write_trends(self, sheet: Any) -> None:
        for column, key in enumerate(("kpi", "segment")):
            self._text(sheet, 0, column, self._word(key), self._heading)
        heading = self._format(bold=True, font_color="#FFFFFF", bg_color=_INK, num_format=self._date_format)
        for column, period in enumerate(self.periods, start=2):
            sheet.write_datetime(0, column, period, heading)
        line = 1
        for kpi in self.kpis:
            form = self._format(num_format=self.number_formats[kpi.name])
            for segment, by_period in self.series[kpi.name].items():
                self.trend_lines[(kpi.name, *segment)] = line
                self._text(sheet, line, 0, kpi.label(self.language))
                self._text(sheet, line, 1, self._segment_label(*segment))
                self._write_line(sheet, line, kpi, {day: row.value for day, row in by_period.items()}, form)
                line += 1
            targets = {
                day: row.target
                for day, row in self.series[kpi.name].get(("all", "all"), {}).items()
                if row.target is not None
            }
            if targets:
                self.target_lines[kpi.name] = line
                italic = self._format(num_format=self.number_formats[kpi.name], italic=True, font_color=_GREY)
                self._text(sheet, line, 0, kpi.label(self.language), italic)
                self._text(sheet, line, 1, self._word("target"), italic)
                self._write_line(sheet, line, kpi, targets, italic)
                line += 1
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 24)
        sheet.set_column(2, max(len(self.periods) + 1, 2), 12)
        self._print_setup(sheet)

    def _write_line(self, sheet: Any, line: int, kpi: Kpi, values: Mapping[date, float | None], form: Any) -> None:
        for column, period in enumerate(self.periods, start=2):
            number = self._measure(kpi, values.get(period))
            if number is not None:
                sheet.write_number(line, column, number, form)

    # Scorecard: the latest complete period of each KPI

    def _moment(self, moment: datetime) -> str:
        local = moment.astimezone(ZoneInfo(self.company.timezone))
        return f"{format_date(local.date(), 'long', locale=self.language)}, {local:%H:%M}"

    def _write_scorecard(self, sheet: Any) -> None:
        self._text(sheet, 0, 0, self.company.name, self._format(bold=True, font_size=16, font_color=_INK))
        facts = (
            f"{self.export.name} · {self._word('as_of')} {self._moment(self.tick)} ({self.company.timezone}) · "
            f"{self._word('known_at')} {self._moment(self.known_at)} · "
            f"{self._word('grain_' + self.export.grain)} · "
            f"{self._word('periods_of_each', periods=self.export.periods)}"
        )
        self._text(sheet, 1, 0, facts, self._format(font_color=_GREY))
        headings = (
            ("kpi", 34),
            ("segment", 24),
            ("period", 13),
            ("value", 14),
            ("previous", 14),
            ("change", 12),
            ("previous_year", 14),
            ("target", 14),
            ("status", 12),
            ("sample", 10),
            ("trend", 26),
        )
        top = 3
        centred = self._format(
            bold=True, font_color="#FFFFFF", bg_color=_INK, text_wrap=True, align="center", valign="vcenter"
        )
        for column, (key, width) in enumerate(headings):
            self._text(sheet, top, column, self._word(key), self._heading if column < 3 else centred)
            sheet.set_column(column, column, width)
        sheet.set_row(top, 32)
        line = top + 1
        for kpi in self.kpis:
            segments = self.series[kpi.name]
            if not segments:
                self._text(sheet, line, 0, kpi.label(self.language), self._format(bold=True))
                self._text(sheet, line, 1, self._word("no_rows"), self._format(italic=True, font_color=_GREY))
                line += 1
                continue
            latest = max(day for by_period in segments.values() for day in by_period)
            for (segment_type, segment), by_period in segments.items():
                self._write_score(
                    sheet, line, kpi, segment=(segment_type, segment), latest=latest, row=by_period.get(latest)
                )
                line += 1
        for status, (fill, ink) in _STATUS_COLOURS.items():
            sheet.conditional_format(
                top + 1,
                8,
                max(line - 1, top + 1),
                8,
                {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{self._word(status)}"',
                    "format": self.book.add_format({"bg_color": fill, "font_color": ink, "bold": True}),
                },
            )
        self._text(sheet, line + 1, 0, self._word("note_change"), self._format(font_color=_GREY, italic=True))
        sheet.freeze_panes(top + 1, 2)
        sheet.hide_gridlines(2)
        self._print_setup(sheet, heading=top)
        sheet.activate()

    def _write_score(
        self, sheet: Any, line: int, kpi: Kpi, *, segment: tuple[str, str], latest: date, row: ExportRow | None
    ) -> None:
        whole = segment[0] == "all"
        line_style: dict[str, object] = {"bottom": 1, "bottom_color": _PALE}
        if whole:
            line_style |= {"bold": True, "bg_color": _PALE}
        else:
            sheet.set_row(line, None, None, {"level": 1})
        number = self._format(num_format=self.number_formats[kpi.name], **line_style)
        text = self._format(**line_style)
        self._text(sheet, line, 0, kpi.label(self.language), text)
        self._text(sheet, line, 1, self._segment_label(*segment), text)
        sheet.write_datetime(line, 2, latest, self._format(num_format=self._date_format, align="left", **line_style))
        for column, name in ((3, "value"), (4, "previous_value"), (6, "previous_year_value"), (7, "target")):
            self._number(sheet, line, column, self._measure(kpi, getattr(row, name, None)), number)
        self._write_change(sheet, line, kpi, row, line_style)
        status = row.status if row is not None and row.status is not None else "none"
        self._text(sheet, line, 8, self._word(status), self._format(align="center", **line_style))
        self._number(
            sheet, line, 9, row.sample_size if row is not None else None, self._format(num_format="#,##0", **line_style)
        )
        sheet.write_blank(line, 10, None, text)
        if len(self.periods) > 1:
            trend = self.trend_lines[(kpi.name, *segment)]
            sheet.add_sparkline(
                line,
                10,
                {
                    "range": quote_sheetname(self._word("trends"))
                    + "!"
                    + xl_range(trend, 2, trend, len(self.periods) + 1),
                    "series_color": _INK,
                    "last_point": True,
                    "last_color": _BAD,
                    "empty_cells": "gaps",
                },
            )

    def _write_change(
        self, sheet: Any, line: int, kpi: Kpi, row: ExportRow | None, line_style: Mapping[str, object]
    ) -> None:
        change = None if row is None else _change(kpi.unit, row.value, row.previous_value)
        style = dict(line_style)
        if change and kpi.direction != "none":
            style["font_color"] = _GOOD if (change > 0) == (kpi.direction == "up") else _BAD
        if kpi.unit == "ratio":
            mark = f'" {self._word("points")}"'
            pattern = f"+0.0{mark};-0.0{mark};0.0{mark}"
        elif kpi.unit == "score":
            pattern = "+0.0;-0.0;0.0"
        else:
            pattern = "+0.0%;-0.0%;0.0%"
        self._number(sheet, line, 5, change, self._format(num_format=pattern, **style))

    # Charts: one a KPI

    def _draw_charts(self, sheet: Any) -> None:
        self._text(sheet, 0, 0, self._word("charts"), self._format(bold=True, font_size=16, font_color=_INK))
        drawn = 0
        crowded = False
        for kpi in self.kpis:
            segments = [
                segment
                for segment, by_period in self.series[kpi.name].items()
                if any(row.value is not None for row in by_period.values())
            ]
            parts = [segment for segment in segments if segment[0] != "all"]
            if len(parts) > _SEGMENTS_IN_A_CHART:
                crowded = True
                parts = []
            whole = [segment for segment in segments if segment[0] == "all"]
            if not whole + parts:
                continue
            chart = self._chart(kpi, whole, parts)
            sheet.insert_chart(3 + drawn // 2 * 17, drawn % 2 * 10, chart)
            drawn += 1
        if crowded:
            note = self._word("segments_not_drawn", most=_SEGMENTS_IN_A_CHART, sheet=self._word("trends"))
            self._text(sheet, 1, 0, note, self._format(font_color=_GREY, italic=True))
        sheet.hide_gridlines(2)
        self._print_setup(sheet)

    def _chart(self, kpi: Kpi, whole: Sequence[tuple[str, str]], parts: Sequence[tuple[str, str]]) -> Any:
        chart = self.book.add_chart({"type": "line"})
        for segment in whole:
            self._add_line(chart, self.trend_lines[(kpi.name, *segment)], {"color": _INK, "width": 2.5}, marker=_INK)
        for segment, colour in zip(parts, _SEGMENT_COLOURS, strict=False):
            self._add_line(chart, self.trend_lines[(kpi.name, *segment)], {"color": colour, "width": 1.25})
        if kpi.name in self.target_lines:
            dashes = {"color": _GREY, "width": 1.25, "dash_type": "dash"}
            self._add_line(chart, self.target_lines[kpi.name], dashes)
        # A reference to the cell that holds the label: a literal title that begins with = would be a formula.
        first = self.trend_lines[(kpi.name, *(*whole, *parts)[0])]
        chart.set_title(
            {
                "name": [self._word("trends"), first, 0],
                "name_font": {"size": 12, "bold": True, "color": _INK},
                "overlay": False,
            }
        )
        chart.set_x_axis({"num_format": self._date_format, "text_axis": True, "num_font": {"size": 8}})
        chart.set_y_axis(
            {
                # Cents say nothing on an axis.
                "num_format": re.sub(r"\.0+", "", self.number_formats[kpi.name])
                if kpi.unit == "currency"
                else self.number_formats[kpi.name],
                "major_gridlines": {"visible": True, "line": {"color": _PALE}},
                "num_font": {"size": 8},
                "line": {"none": True},
            }
        )
        chart.set_legend({"position": "bottom", "font": {"size": 8}})
        chart.show_blanks_as("gap")
        chart.set_size({"width": 620, "height": 320})
        return chart

    def _add_line(self, chart: Any, line: int, style: Mapping[str, object], marker: str | None = None) -> None:
        sheet, last = self._word("trends"), len(self.periods) + 1
        chart.add_series(
            {
                "name": [sheet, line, 1],
                "categories": [sheet, 0, 2, 0, last],
                "values": [sheet, line, 2, line, last],
                "line": dict(style),
                "marker": {"type": "circle", "size": 4, "fill": {"color": marker}, "border": {"color": marker}}
                if marker
                else {"type": "none"},
            }
        )

    # Data: the flat table

    def _write_data(self, sheet: Any) -> None:
        widths = {"label": 34, "segment": 24, "kpi": 28, "segment_type": 18}
        for position, column in enumerate(COLUMNS):
            self._text(sheet, 0, position, column.name, self._heading)
            sheet.set_column(position, position, widths.get(column.name, max(14, len(column.name) + 4)))
        dates = self._format(num_format="yyyy-mm-dd", align="left")
        numbers = {(kpi.name, column.name): self._data_format(kpi, column) for kpi in self.kpis for column in COLUMNS}
        for line, row in enumerate(self.rows, start=1):
            kpi = self.catalogue[row.kpi]
            for position, column in enumerate(COLUMNS):
                value = column.read(row, kpi, self.language)
                if isinstance(value, str):
                    self._text(sheet, line, position, value)
                elif isinstance(value, date):
                    sheet.write_datetime(line, position, value, dates)
                elif isinstance(value, int | float):
                    number = self._measure(kpi, value) if kpi.unit in column.measures else value
                    sheet.write_number(line, position, number, numbers[kpi.name, column.name])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(self.rows), len(COLUMNS) - 1)
        self._print_setup(sheet)

    def _data_format(self, kpi: Kpi, column: Column) -> Any:
        if kpi.unit in column.measures:
            return self._format(num_format=self.number_formats[kpi.name])
        return self._format(num_format="#,##0" if column.type == "integer" else "General")

    # Definitions

    def _write_definitions(self, sheet: Any) -> None:
        headings = (
            ("name", 26),
            ("label", 30),
            ("family", 16),
            ("description", 60),
            ("formula", 60),
            ("unit", 12),
            ("direction", 14),
            ("maturity", 18),
            ("source", 14),
        )
        for column, (key, width) in enumerate(headings):
            self._text(sheet, 0, column, self._word(key), self._heading)
            sheet.set_column(column, column, width)
        wrapped = self._format(text_wrap=True)
        for line, kpi in enumerate(self.kpis, start=1):
            unit = self._word("unit_" + kpi.unit) + (f" ({self.company.currency})" if kpi.unit == "currency" else "")
            texts = (kpi.name, kpi.label(self.language), kpi.family, kpi.description, kpi.formula, unit)
            for column, text in enumerate(texts):
                self._text(sheet, line, column, text, wrapped)
            self._text(sheet, line, 6, self._word("direction_" + kpi.direction), wrapped)
            sheet.write_number(line, 7, kpi.maturity_days, wrapped)
            self._text(sheet, line, 8, kpi.source, wrapped)
        version = definition_version(self.export.kpis, self.catalogue)
        notes = [self._word(f"note_{key}") for key in ("complete", "status", "change", "duration")]
        for line, note in enumerate([*notes, self._word("note_version", version=version)], start=len(self.kpis) + 2):
            self._text(sheet, line, 0, note, self._format(font_color=_GREY, italic=True))
        sheet.freeze_panes(1, 1)
        self._print_setup(sheet)

    def _print_setup(self, sheet: Any, heading: int = 0) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(heading)
        sheet.set_footer("&C&P / &N")


def _change(unit: Unit, value: float | None, previous: float | None) -> float | None:
    """From `previous` to `value`: in points for shares and scores, else as a fraction of `previous`.

    None where there is nothing to compare with; a percentage of zero does not exist.
    """
    if value is None or previous is None:
        return None
    if unit in _SEPARATED_BY_POINTS:
        return (value - previous) * (100 if unit == "ratio" else 1)
    return (value - previous) / abs(previous) if previous else None
