"""What a data test demands, in words."""

from typing import Any

import pytest

from pipelines.transform.data_tests import describe_test


def data_test(kind: str, column: str | None = None, **arguments: Any) -> dict[str, Any]:
    facts = {"name": kind, "kwargs": arguments}
    return {"name": f"{kind}_test", "test_metadata": facts, "column_name": column, "description": ""}


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (data_test("unique", "ticket_key"), "No two rows have the same ticket_key."),
        (data_test("unique_combination", columns=["kpi", "grain", "segment"]),
         "No two rows have the same kpi, grain and segment."),
        (data_test("not_null", "kpi"), "No row lacks its kpi."),
        (data_test("accepted_values", "level", values=["good", "average"]), "Every level is good or average."),
        (data_test("at_most", "records", highest=20), "No value of records is larger than 20."),
        (data_test("relationships", "kpi", to="ref('dim_kpi')", field="kpi"), "Every kpi is the kpi of a row in dim_kpi."),
        ({**data_test("unique", "kpi"), "description": "One row a KPI."}, "One row a KPI."),
        (data_test("of_somebody_else"), "The data test of_somebody_else_test finds no row."),
        ({"name": "assert_revenue", "description": ""}, "The data test assert_revenue finds no row."),
    ],
)  # fmt: skip
def test_the_words_for_a_data_test(test: dict[str, Any], words: str) -> None:
    assert describe_test(test) == words
