"""Reads a workbook the way a person or a program reads it."""

import io
from datetime import timedelta
from typing import Any

import openpyxl

SCORECARD, ALERTS, CHARTS, TRENDS, DATA, DEFINITIONS = range(6)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def number(cell: Any) -> float:
    """Returns the number in a cell; openpyxl reads durations as `timedelta`."""
    value = cell.value
    assert isinstance(value, int | float | timedelta)
    return value / timedelta(days=1) if isinstance(value, timedelta) else value


def scores(book: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Returns the cells of the scorecard by KPI and segment, then by heading."""
    sheet = book.worksheets[SCORECARD]
    headings = [cell.value for cell in sheet[4]]
    lines = [dict(zip(headings, line, strict=True)) for line in sheet.iter_rows(min_row=5)]
    return {(line["KPI"].value, line["Segment"].value): line for line in lines if line["Segment"].value}


def records(book: Any) -> list[dict[str, Any]]:
    """Returns the cells of the data sheet, one dictionary for each row."""
    sheet = book.worksheets[DATA]
    names = [cell.value for cell in sheet[1]]
    return [dict(zip(names, line, strict=True)) for line in sheet.iter_rows(min_row=2)]
