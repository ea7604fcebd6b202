"""Which staging models are built: those of the source types that the settings have."""

import json
from collections.abc import Collection
from pathlib import Path

from pipelines.entities import ENTITIES
from pipelines.transform.manifest import TransformError
from pipelines.transform.project import project_folder

# The source types of the variable `source_entities` in dbt_project.yml. For these dbt needs no variables, so that what
# `make` prepared, `dbt` and `mf` on the command line and a home share one parse.
DEFAULT_SOURCE_TYPES = frozenset({"files"})


def dbt_arguments(source_types: Collection[str]) -> list[str]:
    """Returns the arguments that make dbt build the staging models of these source types and no others.

    Raises:
        TransformError: a source type has no staging models.
    """
    if frozenset(source_types) == DEFAULT_SOURCE_TYPES:
        return []
    entities = {source_type: source_entities(source_type) for source_type in sorted(source_types)}
    return ["--vars", json.dumps({"source_entities": entities}, sort_keys=True)]


def source_entities(source_type: str) -> list[str]:
    """Returns the entities that a source type delivers: those with a model `stg_<source type>__<entity>`.

    Raises:
        TransformError: there is none.
    """
    folder = _staging_folder(source_type)
    entities = [entity for entity in sorted(ENTITIES) if (folder / f"stg_{source_type}__{entity}.sql").exists()]
    if not entities:
        raise TransformError(
            f"the source type {source_type} has no staging models: add stg_{source_type}__<entity>.sql to {folder}"
        )
    return entities


def _staging_folder(source_type: str) -> Path:
    return project_folder() / "models" / "staging" / source_type
