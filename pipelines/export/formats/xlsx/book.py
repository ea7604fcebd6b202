"""The workbook that the sheets are written to, and the cells and styles that they share."""

import io
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import pandas as pd
import xlsxwriter

from pipelines.export.content import ExportContent
from pipelines.export.formats.xlsx.limits import check_text
from pipelines.export.formats.xlsx.number_formats import period_format, value_format
from pipelines.export.series import from_cell, in_cells
from pipelines.export.words import word
from pipelines.kpis import Kpi
from pipelines.kpis.dimensions import dimension_label, unknown_label

INK, PALE, GOOD, BAD, GREY = "#1F3A5F", "#E8EDF3", "#1E7B34", "#B3261E", "#7A7A7A"

_A4 = 9


class Book:
    """A workbook in memory.

    Attributes:
        content: the content of the export.
        rows: its rows with the numbers as cells hold them, and with the column `change`.
        period_format: the format code of the first days of periods.
    """

    def __init__(self, content: ExportContent) -> None:
        self.content = content
        self.rows = in_cells(content.rows, content.kpis)
        self.period_format = period_format(content.export.grain, content.company.language)
        self._file = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._file,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        self._book.set_properties(
            {
                "title": f"{content.company.name}: {content.export.name}",
                "company": content.company.name,
                "created": content.tick.astimezone(UTC).replace(tzinfo=None),
            }
        )
        self._styles: dict[tuple[tuple[str, object], ...], Any] = {}

    def finish(self) -> bytes:
        """Returns the bytes of the file; nothing can be written afterwards."""
        self._book.close()
        return self._file.getvalue()

    def word(self, key: str, **facts: object) -> str:
        """Returns what `key` is called in the language of the company."""
        return word(key, self.content.company.language, **facts)

    def add_sheet(self, name: str) -> Any:
        """Adds a sheet that is called by the word `name` and returns it."""
        return self._book.add_worksheet(self.word(name))

    def add_line_chart(self) -> Any:
        """Returns a new line chart."""
        return self._book.add_chart({"type": "line"})

    def style(self, **properties: object) -> Any:
        """Returns the style with these properties; it is made once, because a workbook can hold 64,000 styles."""
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            self._styles[key] = self._book.add_format({"valign": "vcenter", **properties})
        return self._styles[key]

    def conditional_style(self, properties: Mapping[str, object]) -> Any:
        """Returns a style for a conditional format, which takes no other properties than its own."""
        return self._book.add_format(dict(properties))

    @property
    def heading(self) -> Any:
        """Returns the style of headings."""
        return self.style(bold=True, font_color="#FFFFFF", bg_color=INK, text_wrap=True)

    @property
    def title(self) -> Any:
        """Returns the style of the title of a sheet."""
        return self.style(bold=True, font_size=16, font_color=INK)

    @property
    def note(self) -> Any:
        """Returns the style of notes."""
        return self.style(font_color=GREY, italic=True)

    def write_text(self, sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
        """Writes a text, never as a formula or a link.

        Raises:
            ExportError: a cell cannot hold it.
        """
        check_text(text, self.content.export.name)
        sheet.write_string(row, column, text, style)

    def value_style(self, kpi: Kpi, number: float, **properties: object) -> Any:
        """Returns the style of one value of a KPI, a number as the cell holds it."""
        code = value_format(kpi.shown_unit, [from_cell(number, kpi)], self.content.company)
        return self.style(num_format=code, **properties)

    def write_number(self, sheet: Any, row: int, column: int, number: float, style: Any) -> None:
        """Writes a number; the cell is blank if it is missing."""
        if pd.isna(number):
            sheet.write_blank(row, column, None, style)
        else:
            sheet.write_number(row, column, number, style)

    def segment_label(self, segment_type: str, segment: str) -> str:
        """Returns what a segment is called on the sheets."""
        if segment_type == "all":
            return self.word("all")
        language = self.content.company.language
        if segment == "unknown":
            return unknown_label(segment_type, language)
        name = self.content.segment_names.get((segment_type, segment), segment)
        return f"{dimension_label(segment_type, language)}{self.word('colon')}{name}"


def set_up_printing(sheet: Any, *, heading_row: int = 0) -> None:
    """Prints a sheet on A4, landscape, one page wide, with its headings on every page."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading_row)
    sheet.set_footer("&C&P / &N")
