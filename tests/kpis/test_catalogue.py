import shutil
from pathlib import Path

import pytest

from pipelines.kpis import catalogue
from pipelines.kpis.catalogue import CatalogueError
from pipelines.transform.project import project_folder


def project(folder: Path, old: str, new: str) -> Path:
    """A copy of the metrics in which something is wrong."""
    copy = folder / "project"
    for part in ("models/metrics", "seeds"):
        shutil.copytree(project_folder() / part, copy / part)
    file = copy / "models/metrics/satisfaction.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_families_stand_together() -> None:
    families = [kpi.family for kpi in catalogue.load().values()]
    assert len(dict.fromkeys(families)) == sum(
        one != other for one, other in zip(families, ["", *families], strict=False)
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("label_fr:", "label_de:", "has no label_fr"),
        (
            "    type_params: {numerator: csat_positive_answers",
            "    filter: x\n    type_params: {numerator: csat_positive_answers",
            "filter",
        ),
        ("{numerator: csat_positive_answers,", "{numerator: {name: csat_positive_answers, filter: x},", "filter"),
        ("family: satisfaction", "family: satisfacton", "family satisfacton is none of satisfaction, loyalty"),
        ("unit: ratio", "unit: share", "unit share is none of ratio"),
        ("direction: up", "direction: high", "direction high is none of up, down, none"),
    ],
)
def test_a_gap_in_a_definition_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(CatalogueError, match=words):
        catalogue.load(project(tmp_path, old, new))
