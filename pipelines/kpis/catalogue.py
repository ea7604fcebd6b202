"""The KPI catalogue, read from the metric definitions of the dbt project.

The metrics' YAML is the one place where a KPI is defined; dbt generates `fct_kpi` and `dim_kpi` from it, and this
module hands the same definitions to the settings' checks, the messages and the exports, without a build.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml

from pipelines.kpis.kpi import Direction, Kpi, Unit

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"

# The one in C, where PyYAML has it, is ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ADDITIVE = {"sum", "count", "sum_boolean"}


# Those of the documents the KPIs come from.
FAMILIES = ("satisfaction", "loyalty", "support", "sales", "marketing", "customer value", "team", "data quality")


class CatalogueError(Exception):
    """A KPI is not defined as it must be; the message says which and what is wrong."""


@cache
def load(project: Path = DBT_PROJECT) -> Mapping[str, Kpi]:
    """Every KPI by name, family by family, in the order of the files and of the entries in them; CatalogueError."""
    files = sorted((project / "models/metrics").glob("*.yml"))
    documents = [yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) for file in files]  # noqa: S506 - it is safe
    for document in documents:
        for metric in document.get("metrics", []):
            _refuse_filters(metric)
    measures = {name: found for document in documents for name, found in _measures(document)}
    simple = {
        metric["name"]: _measure_name(metric)
        for document in documents
        for metric in document.get("metrics", [])
        if metric["type"] == "simple"
    }
    bands = _bands(project / "seeds/kpi_benchmark.csv")
    found = [
        _kpi(metric, measures, simple, bands.get(metric["name"], {}))
        for document in documents
        for metric in document.get("metrics", [])
        if "family" in metric.get("config", {}).get("meta", {})
    ]
    # Who buys recommends: a family may be measured on the facts of another, in that one's file.
    families = list(dict.fromkeys(kpi.family for kpi in found))
    return {kpi.name: kpi for kpi in sorted(found, key=lambda kpi: families.index(kpi.family))}


def _measures(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for semantic_model in document.get("semantic_models", []):
        meta = semantic_model["config"]["meta"]
        segments = meta.get("segments") or [
            dimension["name"] for dimension in semantic_model["dimensions"] if dimension["type"] == "categorical"
        ]
        for measure in semantic_model["measures"]:
            own = measure.get("config", {}).get("meta", {})
            yield (
                measure["name"],
                {
                    "segments": segments,
                    "stands_for": own.get("stands_for"),
                    "is_flow": measure["agg"] in _ADDITIVE and not own.get("is_stock", meta.get("is_stock", False)),
                },
            )


def _measure_name(metric: Mapping[str, Any]) -> str:
    measure = metric["type_params"]["measure"]
    return str(measure["name"] if isinstance(measure, dict) else measure)


def _kpi(
    metric: Mapping[str, Any],
    measures: Mapping[str, Mapping[str, Any]],
    simple: Mapping[str, str],
    bands: Mapping[str, float],
) -> Kpi:
    meta = metric["config"]["meta"]
    _refuse_gaps(metric["name"], meta)
    is_ratio = metric["type"] == "ratio"
    if is_ratio:
        names = (metric["type_params"]["numerator"], metric["type_params"]["denominator"])
        parts = [simple.get(name, name) for name in names]
    else:
        parts = [_measure_name(metric)]
    return Kpi(
        name=metric["name"],
        label_en=metric["label"],
        label_fr=meta["label_fr"],
        family=meta["family"],
        description=metric["description"].strip(),
        formula=meta["formula"],
        unit=meta["unit"],
        direction=meta["direction"],
        source=meta["source"],
        maturity_days=meta["maturity_days"],
        is_additive=not is_ratio and measures[parts[0]]["is_flow"],
        segments=tuple(_common_segments(parts, measures)),
        bands=bands,
    )


def _refuse_filters(metric: Mapping[str, Any]) -> None:
    """CatalogueError for a filter: the KPI tables are made from measures alone, and would show what it leaves out."""
    inputs = metric.get("type_params", {}).values()
    if "filter" in metric or any("filter" in part for part in inputs if isinstance(part, dict)):
        raise CatalogueError(
            f"the metric {metric['name']} has a filter, which the KPI tables do not apply: write the condition into the"
            " expr of a measure"
        )


def _refuse_gaps(name: str, meta: Mapping[str, Any]) -> None:
    """CatalogueError if the definition of a KPI lacks something, or says something that nobody understands."""
    for key in ("label_fr", "family", "formula", "unit", "direction", "source", "maturity_days"):
        if key not in meta:
            raise CatalogueError(f"the metric {name} in dbt_project/models/metrics has no {key} under config.meta")
    for key, allowed in (("family", FAMILIES), ("unit", get_args(Unit)), ("direction", get_args(Direction))):
        if meta[key] not in allowed:
            raise CatalogueError(f"the metric {name}: {key} {meta[key]} is none of {', '.join(allowed)}")


def _common_segments(parts: list[str], measures: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The segments that every part of a KPI has, by its own semantic model or by one that stands for it."""
    available = [
        [
            segment
            for name, measure in measures.items()
            if part in (name, measure["stands_for"])
            for segment in measure["segments"]
        ]
        for part in parts
    ]
    return (segment for segment in dict.fromkeys(available[0]) if all(segment in others for others in available))


def _bands(seed: Path) -> dict[str, dict[str, float]]:
    bands: dict[str, dict[str, float]] = {}
    with seed.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if not row["sector"]:
                bands.setdefault(row["kpi"], {})[row["level"]] = float(row["bound"])
    return bands
