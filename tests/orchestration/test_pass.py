"""End to end: passes of a company over three weeks in one home folder. Each test continues where the last one ended."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from pipelines.orchestration import definitions
from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.keys import ALERTS_KEY, FCT_KPI_KEY
from pipelines.orchestration.resources import Vigie
from pipelines.storage.home import Home
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.dbt import run_dbt
from pipelines.transform.project import project_folder
from tests.kpis.refused import REFUSED
from tests.orchestration.company import SETTINGS, Company, answers, orders, tickets
from tests.orchestration.daemon import Daemon
from tests.orchestration.ui import ask

MONDAY = date(2025, 9, 1)
FIRST = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)  # a Monday, nine weeks later
SECOND = FIRST + timedelta(weeks=1)
THIRD = SECOND + timedelta(weeks=1)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(tmp_path_factory.mktemp("company"))
    company.write_settings()
    order = orders(MONDAY, 1)[0]
    header = {name: name for name in order}
    company.write_extract("orders-1.csv", [*orders(MONDAY, 63), {**order, "order_id": "bad", "amount": "1O0"}, header])
    company.write_extract("answers-1.csv", answers(MONDAY, 9, positive=9))
    return company


KPIS = "select * exclude (computed_at) from fct_kpi order by all"


def steps(report: dict[str, Any]) -> dict[str, bool]:
    return {step["job"]: step["succeeded"] for step in report["steps"]}


def test_a_missing_file_fails_its_source_alone(company: Company) -> None:
    report = company.run(FIRST)

    assert report["exit_code"] == 1
    assert steps(report) == {
        "ingest": False, "transform": True, "watch": True, "deliver": True, "publish": True, "export_weekly": True,
    }  # fmt: skip
    [failure] = report["steps"][0]["failures"]
    assert failure["name"] == "desk ticket"
    assert "extracts/tickets.csv" in failure["reason"]
    [outage] = company.messages("operators")
    assert (outage["kind"], outage["status"]) == ("pipeline", "firing")
    assert "tickets.csv" in outage["text"]
    assert company.published("select count(*) from fct_kpi where kpi = 'ticket_volume'") == [(0,)]


def test_an_invalid_row_is_quarantined_and_the_others_count(company: Company) -> None:
    [quarantine] = (company.home / "quarantine/shop/order").glob("*.jsonl")
    assert '"1O0"' in quarantine.read_text(encoding="utf-8")
    counts = "select rows, quarantined, filtered from fct_load where stream = 'order'"
    assert company.published(counts) == [(len(orders(MONDAY, 63)), 1, 1)]
    week = "grain = 'week' and segment_type = 'all' and period_start = date '2025-09-01'"
    assert company.published(
        f"select value, sample_size, is_complete from fct_kpi where kpi = 'revenue' and {week}"
    ) == [(1401.4, 14, True)]


@pytest.mark.parametrize(
    ("kpi", "causes"),
    [
        ("revenue", []),
        ("nps", ["no_word"]),
        ("resolution_time", ["not_readable"]),
        ("win_rate", ["no_source"]),
        ("recommendation_rate", ["no_source"]),
    ],
)
def test_a_kpi_without_values_says_why(company: Company, kpi: str, causes: list[str]) -> None:
    shown = json.loads(company.vigie("kpi", kpi, "--json").stdout)
    assert [reason["cause"] for reason in shown["no_values"]] == causes
    assert any(reading["value"] is not None for reading in shown["values"]) == (causes == [])


def test_a_value_has_its_previous_value_interval_target_and_status(company: Company) -> None:
    [row] = company.published(
        "select value, numerator, denominator, previous_value, target, status, ci_low, ci_high from fct_kpi"
        " where kpi = 'csat' and grain = 'week' and segment_type = 'all' and period_start = date '2025-09-08'"
    )
    assert row[:6] == (0.9, 9.0, 10.0, 0.9, 0.85, "good")
    # The Wilson interval of 9 of 10.
    assert row[6:] == pytest.approx((0.59585, 0.98212), abs=1e-5)


def test_an_export_is_written_for_the_latest_tick(company: Company) -> None:
    [file] = (company.folder / "out/exports").glob("*.csv")
    assert file.name == "weekly-2025-11-03T0700.csv"
    assert (company.folder / "out/exports" / f"{file.name}.manifest.json").exists()


def test_a_breach_fires_once_and_the_operators_are_notified_of_the_recovery(company: Company) -> None:
    company.write_extract("tickets.csv", tickets(MONDAY, 10))
    company.write_extract("orders-2.csv", orders(MONDAY + timedelta(days=63), 7))
    company.write_extract("answers-2.csv", answers(MONDAY + timedelta(weeks=9), 1, positive=5))

    report = company.run(SECOND)

    assert report["exit_code"] == 0, report["output"]
    [message] = company.messages()
    assert (message["rule"], message["status"], message["severity"]) == ("csat-floor", "firing", "critical")
    assert (message["segment_type"], message["segment"]) == ("channel", "chat")
    assert (message["value"], message["threshold"], message["previous_value"]) == (0.5, 0.6, 0.9)
    assert message["period_start"] == "2025-11-03"
    assert [message["status"] for message in company.messages("operators")] == ["firing", "resolved"]
    assert company.published("select rule, status, messages_sent from fct_alert") == [("csat-floor", "firing", 1)]


def test_the_same_pass_again_loads_sends_and_exports_nothing(company: Company) -> None:
    before = company.published(KPIS)
    written = sorted(file.name for file in (company.folder / "out/exports").iterdir())
    raw = sorted(str(file) for file in (company.home / "raw").rglob("*"))
    # Another rule changes no table.
    company.write_settings(
        SETTINGS.replace("rules:\n", "rules:\n  - {name: nps, kpi: nps, grain: month, below: -50}\n")
    )

    report = company.run(SECOND)

    assert report["exit_code"] == 0
    assert [step["job"] for step in report["steps"] if not step["was_needed"]] == ["transform"]
    assert report["steps"][0]["assets"]["raw/shop/order"]["rows_left_out"] == 1
    assert len(company.messages()) == 1
    assert sorted(str(file) for file in (company.home / "raw").rglob("*")) == raw
    assert sorted(file.name for file in (company.folder / "out/exports").iterdir()) == written
    assert company.published(KPIS) == before


def test_after_a_pass_with_nothing_new_the_ui_shows_nothing_as_stale_and_each_run_under_its_job(
    company: Company,
) -> None:
    answer = ask(
        company,
        """{
          assetNodes { assetKey { path } staleStatus staleCauses { key { path } reason dependency { path } } }
          repositoryOrError(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "vigie"}) {
            ... on Repository { jobs { name runs { status repositoryOrigin { repositoryLocationName } } } }
          }
        }""",
    )
    nodes = answer["assetNodes"]
    assert len(nodes) > 100
    assert [node for node in nodes if node["staleStatus"] != "FRESH"] == []
    runs = {
        job["name"]: [run["status"] for run in job["runs"]]
        for job in answer["repositoryOrError"]["jobs"]
        if not job["name"].startswith("__")
    }
    # Three passes, of which the last one built nothing and exported nothing; a run of each job a pass.
    assert runs == {
        "ingest": ["SUCCESS", "SUCCESS", "FAILURE"],
        "transform": ["SUCCESS"] * 2,
        "watch": ["SUCCESS"] * 3,
        "deliver": ["SUCCESS"] * 3,
        "publish": ["SUCCESS"] * 3,
        "export_weekly": ["SUCCESS"] * 2,
    }


def test_assets_show_open_alerts_and_the_kpis_over_builds(company: Company) -> None:
    with dagster_instance(Home(company.home)) as instance:
        alerts = instance.get_latest_materialization_event(ALERTS_KEY)
        observed = instance.fetch_observations(FCT_KPI_KEY, limit=10).records
        check = dg.AssetCheckKey(ALERTS_KEY, "rule_csat_floor")
        [execution] = instance.event_log_storage.get_latest_asset_check_execution_by_key([check]).values()
    assert execution.status is AssetCheckExecutionRecordStatus.FAILED
    assert alerts is not None
    assert alerts.asset_materialization is not None
    [record] = alerts.asset_materialization.metadata["open_alerts"].value.records
    shown = {name: record.data[name] for name in ("rule", "segment", "severity", "value", "threshold")}
    assert shown == {
        "rule": "csat-floor", "segment": "channel: chat", "severity": "critical", "value": 0.5, "threshold": 0.6,
    }  # fmt: skip
    # The latest build first; in the week before, nine of ten answers were positive.
    values = [each.asset_observation.metadata["csat"].value for each in observed if each.asset_observation is not None]
    assert values == [0.5, 0.9]


def test_a_model_that_somebody_materializes_is_followed_by_the_watch(company: Company) -> None:
    vigie = Vigie(
        settings_path=str(company.folder / "settings.yaml"), home_path=str(company.home), as_of=SECOND.isoformat()
    )
    defs = definitions.build(vigie.installation())
    with dagster_instance(Home(company.home)) as instance:
        daemon = Daemon(company, instance, vigie)
        _, cursor = daemon.tick("assets_materialized")
        daemon.materialize(defs, [dg.AssetKey(["kpi", "dim_kpi"])])
        [request], _ = daemon.tick("assets_materialized", cursor)
    assert request.job_name == "watch"


def test_a_pass_with_nothing_new_does_not_import_dbt(company: Company) -> None:
    # It takes seconds, and cron may start a pass every few minutes.
    script = (
        "import sys; from datetime import datetime; from pathlib import Path;"
        "from pipelines.orchestration.run import run_pass; from pipelines.services.installation import Installation;"
        "settings, home, now = sys.argv[1:];"
        "report = run_pass(Installation(Path(settings), Path(home), datetime.fromisoformat(now)));"
        "print(report.succeeded, {'dbt', 'dagster_dbt'} & sys.modules.keys())"
    )
    arguments = [str(company.folder / "settings.yaml"), str(company.home), SECOND.isoformat()]
    finished = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=project_folder().parent,
    )
    assert finished.stdout == "True set()\n", finished.stderr


def test_the_warehouse_can_be_rebuilt_from_raw_to_the_last_digit(company: Company) -> None:
    before = company.published(KPIS)
    (company.home / "warehouse.duckdb").unlink()
    # The raw store is enough: the extracts are moved away.
    for extract in (company.folder / "extracts").iterdir():
        extract.rename(company.folder / f"gone-{extract.name}")

    report = company.run(SECOND)

    assert steps(report)["transform"]
    assert company.published(KPIS) == before
    for extract in company.folder.glob("gone-*"):
        extract.rename(company.folder / "extracts" / extract.name.removeprefix("gone-"))


def test_a_reader_keeps_its_snapshot_and_a_recovery_is_sent(company: Company) -> None:
    with duckdb.connect(str(company.home / "published/kpi.duckdb"), read_only=True) as reader:
        count = reader.execute("select count(*) from fct_kpi").fetchall()
        company.write_extract("answers-3.csv", answers(MONDAY + timedelta(weeks=10), 1, positive=10))

        report = company.run(THIRD)

        assert steps(report)["publish"]
        assert reader.execute("select count(*) from fct_kpi").fetchall() == count
    _, resolved = company.messages()
    assert (resolved["status"], resolved["value"]) == ("resolved", 1.0)
    assert company.published("select status, messages_sent from fct_alert") == [("resolved", 2)]


def test_the_history_has_the_moment_of_each_value(company: Company) -> None:
    known = company.published(
        "select value, valid_from, valid_to is null from fct_kpi_revision"
        " where kpi = 'csat' and grain = 'week' and segment_type = 'all' and period_start = date '2025-09-01'"
    )
    assert known == [(0.9, FIRST, True)]
    # The first week of November was complete for the first time in the second pass.
    assert company.published(
        "select valid_from from fct_kpi_revision"
        " where kpi = 'csat' and grain = 'week' and segment_type = 'all' and period_start = date '2025-11-03'"
    ) == [(SECOND,)]


def test_dagster_has_recorded_every_run(company: Company) -> None:
    with dagster_instance(Home(company.home)) as instance:
        ended = Counter((run.job_name, run.status.value) for run in instance.get_runs())
    assert ended["ingest", "SUCCESS"] == 4
    assert ended["ingest", "FAILURE"] == 2
    # The pass without new data needed no run.
    assert ended["transform", "SUCCESS"] == 4


def test_the_catalogue_is_the_one_dbt_generates(company: Company) -> None:
    columns = (
        "kpi, label_en, label_fr, family, description, formula, unit, direction, source, maturity_days, is_additive"
    )
    generated = company.published(f"select {columns} from dim_kpi order by kpi")
    names = columns.split(", ")[1:]
    kpis = load_catalogue(company.home / "dbt")
    known = [
        (kpi.name, *(getattr(kpi, name) for name in names)) for kpi in sorted(kpis.values(), key=lambda kpi: kpi.name)
    ]
    assert generated == known
    segments = company.published("select distinct kpi, segment_type from fct_kpi where segment_type != 'all'")
    assert all(segment in kpis[kpi].segments for kpi, segment in segments)


def test_the_unit_tests_of_the_dbt_project_pass(company: Company) -> None:
    done = run_dbt(
        ["test", "--select", "test_type:unit"],
        company.home / "dbt",
        folder=company.home,
        environment={"VIGIE_TIMEZONE": "Europe/Paris"},
    )
    results = json.loads((company.home / "dbt/run_results.json").read_text(encoding="utf-8"))["results"]
    assert done.returncode == 0, done.output
    assert len(results) >= 26


def test_one_source_is_loaded_alone(company: Company) -> None:
    result = company.vigie("run", "--json", "--source", "shop", "--as-of", THIRD.isoformat())
    assert result.exit_code == 0, result.output
    steps = {step["job"]: step for step in json.loads(result.stdout)["steps"]}
    assert list(steps["ingest"]["assets"]) == ["raw/shop/order"]
    assert "watch" in steps
    refused = company.vigie("run", "--source", "shp")
    assert refused.exit_code == 2
    assert "Unknown source shp; did you mean shop?" in refused.output


def metricflow(company: Company, metrics: Iterable[str], table: Path) -> subprocess.CompletedProcess[str]:
    """Asks MetricFlow for metrics by month over the published file; it reads the target folder that `make` prepares."""
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("mf")), "query", "--metrics", ",".join(metrics),
            "--group-by", "metric_time__month", "--csv", str(table), "--decimals", "12",
        ],
        cwd=project_folder(),
        env={
            **os.environ,
            "DBT_PROFILES_DIR": str(project_folder()),
            "VIGIE_DBT_TARGET": "published",
            "VIGIE_PUBLISHED": str(company.home / "published/kpi.duckdb"),
            "VIGIE_TIMEZONE": "Europe/Paris",
        },
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip


def test_metricflow_computes_the_same_over_the_published_file(company: Company, tmp_path: Path) -> None:
    """MetricFlow is an independent program that reads the same metrics."""
    table = tmp_path / "metrics.csv"
    ours = {
        (kpi, month.isoformat()): value
        for kpi, month, value in company.published(
            "select kpi, period_start, value from fct_kpi"
            " where grain = 'month' and segment_type = 'all' and value is not null"
        )
        if kpi not in REFUSED
    }
    metrics = sorted({kpi for kpi, _ in ours})
    # Stocks and ratios to a stock are among them.
    assert {"active_customers", "arpu", "backlog", "backlog_age", "csat", "revenue", "ticket_volume"} <= set(metrics)

    done = metricflow(company, metrics, table)

    assert done.returncode == 0, done.stdout
    with table.open(encoding="utf-8", newline="") as lines:
        theirs = {
            (metric, row["metric_time__month"][:10]): float(row[metric])
            for row in csv.DictReader(lines)
            for metric in metrics
            # Tickets without a resolution have no month.
            if row[metric] and row["metric_time__month"]
        }
    assert ours.keys() <= theirs.keys()
    assert {key: theirs[key] for key in ours} == pytest.approx(ours, rel=1e-9)
    # Beyond the observed months MetricFlow knows of nothing but zeros.
    assert {value for key, value in theirs.items() if key not in ours} <= {0.0}


def test_metricflow_refuses_by_name_what_it_cannot_compute(company: Company, tmp_path: Path) -> None:
    done = metricflow(company, ["loyalty_rate"], tmp_path / "metrics.csv")

    assert done.returncode != 0
    assert "MetricFlow cannot compute loyalty_rate: read fct_kpi or kpi_month" in done.stdout


def test_every_kpi_that_is_refused_is_named() -> None:
    manifest = json.loads((project_folder() / "target/manifest.json").read_text(encoding="utf-8"))
    refusals = {
        measure["name"]: measure["expr"]
        for semantic_model in manifest["semantic_models"].values()
        for measure in semantic_model["measures"]
        if "MetricFlow cannot compute" in (measure["expr"] or "")
    }
    kpis = {
        metric["name"]: [refusals[measure["name"]] for measure in measures if measure["name"] in refusals]
        for metric in manifest["metrics"].values()
        if metric["config"]["meta"].get("family") and (measures := metric["type_params"]["input_measures"])
    }
    assert {kpi for kpi, texts in kpis.items() if texts} == REFUSED
    assert [(kpi, text) for kpi, texts in kpis.items() for text in texts if kpi not in text] == []
