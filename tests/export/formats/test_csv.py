"""CSV that spreadsheets open safely and programs read exactly."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
from export_samples import KNOWN_AT, KPIS, TICK, Lumen, export_of
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.export.content import ExportContent
from pipelines.export.flat_table import COLUMNS
from pipelines.export.formats.csv import neutralize, render
from pipelines.export.rows import ROW_TYPES

MakeContent = Callable[..., ExportContent]


def parsed(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def rows_with(column: str, values: list[object]) -> pd.DataFrame:
    row = {
        "kpi": "csat", "grain": "week", "period_start": TICK.date(), "segment_type": "campaign", "segment": "spring",
        "value": 0.5, "status": "none",
    }  # fmt: skip
    rows = pd.DataFrame([row | {column: value} for value in values], columns=list(ROW_TYPES))
    return rows.astype(dict(ROW_TYPES))


def content_of(rows: pd.DataFrame) -> ExportContent:
    return ExportContent(export_of(format="csv", kpis=["csat"]), rows, KPIS, Lumen(), TICK, KNOWN_AT)


def test_columns_have_the_same_names_in_every_language(make_content: MakeContent) -> None:
    header = ",".join(column.name for column in COLUMNS)
    for language in ("en", "fr"):
        content = render(make_content(company=Lumen(language=language)))
        assert content.startswith(b"\xef\xbb\xbf" + header.encode() + b"\r\n")
    assert parsed(content)[0]["label"] == "Satisfaction client"


def test_every_value_is_read_back_exactly(make_content: MakeContent, rows: pd.DataFrame) -> None:
    cells = parsed(render(make_content()))
    assert len(cells) == len(rows)
    for cell, row in zip(cells, rows.itertuples(), strict=True):
        assert cell["period_start"] == f"{row.period_start:%Y-%m-%d}"
        for name in ("value", "numerator", "denominator", "ci_low", "previous_value", "target"):
            number = getattr(row, name)
            assert cell[name] == "" if pd.isna(number) else float(cell[name]) == number
        assert int(cell["sample_size"]) == row.sample_size


def test_duckdb_detects_the_types(make_content: MakeContent, rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    path.write_bytes(render(make_content()))
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(
            f"select count(*), any_value(typeof(period_start)), any_value(typeof(value)) from '{path}'"
        ).fetchone()
    assert found == (len(rows), "DATE", "DOUBLE")


def test_formulas_in_texts_are_neutralized_and_numbers_are_unchanged() -> None:
    formula = '=HYPERLINK("http://evil.example","click")'
    rows = rows_with("segment", [formula]).assign(value=-0.25, previous_value=-1.0)
    [cell] = parsed(render(content_of(rows)))
    assert cell["segment"] == "'" + formula
    assert (cell["value"], cell["previous_value"]) == ("-0.25", "-1.0")


def test_a_missing_value_is_an_empty_cell() -> None:
    rows = rows_with("value", [None, 0.0]).assign(sample_size=pd.array([None, 0], dtype="Int64"))
    missing, zero = parsed(render(content_of(rows)))
    assert (missing["value"], missing["sample_size"]) == ("", "")
    assert (zero["value"], zero["sample_size"]) == ("0.0", "0")


@settings(max_examples=40)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_have_the_shortest_text_that_is_exact(numbers: list[float]) -> None:
    cells = parsed(render(content_of(rows_with("value", list(numbers)))))
    assert [cell["value"] for cell in cells] == [repr(number) for number in numbers]


@settings(max_examples=40)
@given(st.lists(st.one_of(st.none(), st.integers(0, 2**63 - 1)), min_size=1, max_size=20))
def test_whole_numbers_are_exact(numbers: list[int | None]) -> None:
    rows = rows_with("segment", ["spring"] * len(numbers)).assign(sample_size=pd.array(numbers, dtype="Int64"))
    cells = parsed(render(content_of(rows)))
    assert [cell["sample_size"] for cell in cells] == ["" if number is None else str(number) for number in numbers]


@given(st.text(max_size=8))
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert neutralize(text).removeprefix("'") == text.removeprefix("'")
    assert not neutralize(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=4))
def test_any_text_stays_in_its_cell(texts: list[str]) -> None:
    cells = parsed(render(content_of(rows_with("segment", list(texts)))))
    assert [cell["segment"] for cell in cells] == [neutralize(text) for text in texts]


def test_a_french_excel_opens_semicolons_and_decimal_commas(make_content: MakeContent, rows: pd.DataFrame) -> None:
    export = export_of(format="csv", delimiter=";", decimal=",")
    content = render(make_content(export=export, company=Lumen(language="fr")))
    assert content.startswith(b"\xef\xbb\xbfkpi;label;unit;")
    read = pd.read_csv(io.BytesIO(content), sep=";", decimal=",", encoding="utf-8-sig")
    assert read["value"].tolist() == rows["value"].tolist()
    assert read["sample_size"].tolist() == rows["sample_size"].tolist()
    [first, *_] = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert first == [column.name for column in COLUMNS]
    # Only separators differ: a text with a semicolon is quoted, and no number has a point.
    evil = rows_with("segment", ["a;b", "1,5"]).assign(value=-1234.5)
    text = render(ExportContent(export, evil, KPIS, Lumen(), TICK, KNOWN_AT)).decode("utf-8-sig")
    assert ';"a;b";-1234,5;' in text
    assert ";1,5;-1234,5;" in text
