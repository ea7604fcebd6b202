"""Which tests compute a KPI: the page docs/kpi-tests.md, and that no KPI is without any.

`make docs` writes the page.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.kpis import Kpi
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.kpis.refused import REFUSED

EDGES = ("two_moments", "test_clock_changes", "test_record_edges", "test_value_edges")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/kpi-tests.md"
VALUES = "int_kpi_values"
HEAD = """# The tests of each KPI

Written by `make docs`. Every KPI is also computed without each of its needs, and with them alone
(`tests/kpis/test_needs_on_data.py`), and its values in the demo company are checked by `plausible_values`.

- *examples*: dbt unit tests that begin with finished measures, the worked examples of the documents among them;
- *data*: dbt unit tests of the facts that it is measured on, and of the models that these are made of;
- *oracle*: the module of `tests/acceptance/oracle` that computes it once more, with pandas, on untidy extracts;
- *MetricFlow*: compared by grain and segment (`tests/orchestration/test_metricflow.py`), or refused by name;
- *real data*: `tests/examples`, on public data sets with known results;
- *edges*: the modules of `tests/kpis` that have its values, by hand, where a day, an ISO week 53 or a leap day begins or
  ends and where clocks change; of one row and of none; of records that come twice, late, merged, deleted or in other
  currencies. Those of `two_moments` are compared by `test_calendar_edges`, `test_record_versions` and
  `test_periods_without_data`; the last computes every KPI with a zero above and below the line as well.

| KPI | examples | data | oracle | MetricFlow | real data | edges |
| --- | --- | --- | --- | --- | --- | --- |
"""


def manifest() -> dict[str, Any]:
    return json.loads((project_folder() / "target/manifest.json").read_text(encoding="utf-8"))


def rows(
    found: Mapping[str, Any], kpis: Sequence[Kpi]
) -> Iterator[tuple[str, list[str], list[str], str, str, str, str]]:
    """Yields of each KPI its name and its tests, in the order of the columns."""
    by_model: dict[str, list[str]] = {}
    examples: dict[str, list[str]] = {}
    for test in found["unit_tests"].values():
        by_model.setdefault(test["model"], []).append(test["name"])
        if test["model"] == VALUES:
            for kpi in {row["kpi"] for row in test["expect"]["rows"] if "kpi" in row}:
                examples.setdefault(kpi, []).append(test["name"])
    models_of = {
        measure["name"]: models
        for semantic_model in found["semantic_models"].values()
        for models in [list(_models(found, semantic_model))]
        for measure in semantic_model["measures"]
    }
    oracle = _texts(ROOT / "tests/acceptance/oracle")
    real = _texts(ROOT / "tests/examples")
    edges = {name: text for name, text in _texts(ROOT / "tests/kpis").items() if name in EDGES}
    for kpi in kpis:
        measures = _measures(found, kpi.name)
        models = dict.fromkeys(model for measure in measures for model in models_of.get(measure, []))
        yield (
            kpi.name,
            sorted(examples.get(kpi.name, [])),
            [f"{model} ({len(by_model[model])})" for model in models if model in by_model],
            ", ".join(_naming(kpi.name, oracle)),
            "refused" if kpi.name in REFUSED else "compared",
            ", ".join(_naming(kpi.name, real)),
            ", ".join(_naming(kpi.name, edges)),
        )


def _measures(found: Mapping[str, Any], metric: str) -> list[str]:
    node = found["metrics"][f"metric.vigie.{metric}"]
    inputs = [each["name"] for each in node["type_params"]["input_measures"]]
    return inputs + [
        measure
        for each in node["type_params"]["metrics"] or []
        if f"metric.vigie.{each['name']}" in found["metrics"]
        for measure in _measures(found, each["name"])
    ]


def _models(found: Mapping[str, Any], semantic_model: Mapping[str, Any]) -> Iterator[str]:
    """Yields the model of a semantic model, and those that it is made of."""
    name = semantic_model["config"]["meta"].get("rolled_up_in") or semantic_model["refs"][0]["name"]
    yield name
    for key in found["nodes"][f"model.vigie.{name}"]["depends_on"]["nodes"]:
        if key.startswith("model."):
            yield found["nodes"][key]["name"]


def _texts(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}


def _naming(kpi: str, texts: Mapping[str, str]) -> list[str]:
    """Returns which of some programs compute a KPI: they have its name, or add the last word of it to another name."""
    base, _, variant = kpi.rpartition("_")
    whole, part, suffix = (
        re.compile(pattern) for pattern in (rf"['\"]{kpi}['\"]", rf"['\"]{base}['\"]", rf"['\"_]{variant}['\"]")
    )
    return [
        name
        for name, text in texts.items()
        if name != "definitions" and (whole.search(text) or (part.search(text) and suffix.search(text)))
    ]


def page() -> str:
    lines = [
        f"| {name} | {', '.join(examples)} | {', '.join(data)} | {oracle} | {metricflow} | {real} | {edges} |"
        for name, examples, data, oracle, metricflow, real, edges in rows(
            manifest(), list(load_catalogue(project_folder() / "target").values())
        )
    ]
    return HEAD + "\n".join(lines) + "\n"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_no_kpi_is_without_tests_of_its_data() -> None:
    kpis = list(load_catalogue(project_folder() / "target").values())
    assert [row[0] for row in rows(manifest(), kpis) if not row[1] and not row[2]] == []


def test_a_kpi_without_tests_is_seen() -> None:
    found = manifest()
    found["unit_tests"] = {}
    [(_, examples, data, *_)] = rows(found, [load_catalogue(project_folder() / "target")["csat"]])
    assert (examples, data) == ([], [])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
