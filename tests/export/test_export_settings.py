"""The settings of exports and of publishing: what is accepted, and the errors for what is not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.export.settings import Export, Publish

MakeExport = Callable[..., Export]


def test_the_example_of_the_contract_is_accepted_with_its_defaults() -> None:
    export = Export.model_validate(
        {
            "name": "weekly",
            "schedule": "0  7 * * 1",
            "format": "xlsx",
            "kpis": ["csat", "nps"],
            "grain": "week",
            "to": {"path": "exports/"},
        }
    )
    assert (export.schedule, export.periods, export.by, export.keep) == ("0 7 * * 1", 12, [], None)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("name", "Weekly report", "is not a valid name"),
        ("schedule", "0 7 * *", "five fields"),
        ("schedule", "* 0 7 * * 1", "five fields"),
        ("schedule", "@weekly", "five fields"),
        ("schedule", "61 7 * * 1", "not a cron expression"),
        ("schedule", "R 7 * * 1", "random time"),
        ("schedule", "0 7 h(0-3) * *", "random time"),
        ("schedule", "0 7 30 2 *", "never happens"),
        ("format", "docx", "'csv', 'parquet', 'xlsx', 'html', 'pdf' or 'digest'"),
        ("kpis", [], "at least 1"),
        ("kpis", ["csat", "nps", "csat"], "named twice: csat"),
        ("grain", "fortnight", "'day', 'week'"),
        ("periods", 0, "greater than or equal to 1"),
        ("by", ["all"], "always exported"),
        ("by", ["channel", "channel"], "named twice: channel"),
        ("to", {"path": "s4://bucket/folder"}, "'s4://' is not known"),
        ("to", {"path": " "}, "give a folder"),
        ("to", {}, "name either a path"),
        ("to", {"path": "exports/", "channel": "heads"}, "name either a path"),
        ("to", {"channel": ["heads", "heads"]}, "named twice: heads"),
        ("format", "digest", "a digest is a message: name a channel instead"),
        ("keep", 0, "greater than or equal to 1"),
        ("delimiter", ":", "',', ';'"),
        ("decimal", "'", "'.' or ','"),
        ("delimiter", ";", "only a file of format csv has it"),
        ("decimal", ",", "would separate cells as well; set delimiter: ';'"),
        ("browser", "chromium", "only a file of format pdf has it"),
        ("kpi", "csat", "Extra inputs"),
    ],
)
def test_a_mistake_is_refused_with_what_is_allowed(
    make_export: MakeExport, key: str, value: object, message: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        make_export(**{key: value})
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "schedule", ["0 7 * * mon", "*/15 8-18 * * 1-5", "0 9 * * sat-sun", "0 0 29 2 *", "30 2 1 mar,apr *"]
)
def test_schedules_are_accepted(make_export: MakeExport, schedule: str) -> None:
    assert make_export(schedule=schedule).schedule == schedule


def test_folders_are_relative_to_the_settings_and_addresses_stay_as_they_are(
    make_export: MakeExport, tmp_path: Path
) -> None:
    def resolved(path: str) -> str:
        return make_export(to={"path": path}).to.resolved(tmp_path)

    assert resolved("exports/") == str(tmp_path / "exports")
    assert resolved("/srv/exports") == "/srv/exports"
    assert resolved("file:///srv/exports") == "/srv/exports"
    assert resolved("s3://bucket/folder") == "s3://bucket/folder"


def test_everything_but_people_is_published_by_default() -> None:
    publish = Publish()
    assert (publish.duckdb, publish.parquet, publish.personal) == (True, True, False)
    assert (publish.grains, publish.tables) == (["day", "week", "month", "quarter", "year"], None)
    assert (publish.postgres.get_secret_value(), publish.schema_) == ("", "vigie")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("grains", [], "at least 1"),
        ("grains", ["fortnight"], "'day', 'week'"),
        ("grains", ["week", "week"], "named twice: week"),
        ("tables", [], "at least 1"),
        ("tables", ["kpi", "kpi"], "named twice: kpi"),
        ("schema", "public", "must be Vigie's alone"),
        ("schema", "pg_vigie", "cannot be a schema"),
        ("schema", 'vigie"; drop', "cannot be a schema"),
        ("schema", "v" * 64, "cannot be a schema"),
        ("postgres", "mysql://vigie:hunter2@db/kpi", "address of a PostgreSQL database"),
    ],
)
def test_a_mistake_in_publish_is_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Publish.model_validate({key: value})
    assert message in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_csv_file_has_a_delimiter_and_a_decimal_mark_that_differ(make_export: MakeExport) -> None:
    export = make_export(format="csv", delimiter=";", decimal=",")
    assert (export.delimiter, export.decimal) == (";", ",")
    assert (make_export(format="csv").delimiter, make_export(format="csv").decimal) == (",", ".")
    with pytest.raises(ValidationError, match="would separate cells as well"):
        make_export(format="csv", decimal=",")
