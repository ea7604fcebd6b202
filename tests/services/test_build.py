"""What a build depends on: the same digest means that the tables are still right."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from pipelines.services.build import collect_inputs, is_up_to_date, prepare_build, record_success
from pipelines.services.ingest import ingest_source
from pipelines.services.installation import Installation
from pipelines.warehouse.build_record import read_build_record, write_build_record

AS_OF = datetime.fromisoformat("2026-01-05T06:00:00+01:00")

SETTINGS = {
    "company": {"name": "Digest", "timezone": "Europe/Paris", "currency": "EUR"},
    "sources": [
        {
            "name": "shop",
            "type": "files",
            "tables": [
                {
                    "entity": "order",
                    "path": "orders.csv",
                    "columns": {"order_id": "id", "customer_id": "who", "ordered_at": "day", "amount": "total"},
                }
            ],
        }
    ],
    "channels": {"log": {"type": "file", "path": "alerts.jsonl"}},
}


def rule(grain: str) -> dict:
    return {"name": "low-revenue", "kpi": "revenue", "grain": grain, "below": 100, "notify": ["log"]}


def export(grain: str) -> dict:
    return {
        "name": "board",
        "kpis": ["revenue"],
        "grain": grain,
        "format": "csv",
        "schedule": "0 7 * * 1",
        "to": {"path": "exports"},
    }


def target(value: int, **more: str) -> dict:
    return {"revenue": {"target": {"target": value, **more}}}


def digest(folder: Path, **changes: object) -> str:
    settings = folder / "vigie.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS | changes))
    return collect_inputs(Installation(settings, folder / "home", AS_OF)).digest


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ({}, {"rules": [rule("month")]}, True),
        ({"rules": [rule("month")]}, {"rules": [rule("week")]}, True),
        ({"kpis": target(5)}, {"kpis": target(6)}, False),
        ({"kpis": target(5), "rules": [rule("month")]}, {"kpis": target(5), "rules": [rule("week")]}, False),
        ({"kpis": target(5), "exports": [export("month")]}, {"kpis": target(5), "exports": [export("week")]}, False),
        (
            {"kpis": target(5, grain="month"), "rules": [rule("month")]},
            {"kpis": target(5, grain="month"), "rules": [rule("week")]},
            True,
        ),
    ],
    ids=[
        "a rule is added",
        "the grain of a rule changes",
        "a target changes",
        "a target has the grain of the rule that changes",
        "a target has the grain of the export that changes",
        "the grain of a rule changes, the target names its own",
    ],
)
def test_what_needs_a_build(tmp_path: Path, before: dict, after: dict, is_same: bool) -> None:
    assert (digest(tmp_path, **before) == digest(tmp_path, **after)) is is_same


def test_a_record_of_the_future_needs_a_build_when_its_moment_comes_and_not_before(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    soon, later = now + timedelta(hours=1), now + timedelta(days=9999)
    extract = tmp_path / "orders.csv"
    rows = [
        f"{number},a,{moment.isoformat()},10" for number, moment in enumerate((now - timedelta(days=1), later, soon))
    ]
    extract.write_text("\n".join(["id,who,day,total", *rows]))
    os.utime(extract, (now.timestamp() - 3600,) * 2)
    settings = tmp_path / "vigie.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS))
    installation = Installation(settings, tmp_path / "home")
    ingest_source(installation, installation.settings().sources[0], ["order"])
    prepare_build(installation)
    record_success(installation.home, now)

    record = read_build_record(installation.home.warehouse)
    assert record is not None
    assert record.next_moment == soon
    assert is_up_to_date(installation)
    write_build_record(installation.home.warehouse, replace(record, next_moment=now))
    assert not is_up_to_date(installation)


def test_the_last_second_of_9999_may_be_one_of_the_year_10000(tmp_path: Path) -> None:
    extract = tmp_path / "orders.csv"
    extract.write_text("id,who,day,total\n1,a,9999-12-31 23:59:59,10\n2,a,2025-03-01 10:00:00,10\n")
    os.utime(extract, (AS_OF.timestamp() - 3600,) * 2)
    settings = tmp_path / "vigie.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS | {"company": {"name": "Digest", "timezone": "America/Sao_Paulo"}}))
    installation = Installation(settings, tmp_path / "home", AS_OF)
    ingest_source(installation, installation.settings().sources[0], ["order"])
    prepare_build(installation)
    record_success(installation.home, AS_OF)

    record = read_build_record(installation.home.warehouse)
    assert record is not None
    assert record.next_moment is None
