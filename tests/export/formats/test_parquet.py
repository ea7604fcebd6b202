"""A Parquet file that other programs read with the types of the flat table."""

import io
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from export_samples import Lumen, export_of

from pipelines.export.content import ExportContent
from pipelines.export.flat_table import COLUMNS, flat_table
from pipelines.export.formats.parquet import render

MakeContent = Callable[..., ExportContent]
TYPES = {"text": pa.string(), "date": pa.date32(), "number": pa.float64(), "integer": pa.int64()}


def read(content: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(content))


def test_columns_have_the_names_of_the_csv_file_and_the_types_of_the_flat_table(make_content: MakeContent) -> None:
    table = read(render(make_content(company=Lumen(language="fr"))))
    assert {field.name: field.type for field in table.schema} == {each.name: TYPES[each.type] for each in COLUMNS}
    assert table["label"][0].as_py() == "Satisfaction client"


def test_every_row_is_read_back_exactly_and_in_order(make_content: MakeContent) -> None:
    content = make_content()
    expected = flat_table(content.rows, content.catalogue, "en").astype(object)
    found = read(render(content)).to_pylist()
    expected["period_start"] = [each.date() for each in expected["period_start"]]
    assert found == expected.where(expected.notna(), None).to_dict("records")


def test_a_missing_value_is_null_and_a_text_is_as_it_is(make_content: MakeContent, rows: pd.DataFrame) -> None:
    formula = '=HYPERLINK("http://evil.example","click")'
    changed = rows.head(1).assign(value=float("nan"), sample_size=pd.array([None], dtype="Int64"), segment=formula)
    [row] = read(render(make_content(rows=changed))).to_pylist()
    assert (row["value"], row["sample_size"], row["target"], row["segment"]) == (None, None, 0.8, formula)


def test_a_file_without_rows_still_has_its_typed_columns(make_content: MakeContent, rows: pd.DataFrame) -> None:
    table = read(render(make_content(export=export_of(format="parquet"), rows=rows.head(0))))
    assert table.num_rows == 0
    assert table.schema.field("period_start").type == pa.date32()
    assert table.schema.field("label").type == pa.string()
