"""The generated dbt files are committed as the entities make them."""

import yaml

from pipelines.entities import ENTITIES, Column, Entity
from pipelines.transform.generate import (
    creation_column,
    generated_files,
    generated_project_file,
    staging_folders,
)
from pipelines.transform.project import project_folder

PROJECT = project_folder()


def test_the_committed_files_are_current() -> None:
    stale = [
        str(path)
        for path, content in generated_files().items()
        if not (PROJECT / path).exists() or (PROJECT / path).read_text(encoding="utf-8") != content
    ]
    assert stale == [], "make generate"


def test_no_other_staging_or_canonical_model_is_committed() -> None:
    committed = {
        path.relative_to(PROJECT)
        for folder in ("models/staging/files", "models/canonical")
        for path in (PROJECT / folder).iterdir()
        if not path.name.endswith("__unit_tests.yml")
    }
    assert committed == {path for path in generated_files() if path.parts[0] == "models"}


def test_the_project_file_is_current() -> None:
    content = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    assert content == generated_project_file(content, staging_folders(PROJECT)), "make generate"
    project = yaml.safe_load(content)
    assert project["vars"]["source_entities"] == {"files": sorted(ENTITIES)}


def test_each_source_type_has_an_entry_in_the_project_file() -> None:
    content = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    project = yaml.safe_load(generated_project_file(content, ["crm", "files"]))
    for section in ("models", "sources"):
        staging = project[section]["vigie"]["staging"]
        assert staging["crm"]["+enabled"] == "{{ 'crm' in var('source_entities', {'files': []}) }}"
        assert "files" in staging


def test_a_row_begins_to_exist_at_its_creation() -> None:
    found = {name: creation_column(entity) for name, entity in ENTITIES.items()}
    assert found["order"] == "ordered_at"
    assert found["customer"] == "created_at"
    # When somebody was hired, or a campaign started, says nothing about the row.
    assert found["agent"] is None
    assert found["campaign"] is None
    assert found["fx_rate"] is None
    columns = (Column("a", "text", ""), Column("at", "timestamp", ""), Column("then", "timestamp", "", required=True))
    assert creation_column(Entity("x", "", columns, ("a",))) == "then"
