"""Snapshot of what Dagster loads for a company: every asset, job, schedule and sensor, as one page of text.

After an intended change, run `.venv/bin/python -m tests.orchestration.test_definitions` to write the page, and read
its diff.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration import definitions
from pipelines.services.installation import Installation
from tests.orchestration.company import SETTINGS, Company

PAGE = Path(__file__).with_name("asset_graph.txt")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build(tmp_path_factory.mktemp("company"))


def build(folder: Path, settings: str = SETTINGS) -> dg.Definitions:
    company = Company(folder)
    company.write_settings(settings)
    return definitions.build(Installation(company.folder / "settings.yaml", company.home))


def page(defs: dg.Definitions) -> Iterator[str]:
    graph = defs.resolve_asset_graph()
    yield "Assets: key, what it is made from, checks"
    for group in sorted({node.group_name or "" for node in graph.asset_nodes}):
        yield from ("", f"[{group}]")
        for node in sorted(graph.asset_nodes, key=lambda node: node.key):
            if node.group_name == group:
                made = "" if node.is_materializable else " (made by no step)"
                yield f"{node.key.to_user_string()} {', '.join(node.owners)}{made}"
                yield from (f"    <- {key.to_user_string()}" for key in sorted(node.parent_keys))
                yield from (f"    check {key.name}" for key in sorted(node.check_keys))
    repository = defs.get_repository_def()
    yield from ("", "Jobs: name, how many assets, of which groups")
    # Dagster keeps a job of its own for assets that are materialized by hand.
    for job in sorted(repository.get_all_jobs(), key=lambda job: job.name):
        if not job.name.startswith("__"):
            keys = job.asset_layer.executable_asset_keys
            groups = sorted({graph.get(key).group_name or "" for key in keys})
            yield f"{job.name} {len(list(keys))} {', '.join(groups)}"
    yield from ("", "Schedules: name, cron, time zone, job, status at first")
    for schedule in repository.schedule_defs:
        when = f"{schedule.cron_schedule} {schedule.execution_timezone}"
        yield f"{schedule.name} {when} {schedule.job_name} {schedule.default_status.value}"
    yield from ("", "Sensors: name, seconds between looks, what it starts, status at first")
    for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name):
        starts = ", ".join(sorted(target.job_name for target in sensor.targets)) or "nothing"
        yield f"{sensor.name} {sensor.minimum_interval_seconds} {starts} {sensor.default_status.value}"


def test_the_snapshot_is_current(defs: dg.Definitions) -> None:
    assert "\n".join(page(defs)).splitlines() == PAGE.read_text(encoding="utf-8").splitlines(), (
        "if the change is intended: .venv/bin/python -m tests.orchestration.test_definitions"
    )


def test_every_asset_has_a_description_an_owner_and_a_group(defs: dg.Definitions) -> None:
    nodes = list(defs.resolve_asset_graph().asset_nodes)
    incomplete = [
        node.key.to_user_string()
        for node in nodes
        if not (node.description and node.owners and node.group_name not in (None, "default"))
    ]
    assert len(nodes) > 50
    assert incomplete == []


def test_the_description_of_a_model_is_its_own_and_no_template(defs: dg.Definitions) -> None:
    node = next(each for each in defs.resolve_asset_graph().asset_nodes if each.key.path[-1] == "fct_kpi")
    assert node.description is not None
    assert node.description.endswith("\n\nDefined in `dbt_project/models/kpi/fct_kpi.sql`.")
    assert "Raw SQL" not in node.description


def test_every_check_has_a_description(defs: dg.Definitions) -> None:
    checks = {
        spec.key.to_user_string(): spec.description
        for asset in defs.assets or ()
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_specs
    }
    assert checks.keys() == {key.to_user_string() for key in defs.resolve_asset_graph().asset_check_keys}
    assert len(checks) > 25
    assert [name for name, description in checks.items() if not description] == []
    [status] = [description for name, description in checks.items() if "accepted_values_fct_kpi_status" in name]
    assert status == "Every status is good, warn, critical or none."


def test_every_asset_is_materialized_by_exactly_one_job(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    materialized = [
        key
        for job in repository.get_all_jobs()
        if not job.name.startswith("__")
        for key in job.asset_layer.executable_asset_keys
    ]
    assert sorted(materialized) == sorted(defs.resolve_asset_graph().materializable_asset_keys)


def test_no_arrow_between_groups_runs_back(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    arrows = {
        (graph.get(parent).group_name or "", node.group_name or "")
        for node in graph.asset_nodes
        for parent in node.parent_keys
        if graph.get(parent).group_name != node.group_name
    }
    assert ("raw_views", "staging") in arrows
    assert ("kpi_helpers", "kpi") in arrows
    assert ("sales", "customers") in arrows
    # A group has no place in the order as long as it needs one that has none: those left over run in a circle.
    left = {group for arrow in arrows for group in arrow}
    while first := {group for group in left if not any(parent in left for parent, child in arrows if child == group)}:
        left -= first
    assert left == set()


def test_the_groups_are_the_stages_and_the_families_with_their_helpers(defs: dg.Definitions) -> None:
    groups = {node.group_name for node in defs.resolve_asset_graph().asset_nodes}
    stages = {"raw", "raw_views", "control", "staging", "canonical", "calendar", "kpi", "watch", "published", "exports"}
    families = {"customers", "leads", "sales", "marketing", "support", "team", "quality"}
    with_helpers = {"campaigns", "deliveries", "identity", "kpi", *families}
    helpers = {f"{name}_helpers" for name in with_helpers}
    assert groups == stages | families | helpers


def test_plumbing_is_in_groups_of_its_own(defs: dg.Definitions) -> None:
    plumbing = {"raw_views", "control", "calendar"}
    shown = {
        (node.key.path[-1], node.group_name)
        for node in defs.resolve_asset_graph().asset_nodes
        if node.group_name not in plumbing and not (node.group_name or "").endswith("_helpers")
    }
    assert [(name, group) for name, group in shown if name.startswith(("int_", "raw_"))] == []
    names = {name for name, _ in shown}
    assert {"stg_files__order", "canonical__order", "fct_order", "dim_customer", "fct_lead", "fct_kpi"} <= names
    assert "coverage" not in names


def test_no_source_waits_for_another(defs: dg.Definitions) -> None:
    """A pool keeps the slot of a killed process, and waiting for a slot uses a whole core: the package uses locks."""
    assert {pool for node in defs.resolve_asset_graph().asset_nodes for pool in node.pools or ()} == set()


@pytest.mark.parametrize("timezone", ["Europe/Paris", "Australia/Lord_Howe"])
def test_the_schedule_is_in_the_companys_time_zone(tmp_path: Path, timezone: str) -> None:
    defs = build(tmp_path, SETTINGS.replace("Europe/Paris", timezone) + 'schedules: {ingest: "15 6 * * *"}\n')
    [schedule] = defs.get_repository_def().schedule_defs
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("15 6 * * *", timezone)
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_without_sources_there_is_no_ingest(tmp_path: Path) -> None:
    repository = build(tmp_path, "company: {name: Company, timezone: UTC, currency: EUR}").get_repository_def()
    assert repository.schedule_defs == []
    assert {"new_files", "ingest_succeeded", "ingest_failed", "exports_due"}.isdisjoint(
        sensor.name for sensor in repository.sensor_defs
    )
    assert not repository.has_job("ingest")


def test_importing_the_code_location_opens_no_file(tmp_path: Path) -> None:
    """The code location can be imported without settings; only its definitions need them."""
    code = """
import sys
touched = []
def note(event, arguments):
    if event in ("open", "sqlite3.connect", "socket.connect", "subprocess.Popen", "os.mkdir"):
        touched.append((event, str(arguments[0])))
import dagster, dagster_dbt, dbt.version, duckdb, sqlalchemy, xlsxwriter
sys.addaudithook(note)
from pipelines.orchestration import definitions
# Python itself reads modules and their compiled form; packages may read files of the environment.
read = {path for event, path in touched if not path.startswith(sys.prefix) and not path.endswith((".py", ".pyc"))}
print(*sorted(path for path in read if path.startswith("/")))
try:
    definitions.defs()
except Exception as error:
    print(type(error).__name__)
"""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("VIGIE_", "DAGSTER_"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    touched, error = done.stdout.splitlines()
    assert [path for path in touched.split() if path.startswith((str(tmp_path), str(ROOT)))] == []
    assert error == "SettingsError"
    assert list(tmp_path.iterdir()) == []


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text("\n".join(page(build(Path(folder)))) + "\n", encoding="utf-8")
