"""The sheet Definitions: what each KPI means, and how to read the other sheets."""

from typing import Any

from pipelines.export.flat_table import definition_version
from pipelines.export.formats.xlsx.book import Book, set_up_printing
from pipelines.kpis.dimensions import family_label

# The words of the headings, and the widths of their columns.
_HEADINGS = (
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
_NOTES = ("note_complete", "note_status", "note_change", "note_duration")


def write_definitions(book: Book, sheet: Any) -> None:
    """Writes the sheet."""
    content = book.content
    for column, (key, width) in enumerate(_HEADINGS):
        book.write_text(sheet, 0, column, book.word(key), book.heading)
        sheet.set_column(column, column, width)
    wrapped = book.style(text_wrap=True)
    for line, kpi in enumerate(content.kpis, start=1):
        language = content.company.language
        unit = book.word("unit_" + kpi.shown_unit) + (
            f" ({content.company.currency})" if kpi.unit == "currency" else ""
        )
        direction = book.word("direction_" + kpi.direction)
        cells = (
            kpi.name, kpi.label(language), family_label(kpi.family, language), kpi.description_in(language),
            kpi.formula_in(language), unit, direction, kpi.maturity_days, kpi.source,
        )  # fmt: skip
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                book.write_text(sheet, line, column, cell, wrapped)
            else:
                sheet.write_number(line, column, cell, wrapped)
    version = book.word("note_version", version=definition_version(content.export.kpis, content.catalogue))
    notes = [*(book.word(key) for key in _NOTES), version]
    for line, note in enumerate(notes, start=len(content.kpis) + 2):
        book.write_text(sheet, line, 0, note, book.note)
    sheet.freeze_panes(1, 1)
    set_up_printing(sheet)
