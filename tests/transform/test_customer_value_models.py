"""dbt's Python models of customer value, called as dbt-duckdb calls them: with relations, for a table."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipelines.customer_value.prediction import PREDICTED
from pipelines.transform import project
from pipelines.transform.project import project_files, project_folder
from tests.customer_value.test_prediction import company
from tests.transform.dbt_rendering import manifest

FOLDER = project_folder() / "models/kpi/customers"


class Dbt:
    """What a Python model is given: relations by the name of their model."""

    def __init__(self, tables: Mapping[str, duckdb.DuckDBPyRelation]) -> None:
        self.ref = tables.__getitem__


def run(name: str, **tables: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    model = runpy.run_path(str(FOLDER / f"{name}.py"))["model"]
    found: pd.DataFrame = model(Dbt(tables), None)
    return found


def both(histories: pd.DataFrame) -> tuple[dict[str, Any], pd.DataFrame]:
    with duckdb.connect() as connection:
        earlier = histories.assign(is_current=False, later_purchases=1)
        relation = connection.from_df(pd.concat([histories.assign(is_current=True, later_purchases=0), earlier]))
        fitted = run("int_customer_value_model", int_purchase_histories=relation)
        [row] = fitted.to_dict("records")
        predictions = run(
            "int_customer_value_predictions",
            int_purchase_histories=relation,
            int_customer_value_model=connection.from_df(fitted),
        )
        # As dbt-duckdb writes them: an empty frame has columns, too.
        connection.register("frame", predictions)
        return row, connection.sql("select * from frame").df()


def test_every_customer_is_predicted_whatever_the_order_of_the_rows() -> None:
    histories = company(600)
    row, predictions = both(histories)
    assert (row["outcome"], row["customers"], row["holdout_actual_purchases"]) == ("fitted", 600, 600)
    assert row["holdout_expected_purchases"] == pytest.approx(predictions["expected_purchases_90d"].sum())
    assert predictions["customer_id"].tolist() == sorted(histories["customer_id"])
    again = both(histories.sample(frac=1, random_state=1))
    assert again[0] == row
    pd.testing.assert_frame_equal(again[1], predictions, rtol=0)


@pytest.mark.parametrize("customers", [0, 20])
def test_a_small_company_has_a_reason_and_no_rows(customers: int) -> None:
    row, predictions = both(company(600).head(customers))
    assert row["outcome"] == "too_few_repeat_buyers"
    assert "the models need 200" in row["reason"]
    assert pd.isna(row["holdout_expected_purchases"])
    assert predictions.columns.tolist() == ["customer_id", *PREDICTED]
    assert predictions.empty


def test_python_models_are_part_of_what_a_build_depends_on() -> None:
    python = {node["original_file_path"] for node in manifest()["nodes"].values() if node.get("language") == "python"}
    assert python == {
        str((FOLDER / f"int_customer_value_{name}.py").relative_to(project_folder()))
        for name in ("model", "predictions")
    }
    assert {project_folder() / path for path in python} <= set(project_files(project_folder()))


def test_a_change_of_the_code_that_they_call_needs_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_CALLED_BY_PYTHON_MODELS", tmp_path)
    (tmp_path / "purchases.py").write_text("a = 1\n", encoding="utf-8")
    before = project.python_models_digest()
    assert project.python_models_digest() == before
    (tmp_path / "purchases.py").write_text("a = 2\n", encoding="utf-8")
    assert project.python_models_digest() != before
