"""Which layer may read which: sources -> staging -> canonical -> intermediate models and marts -> KPIs."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.transform.dbt_rendering import manifest

# What a layer may read beside itself. `control` holds the facts of the run.
MAY_READ = {
    "staging": {"raw"},
    "canonical": {"staging", "control"},
    "intermediate": {"canonical", "marts", "control"},
    "marts": {"canonical", "intermediate", "control"},
    "kpi": {"intermediate", "marts", "control", "seed"},
}


def layer(node: Mapping[str, Any]) -> str:
    if node["resource_type"] == "source":
        return str(node["source_name"])
    return "seed" if node["resource_type"] == "seed" else str(node["fqn"][1])


def models() -> list[Mapping[str, Any]]:
    return [node for node in manifest()["nodes"].values() if node["resource_type"] == "model"]


def violations(models: list[Mapping[str, Any]], nodes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"{model['name']} ({layer(model)}) reads {nodes[read]['name']} ({layer(nodes[read])})"
        for model in models
        for read in model["depends_on"]["nodes"]
        if layer(nodes[read]) not in MAY_READ[layer(model)] | {layer(model)}
    ]


def test_no_model_reads_past_its_layer() -> None:
    assert len(models()) > 60
    assert violations(models(), {**manifest()["nodes"], **manifest()["sources"]}) == []


@pytest.mark.parametrize("read", ["model.vigie.stg_files__order", "source.vigie.raw.files__order"])
def test_a_mart_that_reads_staging_or_raw_is_found(read: str) -> None:
    mart = {**manifest()["nodes"]["model.vigie.fct_order"], "depends_on": {"nodes": [read]}}
    assert len(violations([mart], {**manifest()["nodes"], **manifest()["sources"]})) == 1


def test_every_canonical_model_has_an_enforced_contract() -> None:
    canonical = [model for model in models() if layer(model) == "canonical"]
    assert len(canonical) > 20
    assert [model["name"] for model in canonical if not model["config"]["contract"]["enforced"]] == []


def test_every_model_and_column_is_described() -> None:
    bare = [
        f"{model['name']}.{column['name'] if column else ''}"
        for model in models()
        for column in [None, *model["columns"].values()]
        if not (column or model)["description"]
    ]
    assert bare == []
