"""A second source type through the whole pipeline: streams, cursors, updates, deletions, one resource for two entities.

The type is a distribution of its own that the registry finds by its entry point; its staging models are added to a copy
of the dbt project. Nothing else is changed.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pipelines.entities import ENTITIES
from pipelines.transform.project import project_folder

HERE = Path(__file__).parent
ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2025, 12, 1, 7, 0, tzinfo=UTC)
SETTINGS = """
company: {name: Company, timezone: UTC}
sources:
  - {name: crm, type: change_feed, path: feed.jsonl}
  - name: shop
    type: files
    tables: [{entity: order, path: orders.csv}]
"""

pytestmark = pytest.mark.acceptance


class Company:
    """A company with a change feed and a shop, in a folder with its own copy of the dbt project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "var"
        self._sequence = 0
        self._project = folder / "dbt_project"
        shutil.copytree(project_folder(), self._project, ignore=shutil.ignore_patterns("target", "logs"))
        shutil.copytree(HERE / "staging", self._project / "models/staging/change_feed")
        (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
        (folder / "orders.csv").write_text(
            "order_id,customer_id,ordered_at,amount\n1,walk-in,2025-11-03T10:00:00Z,10\n", encoding="utf-8"
        )

    def change(self, stream: str, changed_at: datetime, record: Mapping[str, Any], *, deleted: bool = False) -> None:
        self._sequence += 1
        change = {
            "sequence": self._sequence, "stream": stream, "changed_at": changed_at.isoformat(), "deleted": deleted,
            "record": record,
        }  # fmt: skip
        with (self.folder / "feed.jsonl").open("a", encoding="utf-8") as feed:
            feed.write(json.dumps(change) + "\n")

    def vigie(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.command(*arguments, "--settings", str(self.folder / "settings.yaml"))

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "pipelines.cli.entry", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(HERE / "plugin"), str(ROOT)]),
                "VIGIE_DBT_PROJECT": str(self._project),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, as_of: datetime = NOW, home: Path | None = None) -> dict[str, Any]:
        done = self.vigie("run", "--json", "--as-of", as_of.isoformat(), "--home", str(home or self.home))
        assert done.returncode == 0, done.stdout + done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def published(self, query: str, home: Path | None = None) -> list[tuple[Any, ...]]:
        with duckdb.connect(str((home or self.home) / "published/kpi.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


def contact(number: int, **fields: Any) -> dict[str, Any]:
    signed_up = datetime(2025, 11, number, 9, tzinfo=UTC)
    return {"contact_no": str(number), "mail": f"c{number}@example.com", "signed_up": signed_up.isoformat(), **fields}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(tmp_path_factory.mktemp("company"))
    day = datetime(2025, 11, 10, tzinfo=UTC)
    for number in (1, 2, 3):
        company.change("contacts", day, contact(number, land="FR"))
    deal = {"deal_no": "d1", "contact_no": "1", "opened": day.isoformat(), "value": 100}
    company.change("deals", day, {**deal, "stage": "open"})
    return company


NEW_ROWS = "select stream, rows, deleted from fct_load where source = 'crm' order by loaded_at, stream"


def test_the_schema_of_the_settings_says_what_a_source_of_either_type_lacks(company: Company) -> None:
    printed = company.command("schema")
    assert printed.returncode == 0, printed.stderr
    validator = Draft202012Validator(json.loads(printed.stdout))
    accepted = yaml.safe_load(SETTINGS)
    assert list(validator.iter_errors(accepted)) == []
    table = {"path": "a.csv", "entity": "ticket", "columns": {"ticket_id": "a", "created_at": "b", "deal_id": "c"}}
    mistaken = [{"name": "desk", "type": "files", "tables": [table]}, {"name": "crm", "type": "change_feed"}]
    problems = [error.message for error in validator.iter_errors({**accepted, "sources": mistaken})]
    assert problems == [
        "Additional properties are not allowed ('deal_id' was unexpected)", "'path' is a required property",
    ]  # fmt: skip


def test_one_resource_fills_two_entities(company: Company) -> None:
    company.run()
    assert company.published("select count(*) from dim_customer where record_count > 0") == [(3,)]
    assert company.published("select count(*), count(customer_id) from fct_lead") == [(3, 3)]
    assert company.published("select is_won from fct_deal") == [(None,)]
    assert company.published(NEW_ROWS) == [("contacts", 3, 0), ("deals", 1, 0)]


def test_what_the_source_provides_is_known_in_the_words_of_the_entities(company: Company) -> None:
    with duckdb.connect(str(company.home / "warehouse.duckdb"), read_only=True) as connection:
        mapped = connection.execute(
            "select entity, column_name from control.mapped_column where source = 'crm'"
        ).fetchall()
    assert {entity for entity, _ in mapped} == {"customer", "lead", "deal"}
    # In raw it is `mail`.
    assert ("lead", "email") in mapped
    assert [pair for pair in mapped if pair[1] not in ENTITIES[pair[0]].column_names] == []


def test_the_settings_accept_the_type_and_its_keys(company: Company) -> None:
    for command in ("check", "doctor"):
        assert company.vigie(command, "--home", str(company.home)).returncode == 0


def test_updates_and_deletions_reach_the_marts(company: Company) -> None:
    day = datetime(2025, 11, 20, tzinfo=UTC)
    company.change("contacts", day, contact(1, land="DE", first_bought=day.isoformat()))
    company.change("contacts", day, contact(3), deleted=True)
    company.change(
        "deals",
        day,
        {
            "deal_no": "d1", "contact_no": "1", "opened": "2025-11-10T00:00:00Z", "closed": day.isoformat(),
            "stage": "won", "value": 120,
        },
    )  # fmt: skip

    company.run(NOW + timedelta(hours=1))

    people = company.published("select customer_id, country from dim_customer where record_count > 0 order by 1")
    assert people == [("1", "DE"), ("2", "FR")]
    assert company.published("select is_won, amount from fct_deal") == [(True, 120)]
    assert company.published("select lead_id, is_converted from fct_lead order by 1") == [
        ("contact-1", True),
        ("contact-2", False),
    ]
    assert company.published(NEW_ROWS)[2:] == [("contacts", 1, 1), ("deals", 1, 0)]
    won = "select value from fct_kpi where kpi = 'win_rate' and grain = 'month' and segment_type = 'all'"
    assert company.published(won) == [(1.0,)]


def test_nothing_new_loads_nothing(company: Company) -> None:
    report = company.run(NOW + timedelta(hours=1))
    ingest = report["steps"][0]["assets"]
    assert {key: assets["new_rows"] for key, assets in ingest.items()} == {
        "raw/crm/contacts": 0, "raw/crm/deals": 0, "raw/shop/order": 0,
    }  # fmt: skip


def test_before_a_deletion_the_record_is_there(company: Company, tmp_path: Path) -> None:
    # With the same manifest, the project is not parsed again.
    shutil.copytree(company.home / "dbt", tmp_path / "replay/dbt")
    company.run(datetime(2025, 11, 15, tzinfo=UTC), tmp_path / "replay")
    query = "select customer_id, country from dim_customer where record_count > 0 order by 1"
    assert company.published(query, tmp_path / "replay") == [("1", "FR"), ("2", "FR"), ("3", "FR")]


def test_a_feed_that_is_gone_fails_its_source_alone(company: Company, tmp_path: Path) -> None:
    (company.folder / "feed.jsonl").rename(company.folder / "gone.jsonl")
    # The moment of the pass before: with nothing new, nothing is built.
    as_of = NOW + timedelta(hours=1)
    done = company.vigie("run", "--json", "--as-of", as_of.isoformat(), "--home", str(company.home))
    report = json.loads(done.stdout)
    assert done.returncode == 1
    failures = report["steps"][0]["failures"]
    assert [(failure["name"], "cannot be read" in failure["reason"]) for failure in failures] == [
        ("crm contacts", True),
        ("crm deals", True),
    ]
    assert company.published("select count(*) from dim_customer where record_count > 0") == [(2,)]
