"""Reads the KPI catalogue from the manifest and from the seed with the benchmarks."""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pipelines.kpis import Kpi
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
        return catalogue_from_manifest(current_manifest(target), csv.DictReader(lines))
