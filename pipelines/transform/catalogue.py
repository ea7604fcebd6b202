"""Reads the KPI catalogue from the manifest and from the seed with the benchmarks."""

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from pipelines.config import nearest
from pipelines.entities import ENTITIES
from pipelines.kpis import CatalogueError, Input, Kpi
from pipelines.kpis.catalogue import catalogue_from_manifest
from pipelines.transform.manifest import current_manifest
from pipelines.transform.project import last_change, project_folder

_BENCHMARKS = "seeds/kpi_benchmark.csv"


def load_catalogue(target: Path) -> Mapping[str, Kpi]:
    """Returns every KPI by name; it is read again when a file of the dbt project has changed.

    Args:
        target: the folder for dbt's artefacts of a home folder, where a new parse is kept.

    Raises:
        TransformError: the dbt project cannot be parsed.
        CatalogueError: the definition of a KPI is not valid.
    """
    project = project_folder()
    return _load(target, project, last_change(project))


@lru_cache(maxsize=2)
def _load(target: Path, project: Path, _last_change: float) -> Mapping[str, Kpi]:
    with (project / _BENCHMARKS).open(encoding="utf-8", newline="") as lines:
        kpis = catalogue_from_manifest(current_manifest(target), csv.DictReader(lines))
    refuse_unknown_inputs(kpis)
    return kpis


def refuse_unknown_inputs(kpis: Mapping[str, Kpi]) -> None:
    """Raises CatalogueError if a KPI needs an entity or a column that does not exist."""
    known = [str(each) for name in ENTITIES for each in (Input(name), *_columns(name))]
    for kpi in kpis.values():
        for each in (each for need in kpi.needs for each in need.inputs):
            if str(each) not in known:
                near = nearest(str(each), known)
                raise CatalogueError(
                    f"the KPI {kpi.name} needs {each}, which no entity has{f'; did you mean {near}?' if near else ''}"
                )


def _columns(entity: str) -> Iterator[Input]:
    return (Input(entity, column) for column in ENTITIES[entity].column_names)
