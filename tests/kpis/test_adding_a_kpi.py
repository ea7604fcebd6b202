"""A KPI on an existing fact is one entry in a file of the dbt project, as docs/adding-a-kpi.md says."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.orchestration.company import Company, orders

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

MONDAY = date(2025, 9, 1)
AS_OF = datetime(2025, 10, 6, 7, 0, tzinfo=UTC)
ENTRY = """
  - name: sales_volume
    label: Sales volume
    description: Sales in the period.
    type: simple
    type_params:
      measure: {name: sales_count, fill_nulls_with: 0, join_to_timespine: true}
    config:
      meta:
        label_fr: Volume des ventes
        family: sales
        formula: number of sales
        unit: count
        direction: up
        source: "+"
        maturity_days: 0
        parameters:
          longest_gap: {type: integer, default: 7, minimum: 1, description: Days without a sale that are normal.}
"""
SETTINGS = """
company: {name: Company, timezone: Europe/Paris, currency: EUR}
sources:
  - {name: shop, type: files, tables: [{entity: order, path: extracts/orders.csv}]}
kpis: {sales_volume: {longest_gap: 3}}
rules:
  - {name: sales-floor, kpi: sales_volume, grain: week, below: 10}
"""


def test_one_entry_is_a_kpi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    shutil.copytree(project_folder(), project, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setenv("VIGIE_DBT_PROJECT", str(project))
    company = Company(tmp_path / "company")
    company.write_settings(SETTINGS)
    company.write_extract("orders.csv", orders(MONDAY, 28))
    # The same process sees the KPI that was added while it ran.
    before = load_catalogue(company.home / "dbt")
    with (project / "models/metrics/sales.yml").open("a", encoding="utf-8") as file:
        file.write(ENTRY)

    after = load_catalogue(company.home / "dbt")
    assert after.keys() - before.keys() == {"sales_volume"}
    assert after["sales_volume"].segments == ("channel", "country", "customer_segment", "product_category")
    checked = company.vigie("check", "--home", str(company.home))
    assert (checked.exit_code, "1 rule" in checked.output) == (0, True), checked.output

    report = company.run(AS_OF)

    assert report["exit_code"] == 0, report["output"]
    assert company.published(
        "select period_start, value, is_complete from fct_kpi"
        " where kpi = 'sales_volume' and grain = 'week' and segment_type = 'all' order by 1"
    ) == [
        *((date(2025, 9, day), 14.0, True) for day in (1, 8, 15, 22)),
        # A week without sales, and the one that has begun: a count is zero, without another word in the entry.
        (date(2025, 9, 29), 0.0, True),
        (date(2025, 10, 6), 0.0, False),
    ]
    assert company.published("select label_en, is_additive from dim_kpi where kpi = 'sales_volume'") == [
        ("Sales volume", True)
    ]
    with duckdb.connect(str(company.home / "warehouse.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute(
            "select parameter, value from control.kpi_parameter where kpi = 'sales_volume'"
        ).fetchall() == [("longest_gap", "3")]
