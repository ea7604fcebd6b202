"""A second source type in a copy of the dbt project: it adds staging models, and changes no canonical model or mart."""

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.transform.dbt import run_dbt
from pipelines.transform.generate import generated_project_file, staging_folders
from pipelines.transform.manifest import TransformError, ensure_manifest
from pipelines.transform.project import project_folder
from pipelines.transform.source_types import dbt_arguments, source_entities
from tests.transform.dbt_rendering import manifest

VERSION = "_version_at, _version_number, _version_text, _is_deleted, _load_sequence, _file, _row"
# One resource of the vendor, `person`, fills two entities.
STAGING = {
    "customer": """
        select
            _source as source, id as customer_id, mail as email, full_name as name, cast(null as varchar) as country,
            cast(null as varchar) as segment, cast(null as varchar) as acquisition_channel, created as created_at,
            cast(null as timestamptz) as became_customer_at, cast(null as timestamptz) as churned_at,
            cast(null as varchar) as owner_id, cast(null as varchar) as referred_by, created as updated_at,
            cast(null as varchar) as merged_into,
        """,
    "lead": """
        select
            _source as source, id as lead_id, created as created_at, mail as email, cast(null as varchar) as channel,
            cast(null as varchar) as campaign_id, cast(null as timestamptz) as converted_at,
            cast(null as timestamptz) as lost_at, id as customer_id, cast(null as varchar) as owner_id,
            cast(null as varchar) as country,
        """,
}
SOURCES = "version: 2\nsources: [{name: raw, schema: raw, tables: [{name: demo_crm__person}]}]\n"
PERSONS = """
    create view raw.demo_crm__person as
    select
        'crm' as _source, id, id || '@example.com' as mail, 'Person ' || id as full_name, created,
        created as _version_at, cast(null as double) as _version_number, cast(null as varchar) as _version_text,
        is_deleted as _is_deleted, load as _load_sequence, 'page' as _file, 1 as _row
    from (
        values
        ('1', timestamptz '2026-01-05 10:00:00+00', 1, false),
        ('2', timestamptz '2026-01-06 10:00:00+00', 1, false),
        ('2', timestamptz '2026-01-07 10:00:00+00', 2, true)
    ) as persons (id, created, load, is_deleted)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project with the staging models of `demo_crm`."""
    project = tmp_path / "dbt_project"
    shutil.copytree(project_folder(), project, ignore=shutil.ignore_patterns("logs", "dbt.log"))
    folder = project / "models/staging/demo_crm"
    folder.mkdir()
    (folder / "_demo_crm__sources.yml").write_text(SOURCES, encoding="utf-8")
    for entity, columns in STAGING.items():
        sql = f"{columns} {VERSION} from {{{{ source('raw', 'demo_crm__person') }}}}"
        (folder / f"stg_demo_crm__{entity}.sql").write_text(sql, encoding="utf-8")
    configuration = project / "dbt_project.yml"
    content = configuration.read_text(encoding="utf-8")
    configuration.write_text(generated_project_file(content, staging_folders(project)), encoding="utf-8")
    monkeypatch.setenv("VIGIE_DBT_PROJECT", str(project))
    return project


def staging_models(target: Path, arguments: list[str]) -> set[str]:
    nodes = ensure_manifest(target, arguments)["nodes"].values()
    return {node["name"] for node in nodes if node["resource_type"] == "model" and node["fqn"][1] == "staging"}


@pytest.mark.slow
@pytest.mark.acceptance
def test_a_source_type_is_built_where_the_settings_have_it(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert source_entities("demo_crm") == ["customer", "lead"]
    files_alone = staging_models(home / "dbt", dbt_arguments({"files"}))
    assert not any("demo_crm" in name for name in files_alone)
    # The same home after its settings have changed, twice.
    both = dbt_arguments({"demo_crm", "files"})
    assert staging_models(home / "dbt", both) - files_alone == {"stg_demo_crm__customer", "stg_demo_crm__lead"}
    alone = dbt_arguments({"demo_crm"})
    assert staging_models(home / "dbt", alone) == {"stg_demo_crm__customer", "stg_demo_crm__lead"}

    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema raw; create schema control")
        connection.execute("create table control.run as select timestamptz '2026-02-01 00:00:00+00' as as_of")
        # Nothing was built before.
        connection.execute(
            "create table control.increment"
            " (entity varchar, source varchar, built_sequence bigint, built_as_of timestamptz)"
        )
        connection.execute(PERSONS)
    done = run_dbt(
        ["build", *alone, "--select", "staging", "canonical", "--exclude-resource-type", "unit_test"],
        home / "dbt",
        folder=home,
    )
    assert done.returncode == 0, done.output
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        query = "select source, customer_id, email from canonical.canonical__customer"
        assert connection.execute(query).fetchall() == [("crm", "1", "1@example.com")]
        assert connection.execute("select lead_id from canonical.canonical__lead").fetchall() == [("1",)]
        # What no source type delivers is empty, in the types of the contract.
        described = connection.execute("describe canonical.canonical__order").fetchall()
        assert dict(row[:2] for row in described)["amount"] == "DECIMAL(18,6)"
        assert connection.execute("select count(*) from canonical.canonical__order").fetchall() == [(0,)]
        # Beside the extracts, whose persons have ids of their own.
        connection.execute(
            "create view raw.files__customer as select 'shop' as _source, '1' as customer_id, null::varchar as email,"
            " null::varchar as name, null::varchar as country, null::varchar as segment,"
            " null::varchar as acquisition_channel, null::timestamptz as created_at,"
            " null::timestamptz as became_customer_at, null::timestamptz as churned_at, null::varchar as owner_id,"
            " null::varchar as referred_by, null::timestamptz as updated_at, null::varchar as merged_into,"
            " null::timestamptz as _version_at, null::double as _version_number, null::varchar as _version_text,"
            " false as _is_deleted, 1 as _load_sequence, 'f' as _file, 1 as _row"
        )
    done = run_dbt(
        ["build", *both, "--select", "+canonical__customer", "--exclude-resource-type", "unit_test"],
        home / "dbt",
        folder=home,
    )
    assert done.returncode == 0, done.output
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        query = "select source, customer_id from canonical.canonical__customer order by source"
        assert connection.execute(query).fetchall() == [("crm", "1"), ("shop", "1")]


def test_the_default_needs_no_variables() -> None:
    """So that dbt and mf on the command line, and every home, share what `make` prepared."""
    assert dbt_arguments(["files"]) == []
    assert any(node["name"] == "stg_files__order" for node in manifest()["nodes"].values())


def test_a_source_type_without_staging_models_is_refused() -> None:
    with pytest.raises(TransformError, match="the source type fax has no staging models"):
        dbt_arguments(["fax"])


def test_without_sources_no_staging_model_is_built() -> None:
    assert dbt_arguments([]) == ["--vars", '{"source_entities": {}}']
