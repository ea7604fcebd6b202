"""Numbers, dates, periods and words as the page shows them."""

from datetime import date, datetime
from math import isnan
from typing import Any

import pandas as pd

from pipelines.export.content import ExportContent
from pipelines.export.words import word
from pipelines.kpis import Grain, Kpi
from pipelines.kpis.dimensions import dimension_label, unknown_label
from pipelines.kpis.formatting import (
    Language,
    format_count,
    format_date,
    format_decimals,
    format_moment,
    format_period,
    format_value,
)

MISSING = "–"  # noqa: RUF001 - a dash as long as a digit


class Texts:
    """Writes what the page shows, in the language of the company."""

    def __init__(self, content: ExportContent) -> None:
        self.content = content
        self.company = content.company
        self.language: Language = "fr" if content.company.language == "fr" else "en"

    def word(self, key: str, **facts: object) -> str:
        """Returns what `key` is called, with `facts` filled in."""
        return word(key, self.language, **facts)

    def sentence(self, text: str) -> str:
        """Returns a text as a sentence or a heading begins with it."""
        return text[:1].upper() + text[1:]

    def value(self, kpi: Kpi | None, number: float | None) -> str:
        """Returns a value of a KPI as messages write it; a dash if it is missing."""
        if number is None or isnan(number):
            return MISSING
        if kpi is None:
            # The catalogue has the KPI no more, and with it the unit.
            return format_value(number, "count", self.language, self.company.currency)
        return format_value(number, kpi.shown_unit, self.language, self.company.currency)

    def count(self, number: Any) -> str:
        """Returns a whole number; a dash if it is missing."""
        return MISSING if pd.isna(number) else format_count(int(number), self.language)

    def change(self, kpi: Kpi, change: float) -> str:
        """Returns a change as `changes` computes it, with its sign; a dash if it is missing."""
        if isnan(change):
            return MISSING
        number = format_decimals(change if kpi.unit in {"ratio", "score"} else change * 100, 1, self.language)
        if not number.startswith("-") and any(digit in "123456789" for digit in number):
            number = f"+{number}"
        # The sign of the minus, which is as wide as the plus.
        number = number.replace("-", "\u2212")
        match kpi.unit:
            case "ratio":
                return f"{number}\u00a0{self.word('points')}"
            case "score":
                return number
            case _:
                return f"{number}\u00a0%" if self.language == "fr" else f"{number}%"

    def period(self, start: date, grain: Grain | None = None) -> str:
        """Returns the name of a period, of the export's grain by default."""
        return format_period(start, grain or self.content.export.grain, self.language)

    def day(self, day: date) -> str:
        """Returns a date."""
        return format_date(day, "d MMMM y", self.language)

    def moment(self, moment: datetime) -> str:
        """Returns a moment in the time zone of the company, to the minute."""
        return format_moment(moment, self.company.timezone, self.language)

    def latest_period(self) -> str:
        """Returns the name of the latest period of the export; an empty text if it has none."""
        if self.content.rows.empty:
            return ""
        return self.sentence(self.period(self.content.rows["period_start"].max().date()))

    def dimension(self, segment_type: str) -> str:
        """Returns what a dimension is called."""
        return dimension_label(segment_type, self.language)

    def segment(self, segment_type: str, segment: str) -> str:
        """Returns what a segment of a dimension is called: its name if it has one, otherwise its value."""
        if segment == "unknown":
            return self.sentence(unknown_label(segment_type, self.language))
        return self.content.segment_names.get((segment_type, segment), segment)
