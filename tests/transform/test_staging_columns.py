"""A staging model of any source type has the columns of its entity: one that lacks a column fails in runs alone."""

import re
from pathlib import Path

import pytest
import sqlglot

from pipelines.entities import ENTITIES
from pipelines.transform.project import project_folder

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = {"_version_at", "_version_number", "_version_text", "_is_deleted", "_load_sequence", "_file", "_row"}
FOLDERS = [project_folder() / "models/staging", ROOT / "tests/sources/change_feed/staging"]
MODELS = sorted(path for folder in FOLDERS for path in folder.rglob("stg_*__*.sql"))


def differences(sql: str, entity: str) -> set[str]:
    """The columns that a staging model lacks or has beyond those of its entity, its source and its origin."""
    query = sqlglot.parse_one(re.sub(r"\{\{.*?\}\}", "relation", sql), read="duckdb")
    return set(query.named_selects) ^ {"source", *ENTITIES[entity].column_names, *ORIGIN}


def test_models_of_several_source_types_are_compared() -> None:
    assert {re.split("_{1,2}", path.stem)[1] for path in MODELS} >= {"files", "change"}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_staging_model_has_the_columns_of_its_entity(path: Path) -> None:
    entity = path.stem.rsplit("__", 1)[1]
    assert differences(path.read_text(encoding="utf-8"), entity) == set()


def test_a_column_that_is_missing_or_too_many_is_found() -> None:
    sql = (project_folder() / "models/staging/files/stg_files__lead.sql").read_text(encoding="utf-8")
    assert differences(sql.replace("    country,", "    land,"), "lead") == {"country", "land"}
