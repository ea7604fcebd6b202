"""One number looks the same in a message, on the terminal, in a report and in a workbook, in English and French."""

import io
import re
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import openpyxl
import pandas as pd
import pytest
from rich.console import Console, RenderableType

from pipelines.cli.render.alerts import alerts_parts
from pipelines.cli.render.backtests import backtest_parts
from pipelines.cli.render.report import scorecard_table
from pipelines.export.content import ExportContent
from pipelines.export.formats.xlsx import render
from pipelines.export.rows import ROW_TYPES
from pipelines.export.settings import Export
from pipelines.kpis import Kpi, Unit
from pipelines.kpis.formatting import Language, format_value
from pipelines.kpis.kpi import ShownUnit
from pipelines.notify.compose import CompanyFacts, compose
from pipelines.settings import Company
from pipelines.warehouse.readings import Score
from pipelines.watch.backtest import replay
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

WEEK, NOW = date(2024, 1, 1), datetime.fromisoformat("2024-01-09T07:00:00+00:00")

CASES: list[tuple[ShownUnit, float, str, str]] = [
    ("ratio", 0.64, "64%", "64\u00a0%"),
    ("ratio", 0.0423, "4.2%", "4,2\u00a0%"),
    ("points", 0.0312, "+3.1\u00a0pp", "+3,1\u00a0pts"),
    ("points", -0.124, "-12\u00a0pp", "-12\u00a0pts"),
    ("hours", 4.5, "4.5\u00a0h", "4,5\u00a0h"),
    ("score", -34.46, "-34.5", "-34,5"),
    ("currency", 12_345.6, "€12,346", "12\u202f346\u00a0€"),
    ("currency", 45.5, "€45.50", "45,50\u00a0€"),
    ("count", 1_432.0, "1,432", "1\u202f432"),
    ("count", 2.346, "2.3", "2,3"),
    ("days", 1.5, "1.5 days", "1,5\u00a0jour"),
    ("seconds", 15_120.0, "4 h 12 min", "4 h 12 min"),
]


def kpi_of(shown: ShownUnit) -> Kpi:
    unit: Unit = "ratio" if shown == "points" else "count" if shown == "hours" else shown
    return Kpi(
        "measured", "Measured", "Mesuré", "support", "", "", unit, "up", "", 0, is_additive=False,
        shown_as=shown if shown in ("points", "hours") else None,
    )  # fmt: skip


def shown(part: RenderableType) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        console.print(part)
    return capture.get()


def cell_text(value: float, code: str, language: Language) -> str:
    """Returns a number as a spreadsheet of a language shows it, for the format codes that workbooks have."""
    sections = code.split(";")
    if len(sections) == 3:
        # Positive, negative and zero; the negative one writes its sign itself.
        section = sections[0 if value > 0 else 1 if value < 0 else 2]
        sign = section[0] if section[0] in "+-" else ""
        return sign + cell_text(abs(value), section.lstrip("+-"), language)
    before, decimals, after = re.fullmatch(r'("[^"]*")?#,##0(?:\.(0+))?(.*)', code).groups()  # type: ignore[union-attr]
    digits = f"{abs(value * 100 if '%' in after else value):,.{len(decimals or '')}f}"
    if language == "fr":
        digits = digits.translate({ord(","): "\u202f", ord("."): ","})
    return f"{'-' if value < 0 else ''}{(before or '').strip(chr(34))}{digits}{after.replace(chr(34), '')}"


def workbook_cell(kpi: Kpi, value: float, company: Company) -> Any:
    row = {
        "kpi": kpi.name, "grain": "week", "period_start": WEEK, "segment_type": "all", "segment": "all", "value": value,
        "status": "none",
    }  # fmt: skip
    rows = pd.DataFrame([row], columns=list(ROW_TYPES)).astype(dict(ROW_TYPES))
    export = Export.model_validate(
        {"name": "weekly", "schedule": "0 7 * * 1", "format": "xlsx", "kpis": [kpi.name], "to": {"path": "exports/"}}
    )
    content = ExportContent(export, rows, {kpi.name: kpi}, company, NOW, NOW)
    return openpyxl.load_workbook(io.BytesIO(render(content))).worksheets[0]["E5"]


@pytest.mark.filterwarnings("ignore:Sparkline Group extension:UserWarning:openpyxl")
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("unit", "value", "english", "french"), CASES)
def test_a_number_looks_the_same_everywhere(
    unit: ShownUnit, value: float, english: str, french: str, language: Language
) -> None:
    expected = french if language == "fr" else english
    kpi, company = kpi_of(unit), Company.model_validate({"name": "Lumen", "language": language})
    kpis = MappingProxyType({kpi.name: kpi})
    assert format_value(value, unit, language, "EUR") == expected

    # A rule whose threshold has no more decimals than the value.
    threshold = float(round(value * 4)) if unit != "ratio" else 0.9 if value > 0.1 else 0.05
    side = "below" if value < threshold else "above"
    rule = Rule.model_validate({"name": "bound", "kpi": kpi.name, "grain": "week", side: threshold})
    reading = Reading(kpi.name, "week", WEEK, "all", "all", value, None, None, None, None, None, is_complete=True)
    [change] = evaluate_series(rule, kpi, frame_of([reading]), {}, NOW)
    [event] = change.events
    facts = CompanyFacts("Lumen", language, "EUR", "UTC")
    assert f" {expected}" in compose(event, rule, kpi, "support", facts).title

    alert = {
        "alert_id": "ab", "rule": "bound", "kpi": kpi.name, "grain": "week", "segment_type": "all", "segment": "all",
        "severity": "warn", "status": "firing", "period_start": WEEK, "opened_period": WEEK, "value": value,
        "threshold": threshold, "acknowledged_at": None, "acknowledged_by": None, "comment": None,
    }  # fmt: skip
    for width in (80, 200):
        [*_, part] = alerts_parts([alert], [], company, kpis, width=width)
        assert expected in shown(part)

    score = Score(kpi.name, WEEK, value, value, value, value, 5, "none")
    assert shown(scorecard_table([score], company, kpis, width=160)).count(expected) == 4

    replayed = replay(rule, kpi, frame_of([reading]), NOW, first=None, last=None)
    for width in (80, 200):
        assert expected in "".join(shown(part) for part in backtest_parts(rule, replayed, company, kpi, width=width))

    cell = workbook_cell(kpi, value, company)
    if unit == "seconds":
        # No format code shows the two largest units of a duration.
        assert cell.number_format == "[h]:mm:ss"
    else:
        assert cell_text(cell.value, cell.number_format, language) == expected
