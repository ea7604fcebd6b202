"""MetricFlow, an independent program that reads the same metrics, computes the same as `fct_kpi`: by grain and segment.

What it refuses is in `tests.kpis.refused`, and the segments that only `fct_kpi` has are below.
"""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.transform.project import project_folder
from tests.kpis.refused import REFUSED

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

ROOT = Path(__file__).parents[2]
GRAINS = ("day", "week", "month", "quarter", "year")
# Of each segment these are compared: weeks and years overlap differently.
GRAINS_OF_SEGMENTS = ("week", "year")

# The segments that only fct_kpi has, by KPI.
OF_STOCKS = {
    **{key: {"country", "customer_segment"} for key in ("active_customers", "arpu", "new_customers")},
    **{key: {"agent", "category", "channel", "priority", "team"} for key in ("backlog", "backlog_age")},
    **{key: {"entity", "source"} for key in ("completeness_rate", "duplicate_rate", "freshness")},
}
# Measures with other names add the product category to sales; two facts that a ratio divides have no dimension in common;
# of the dimensions model and arm, one value is the whole.
OF_SEVERAL_FACTS = {
    **{key: {"product_category"} for key in ("average_order_value", "revenue", "revenue_per_customer")},
    "agent_productivity": {"agent", "team"},
    "attributed_revenue": {"model"},
    "customer_acquisition_cost": {"channel"},
    "marketing_contribution": {"campaign", "channel", "model"},
    "marketing_conversion_rate": {"arm"},
}
ONLY_OURS = {(kpi, segment) for kpi, segments in {**OF_STOCKS, **OF_SEVERAL_FACTS}.items() for segment in segments}
# A segment of it is a share of the whole, which MetricFlow does not divide by.
SHARES_OF_THE_WHOLE = {("channel_share", "channel")}

Row = tuple[str, str, str, str, str]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file of the demo company."""
    folder = tmp_path_factory.mktemp("demo")
    vigie = Path(sys.executable).with_name("vigie")
    environment = {**os.environ, "VIGIE_DEMO": str(folder / "demo"), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "demo", "--to", str(folder / "demo")], check=True, env=environment, cwd=ROOT)
    subprocess.run(
        [
            vigie, "run", "--settings", str(ROOT / "settings"), "--home", str(folder / "home"),
            "--as-of", "2026-01-05T06:00:00+01:00",
        ],
        check=True, env=environment, cwd=ROOT, capture_output=True,
    )  # fmt: skip
    return folder / "home/published/kpi.duckdb"


def ask(questions: Sequence[dict[str, Any]], project: Path, published: Path) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.orchestration.metricflow_program"],
        input=json.dumps(questions),
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DBT_PROFILES_DIR": str(project),
            "VIGIE_DBT_TARGET": "published",
            "VIGIE_PUBLISHED": str(published),
            "VIGIE_TIMEZONE": "Europe/Paris",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def our_values(published: Path) -> dict[Row, float]:
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(
            "select kpi, grain, cast(period_start as varchar), segment_type, segment, value from fct_kpi"
            " where value is not null"
        ).fetchall()
    return {row[:5]: row[5] for row in rows if row[0] not in REFUSED}


def their_values(kpis: Sequence[str], project: Path, published: Path) -> dict[Row, float]:
    """Returns what MetricFlow computes: as a whole at every grain, and by every dimension that a metric has."""
    dimensions = ask([{"dimensions_of": kpi} for kpi in kpis], project, published)
    by_dimension: dict[str, list[str]] = {}
    for kpi, names in zip(kpis, dimensions, strict=True):
        for name in names:
            by_dimension.setdefault(name, []).append(kpi)
    places = [(grain, None, list(kpis)) for grain in GRAINS] + [
        (grain, dimension, metrics) for dimension, metrics in by_dimension.items() for grain in GRAINS_OF_SEGMENTS
    ]
    answers = ask(
        [
            {"metrics": metrics, "group_by": [f"metric_time__{grain}", *([dimension] if dimension else [])]}
            for grain, dimension, metrics in places
        ],
        project,
        published,
    )
    return dict(
        found
        for (grain, dimension, metrics), rows in zip(places, answers, strict=True)
        for row in rows
        for found in _values(row, grain, dimension, metrics)
    )


def _values(
    row: dict[str, Any], grain: str, dimension: str | None, metrics: Sequence[str]
) -> Iterator[tuple[Row, float]]:
    period = row[f"metric_time__{grain}"]
    segment_type = dimension.rsplit("__", 1)[1] if dimension else "all"
    segment = (row[dimension] or "unknown") if dimension else "all"
    for metric in metrics:
        # Tickets without a resolution have no month.
        if period is not None and row[metric] is not None:
            yield (metric, grain, period, segment_type, segment), row[metric]


def differences(ours: dict[Row, float], theirs: dict[Row, float]) -> list[str]:
    """Returns where the two differ; zeros of silent periods may be absent on either side."""
    compared = {(row[0], row[3]) for row in theirs} - SHARES_OF_THE_WHOLE
    found = []
    for row in sorted(ours.keys() | theirs.keys()):
        is_of_compared = (row[0], row[3]) in compared and (row[3] == "all" or row[1] in GRAINS_OF_SEGMENTS)
        mine, other = ours.get(row, 0.0), theirs.get(row, 0.0)
        # Between two seconds MetricFlow's percentile has six decimals.
        tolerance = 2e-6 if row[0].endswith(("_p50", "_p90")) else 1e-12
        if is_of_compared and not math.isclose(mine, other, rel_tol=1e-9, abs_tol=tolerance):
            found.append(f"{' '.join(row)}: {mine} in fct_kpi, {other} by MetricFlow")
    return found


def test_every_metric_by_grain_and_segment(published: Path) -> None:
    ours = our_values(published)
    kpis = sorted({row[0] for row in ours})
    theirs = their_values(kpis, project_folder(), published)

    assert differences(ours, theirs) == []
    assert {(kpi, grain) for kpi in kpis for grain in GRAINS} <= {(row[0], row[1]) for row in theirs}
    segments = {(row[0], row[3]) for row in ours if row[3] != "all"}
    assert segments - {(row[0], row[3]) for row in theirs} == ONLY_OURS


def test_an_error_in_the_sql_of_a_metric_is_found(published: Path, tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(project_folder(), project, ignore=shutil.ignore_patterns("target", "logs"))
    fact = project / "models/marts/support/fct_survey_response.yml"
    right, wrong = "kind = 'csat' and is_satisfied", "kind = 'csat' and score > 4"
    content = fact.read_text(encoding="utf-8")
    assert content.count(right) == 1
    fact.write_text(content.replace(right, wrong), encoding="utf-8")
    subprocess.run(
        [Path(sys.executable).with_name("vigie-dbt"), "parse", "--project-dir", project, "--profiles-dir", project],
        cwd=project,
        env={**os.environ, "VIGIE_TIMEZONE": "Europe/Paris", "VIGIE_DBT_FOLDER": str(tmp_path)},
        check=True,
        capture_output=True,
    )

    ours = {row: value for row, value in our_values(published).items() if row[0] in ("csat", "nps")}
    found = differences(ours, their_values(["csat", "nps"], project, published))

    assert {line.split()[0] for line in found} == {"csat"}
    assert {line.split()[1] for line in found} == set(GRAINS)
