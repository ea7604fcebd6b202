"""CSV that spreadsheets open safely and programs read exactly."""

import csv
import io
from dataclasses import replace

import duckdb
import pytest
from export_samples import KPIS, TICK
from hypothesis import given
from hypothesis import strategies as st

from pipelines.export.delimited import neutral, render
from pipelines.export.rows import ExportRow
from pipelines.export.table import COLUMNS


def parsed(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_columns_have_their_stable_names_in_every_language(rows: list[ExportRow]) -> None:
    header = ",".join(column.name for column in COLUMNS)
    for language in ("en", "fr"):
        content = render(rows, KPIS, language)
        assert content.startswith(b"\xef\xbb\xbf" + header.encode() + b"\r\n")
    assert parsed(render(rows, KPIS, "fr"))[0]["label"] == "Satisfaction client"


def test_every_value_is_read_back_exactly(rows: list[ExportRow]) -> None:
    cells = parsed(render(rows, KPIS, "en"))
    assert len(cells) == len(rows)
    for cell, row in zip(cells, rows, strict=True):
        assert cell["period_start"] == row.period_start.isoformat()
        for name in ("value", "numerator", "denominator", "ci_low", "previous_value", "target"):
            number = getattr(row, name)
            assert cell[name] == "" if number is None else float(cell[name]) == number
        assert int(cell["sample_size"]) == row.sample_size


def test_duckdb_sniffs_types_and_rows(rows: list[ExportRow], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("csv") / "weekly.csv"
    path.write_bytes(render(rows, KPIS, "en"))
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(
            f"select count(*), any_value(typeof(period_start)), any_value(typeof(value)) from '{path}'"
        ).fetchone()
    assert found == (len(rows), "DATE", "DOUBLE")


def test_formulas_in_text_are_neutralised_and_numbers_are_not_touched(rows: list[ExportRow]) -> None:
    evil = '=HYPERLINK("http://evil.example","click")'
    (cell,) = parsed(render([replace(rows[0], segment=evil, value=-0.25, previous_value=-1.0)], KPIS, "en"))
    assert cell["segment"] == "'" + evil
    assert (cell["value"], cell["previous_value"]) == ("-0.25", "-1.0")


@given(st.text(max_size=8))
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert neutral(text).removeprefix("'") == text.removeprefix("'")
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=4))
def test_any_text_stays_in_its_cell(texts: list[str]) -> None:
    row = ExportRow(
        "csat", "week", TICK.date(), "campaign", "", 0.5, None, None, None, None, None, None, None, None, "none"
    )
    cells = parsed(render([replace(row, segment=text) for text in texts], KPIS, "en"))
    assert [cell["segment"] for cell in cells] == [neutral(text) for text in texts]
