"""The models that are published for BI tools, as the manifest describes them: those of schema `main`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pipelines.transform.manifest import Manifest, current_manifest
from pipelines.transform.project import last_change, project_folder

_SCHEMA = "main"


@dataclass(frozen=True, slots=True)
class PublicModel:
    """A model of schema `main`.

    Attributes:
        family: the folder of the model below `marts`; `kpi` for the KPI tables.
        description: what a row is.
        columns: the description of each column.
        personal: how columns identify people, by the `personal` of their `meta`: see docs/bi.md.
    """

    family: str
    description: str
    columns: Mapping[str, str]
    personal: Mapping[str, Literal["value", "id", "segment", "segment_name"]]


@dataclass(frozen=True, slots=True)
class PublicModels:
    """All models by name, and the segment types whose segments are people."""

    models: Mapping[str, PublicModel]
    person_segments: Sequence[str]


def load_public_models(target: Path) -> PublicModels:
    """Returns the published models; they are read again when a file of the dbt project has changed.

    Args:
        target: the folder for dbt's artefacts of a home folder, where a new parse is kept.

    Raises:
        TransformError: the dbt project cannot be parsed.
    """
    project = project_folder()
    return _load(target, project, last_change(project))


@lru_cache(maxsize=2)
def _load(target: Path, _project: Path, _last_change: float) -> PublicModels:
    return public_models(current_manifest(target))


def public_models(manifest: Manifest) -> PublicModels:
    """Returns the published models of a manifest.

    A dimension's segments are people if it is a column that its model declares as the id of a person.
    """
    models = {
        node["name"]: PublicModel(
            family=node["fqn"][-2],
            description=node["description"],
            columns={name: column["description"] for name, column in node["columns"].items()},
            personal={
                name: column["config"]["meta"]["personal"]
                for name, column in node["columns"].items()
                if "personal" in column["config"]["meta"]
            },
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == _SCHEMA
    }
    people = {
        dimension["name"]
        for semantic_model in manifest["semantic_models"].values()
        if (model := models.get(semantic_model["node_relation"]["alias"])) is not None
        for dimension in semantic_model["dimensions"]
        if model.personal.get(dimension["expr"] or dimension["name"]) == "id"
    }
    return PublicModels(models, tuple(sorted(people)))
