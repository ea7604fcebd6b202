"""The data and the definitions of the workbook, and what holds for all of its sheets."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pandas as pd
import pytest
from export_samples import KPIS, TICK, Lumen
from workbook_reading import DATA, DEFINITIONS, SCORECARD, number, opened, records

from pipelines.export.content import ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.flat_table import COLUMNS, definition_version
from pipelines.export.formats.xlsx import render
from pipelines.export.formats.xlsx.limits import MAX_COLUMNS, MAX_ROWS
from pipelines.kpis import Kpi
from pipelines.kpis.formatting import Language

pytestmark = [
    pytest.mark.filterwarnings("error::UserWarning:xlsxwriter"),
    pytest.mark.filterwarnings("ignore:Sparkline Group extension:UserWarning:openpyxl"),
]
MakeContent = Callable[..., ExportContent]


def test_the_data_sheet_is_the_flat_table_with_types_and_a_filter(book: Any, rows: pd.DataFrame) -> None:
    sheet = book.worksheets[DATA]
    names = [column.name for column in COLUMNS]
    assert [cell.value for cell in sheet[1]] == [*names[:5], "period_end", *names[5:]]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:R{len(rows) + 1}"
    found = records(book)
    assert len(found) == len(rows)
    for cells, row in zip(found, rows.itertuples(), strict=True):
        assert cells["period_start"].value == row.period_start
        assert cells["period_end"].value == row.period_start + timedelta(days=6)
        assert cells["period_start"].number_format == "yyyy-mm-dd"
        scale = 86400 if row.kpi == "first_response_time" else 1
        assert number(cells["value"]) == pytest.approx(row.value / scale, rel=1e-9)
        assert cells["sample_size"].value == row.sample_size
        assert cells["status"].value == row.status
    duration = found[12 * 4 * 2]
    assert duration["kpi"].value == "first_response_time"
    assert {duration[name].number_format for name in ("value", "numerator", "ci_low", "target")} == {"[h]:mm:ss"}
    assert duration["denominator"].number_format == "General"
    assert number(duration["numerator"]) / number(duration["denominator"]) == pytest.approx(number(duration["value"]))


def test_a_missing_value_is_an_empty_cell(make_content: MakeContent, rows: pd.DataFrame) -> None:
    blank = rows.iloc[:2].assign(
        value=[None, 0.0], sample_size=pd.array([None, 0], dtype="Int64"), status=pd.array([None, "good"], dtype="str")
    )
    missing, zero = records(opened(render(make_content(rows=blank))))
    assert [missing[name].value for name in ("value", "sample_size", "status")] == [None, None, None]
    assert [zero[name].value for name in ("value", "sample_size", "status")] == [0, 0, "good"]


def test_definitions_accompany_the_numbers(book: Any) -> None:
    sheet = book.worksheets[DEFINITIONS]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2, max_row=1 + len(KPIS))]
    assert [line[0] for line in lines] == list(KPIS)
    assert lines[3][1:] == [
        "Revenue", "support", "What Revenue measures.", "positive answers ÷ answers", "amount (EUR)", "higher", 0, "C1"
    ]  # fmt: skip
    version = definition_version(KPIS, KPIS)
    assert any(cell.value == f"Version of these definitions: {version}" for cell in sheet["A"])


def test_headings_are_french_for_french_readers_and_column_names_stay(make_content: MakeContent) -> None:
    book = opened(render(make_content(company=Lumen(language="fr"))))
    assert book.sheetnames == ["Tableau de bord", "Alertes", "Graphiques", "Tendances", "Données", "Définitions"]
    sheet = book.worksheets[SCORECARD]
    assert "Périodes complètes au 30 mars 2026, 07:00 (Europe/Paris)" in sheet["A2"].value
    assert [cell.value for cell in sheet[4]][:5] == ["Indicateur", "Segment", "Période du", "au", "Valeur"]
    assert sheet["A5"].value == "Satisfaction client"
    assert sheet["E17"].number_format == '#,##0"\u00a0€"'
    assert {column.name for column in COLUMNS} < {cell.value for cell in book.worksheets[DATA][1]}
    assert sheet["B6"].value == "canal\u00a0: chat"
    definitions = book.worksheets[DEFINITIONS]
    assert [cell.value for cell in definitions[2]][1:5] == [
        "Satisfaction client", "support", "Ce que mesure Satisfaction client.", "réponses positives ÷ réponses"
    ]  # fmt: skip
    rules = next(iter(sheet.conditional_formatting)).rules
    assert {rule.formula[0] for rule in rules} == {'"Bon"', '"Attention"', '"Critique"'}


def test_nothing_is_written_as_a_formula_or_a_link(make_content: MakeContent, rows: pd.DataFrame) -> None:
    texts = ['=HYPERLINK("http://evil.example")', "@SUM(1)", "+1", "-1", "https://evil.example", "12", "{=1}", "\t=1"]
    evil = rows.iloc[[0] * len(texts)].assign(segment_type="channel", segment=texts)
    company = Lumen(name="=cmd|' /C calc'!A0")
    catalogue = {name: replace(kpi, label_en="=1+1", formula="=2+2") for name, kpi in KPIS.items()}
    content = render(make_content(rows=evil, company=company, catalogue=catalogue))
    book = opened(content)
    assert [cells["segment"].value for cells in records(book)] == texts
    for sheet in book.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            xml = parts.read(name).decode()
            assert "<f>" not in xml
            assert "relationships/hyperlink" not in xml


def test_the_same_content_gives_the_same_bytes(make_content: MakeContent, book: Any, workbook: bytes) -> None:
    assert render(make_content(catalogue=dict(KPIS))) == workbook
    assert book.properties.created.replace(tzinfo=UTC) == TICK


def test_small_rates_whole_counts_and_rare_currencies_have_their_formats(
    make_content: MakeContent, rows: pd.DataFrame
) -> None:
    def formats(company: Lumen, values: dict[str, float]) -> dict[str, str]:
        few = rows[rows["kpi"].isin(list(values))]
        few = few.assign(
            value=few["kpi"].map(values), previous_value=None, previous_year_value=None, target=None
        ).astype(rows.dtypes)
        book = opened(render(make_content(rows=few, company=company)))
        return {cells["kpi"].value: cells["value"].number_format for cells in records(book)}

    values = {"csat": 0.0123, "ticket_volume": 1200.0, "revenue": 5.0}
    assert formats(Lumen(currency="JPY"), values) == {
        "csat": "#,##0.0%", "ticket_volume": "#,##0", "revenue": '"¥"#,##0'
    }  # fmt: skip
    french = formats(Lumen(currency="CHF", language="fr"), values | {"revenue": 5.5, "sales_cycle": 1.5})
    assert (french["revenue"], french["csat"]) == ('#,##0.00"\u00a0CHF"', '#,##0.0"\u00a0"%')
    # One and a half is singular in French.
    assert french["sales_cycle"] == '#,##0.0"\u00a0jour"'
    assert formats(Lumen(currency="CHF"), values)["revenue"] == '"CHF\u00a0"#,##0'


def test_what_excel_cannot_hold_is_an_error_that_says_so(make_content: MakeContent, rows: pd.DataFrame) -> None:
    with pytest.raises(ExportError, match=r"1,048,576 rows are more than an Excel sheet holds \(1,048,576\).*csv"):
        render(make_content(rows=rows.iloc[[0] * MAX_ROWS]))
    days = pd.date_range("1980-01-01", periods=MAX_COLUMNS)
    with pytest.raises(ExportError, match="16,384 periods side by side"):
        render(make_content(rows=rows.iloc[[0] * MAX_COLUMNS].assign(period_start=days)))


@pytest.mark.parametrize(
    ("segment", "language", "note"),
    [
        ("x" * 40_000, "en", "Cut: the text has 40,010 characters, a cell holds 32,767."),
        ("😀" * 16_384, "en", "Cut: the text has 16,394 characters, a cell holds 32,767."),
        ("x" * 40_000, "fr", "Coupé : le texte a 40 011 caractères, une cellule en contient 32 767."),
    ],
)
def test_a_text_that_a_cell_cannot_hold_is_cut_and_a_note_says_so(
    make_content: MakeContent, rows: pd.DataFrame, segment: str, language: Language, note: str
) -> None:
    one = rows.iloc[:1].assign(segment_type="campaign", segment=segment)
    book = opened(render(make_content(rows=one, company=Lumen(language=language))))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.comment]
    # On the scorecard and in the trends with the name of the dimension, in the data without it.
    assert len(cells) >= 2
    for cell in cells:
        assert cell.value.endswith("…")
        assert len(cell.value.encode("utf-16-le")) <= 2 * 32_767
    said = {cell.comment.text.replace("\u00a0", " ").replace("\u202f", " ") for cell in cells}
    assert note in said


def test_the_longest_text_is_whole(make_content: MakeContent, rows: pd.DataFrame) -> None:
    one = rows.iloc[:1].assign(segment_type="campaign")
    longest = "x" * (32_767 - len("campaign: "))
    [record] = records(opened(render(make_content(rows=one.assign(segment=longest)))))
    assert record["segment"].value == longest


def test_a_changed_definition_changes_the_version() -> None:
    before = definition_version(["csat", "nps"], KPIS)
    changed: dict[str, Kpi] = {**KPIS, "csat": replace(KPIS["csat"], formula="happy ÷ all")}
    assert definition_version(["csat", "nps"], changed) != before
    assert definition_version(["nps", "csat"], KPIS) == before
    assert definition_version(["nps"], changed) == definition_version(["nps"], KPIS)
