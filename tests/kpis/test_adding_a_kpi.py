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
    assert tuple(sorted(after["sales_volume"].segments)) == (
        "channel",
        "country",
        "customer_segment",
        "product_category",
        "rfm",
    )
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


# Of two sales a day one is on the web.
PARTS = """
  - name: web_sales
    label: Web sales
    type: simple
    type_params: {measure: {name: sales_count, fill_nulls_with: 0}}
    filter: "{{ Dimension('sale__channel') }} = 'web'"

  - name: web_revenue
    label: Web revenue
    description: Revenue on the web.
    type: simple
    type_params: {measure: {name: sales_amount, fill_nulls_with: 0}}
    filter: "{{ Dimension('sale__channel') }} = 'web'"
    config:
      meta:
        {label_fr: Ventes web, family: sales, formula: sum, unit: currency, direction: up, source: "+", maturity_days: 0,
         sample: web_sales}

  - name: web_share
    label: Web share
    description: Share of the sales on the web.
    type: ratio
    type_params: {numerator: web_sales, denominator: sales_count}
    config:
      meta:
        {label_fr: Part du web, family: sales, formula: web ÷ all, unit: ratio, direction: up, source: "+", maturity_days: 0,
         interval: wilson}

  - name: other_revenue
    label: Other revenue
    description: Revenue elsewhere.
    type: derived
    type_params: {expr: revenue - web, metrics: [{name: revenue}, {name: web_revenue, alias: web}]}
    config:
      meta: {label_fr: Autres, family: sales, formula: rest, unit: currency, direction: up, source: "+", maturity_days: 0}
"""


def test_filtered_and_derived_entries_are_kpis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    shutil.copytree(project_folder(), project, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setenv("VIGIE_DBT_PROJECT", str(project))
    with (project / "models/metrics/sales.yml").open("a", encoding="utf-8") as file:
        file.write(PARTS)
    company = Company(tmp_path / "company")
    company.write_settings(
        SETTINGS.replace("kpis: {sales_volume: {longest_gap: 3}}\n", "").replace("sales_volume", "revenue")
    )
    rows = orders(MONDAY, 28, amount="100")
    # In the last week nothing is sold on the web.
    channels = ["web" if number % 2 else "shop" for number in range(42)] + ["shop"] * 14
    company.write_extract("orders.csv", [{**row, "channel": each} for row, each in zip(rows, channels, strict=True)])

    report = company.run(AS_OF)

    assert report["exit_code"] == 0, report["output"]
    assert company.published(
        "select kpi, period_start, value, sample_size from fct_kpi where grain = 'week' and segment_type = 'all'"
        " and kpi in ('web_revenue', 'web_share', 'other_revenue') and period_start >= '2025-09-15' and is_complete"
        " order by 1, 2"
    ) == [
        ("other_revenue", date(2025, 9, 15), 700.0, 7),
        ("other_revenue", date(2025, 9, 22), 1400.0, 0),
        # Sales without a day on the web: zero. A week without any sale: nothing to divide, for the share.
        ("other_revenue", date(2025, 9, 29), 0.0, 0),
        ("web_revenue", date(2025, 9, 15), 700.0, 7),
        ("web_revenue", date(2025, 9, 22), 0.0, 0),
        ("web_revenue", date(2025, 9, 29), 0.0, 0),
        ("web_share", date(2025, 9, 15), 0.5, 14),
        ("web_share", date(2025, 9, 22), 0.0, 14),
        ("web_share", date(2025, 9, 29), None, 0),
    ]  # fmt: skip
    # A part without a family is no KPI.
    assert company.published("select count(*) from dim_kpi where kpi = 'web_sales'") == [(0,)]
