"""The KPI catalogue: the definitions of all KPIs, read from dbt's manifest.

A KPI is a dbt metric whose `meta` names a family; other metrics are parts of KPIs. dbt parses the YAML and generates
`dim_kpi` and `fct_kpi` from it; this module returns the same definitions without a build.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from pipelines.kpis.errors import CatalogueError
from pipelines.kpis.grain import GRAINS, Grain
from pipelines.kpis.kpi import Benchmark, Direction, Kpi, Level, NoDrivers, ShownAs, Unit
from pipelines.kpis.need import Input, Need, parse_input, parse_needs, reduced
from pipelines.kpis.nouns import NOUNS
from pipelines.kpis.parameter import Parameter, parameters_of

# The families of the documents that the KPIs come from.
FAMILIES = ("satisfaction", "loyalty", "support", "sales", "marketing", "customer value", "team", "data quality")

# Whose own figures the catalogue compares with.
VENDORS = ("HubSpot", "Zendesk", "Mailchimp", "Salesforce")

_REQUIRED = ("label_fr", "family", "formula", "unit", "direction", "source", "maturity_days")
# The bounds of the values of a unit; a metric whose values have others says so by `range`. The models have the same.
_USUAL_RANGE: Mapping[Unit, tuple[float | None, float | None]] = {
    "ratio": (0, 1), "seconds": (0, None), "days": (0, None), "count": (0, None),
}  # fmt: skip
_ALLOWED = {
    "family": FAMILIES, "unit": get_args(Unit), "direction": get_args(Direction), "shown_as": get_args(ShownAs),
    "sample_of": tuple(filter(None, NOUNS)),
}  # fmt: skip
# A segment in the filter of a metric, as MetricFlow writes it: the entity of the semantic model and the dimension.
_DIMENSION = re.compile(r"\{\{\s*Dimension\(\s*'\w+?__(\w+)'\s*\)\s*\}\}")
_ADDITIVE = frozenset({"sum", "count", "sum_boolean"})


@dataclass(frozen=True, slots=True)
class _Measure:
    """What the catalogue needs to know of a measure.

    `adds_segments_to` names a measure that counts the same without these segments. `is_flow` says that values can be
    added up over periods and segments, `is_sum` that they can be over segments. `is_rolled_up` says that its rows are
    those of a stock. `dated_by` is the label of the dimension of time that puts its rows into periods. `needs` are the
    data without which it has no value.
    """

    segments: Sequence[str]
    adds_segments_to: str | None
    is_flow: bool
    is_sum: bool
    is_rolled_up: bool
    dated_by: str
    needs: Sequence[Need]


def catalogue_from_manifest(
    manifest: Mapping[str, Any], benchmarks: Iterable[Mapping[str, str]] = ()
) -> Mapping[str, Kpi]:
    """Returns every KPI by name, family by family, in the order of the files and of the metrics in them.

    Args:
        manifest: the content of dbt's manifest.json.
        benchmarks: the rows of the seed `kpi_benchmark`.

    Raises:
        CatalogueError: a definition is not valid.
    """
    metrics = sorted(manifest["metrics"].values(), key=lambda metric: str(metric["original_file_path"]))
    for metric in metrics:
        _refuse_filters_of_parts(metric)
    measures = dict(_measures(manifest["semantic_models"].values()))
    simple: dict[str, str] = {}
    for metric in metrics:
        if _is_simple(metric):
            simple[metric["name"]] = metric["type_params"]["measure"]["name"]
            if metric.get("filter"):
                measure = measures[simple[metric["name"]]]
                _refuse_filter(metric, measure)
                # A measure of its own: others add segments to the unfiltered one alone.
                measures[metric["name"]] = measure
                simple[metric["name"]] = metric["name"]
    by_kpi = _benchmarks(benchmarks)
    definitions = {metric["name"]: metric for metric in metrics if "family" in metric["config"]["meta"]}
    parameters = parameters_of(
        {name: metric["config"]["meta"].get("parameters", {}) for name, metric in definitions.items()}
    )
    found = [
        _kpi(metric, _parts(metric, definitions), measures, simple, parameters[name], tuple(by_kpi.get(name, ())))
        for name, metric in definitions.items()
    ]
    # A file may hold KPIs of several families.
    families = list(dict.fromkeys(kpi.family for kpi in found))
    return {kpi.name: kpi for kpi in sorted(found, key=lambda kpi: families.index(kpi.family))}


def _is_simple(metric: Mapping[str, Any]) -> bool:
    return metric["type"] == "simple" and bool(metric["type_params"]["measure"])


def _measures(semantic_models: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, _Measure]]:
    for semantic_model in sorted(semantic_models, key=lambda found: str(found["name"])):
        _refuse_gaps_of_model(semantic_model)
        segments = semantic_model["config"]["meta"].get("segments") or [
            dimension["name"] for dimension in semantic_model["dimensions"] if dimension["type"] == "categorical"
        ]
        labels = {each["name"]: each.get("label") or "" for each in semantic_model["dimensions"]}
        for measure in semantic_model["measures"]:
            # dbt merges the meta of the semantic model into that of its measures.
            meta = measure["config"]["meta"]
            is_sum = measure["agg"] in _ADDITIVE
            is_flow = is_sum and not meta.get("is_stock", False)
            needs = _needs_of_measure(measure["name"], meta, semantic_model["config"]["meta"])
            is_rolled_up = "rolled_up_in" in semantic_model["config"]["meta"]
            dated_by = labels[measure.get("agg_time_dimension") or semantic_model["defaults"]["agg_time_dimension"]]
            yield (
                measure["name"],
                _Measure(segments, meta.get("adds_segments_to"), is_flow, is_sum, is_rolled_up, dated_by, needs),
            )


def _needs_of_measure(name: str, meta: Mapping[str, Any], of_model: Mapping[str, Any]) -> tuple[Need, ...]:
    """Returns the needs of a measure: rows of an entity, what its semantic model needs, and what it needs itself."""
    own = of_model.get("entities", ())
    # Of loads it does not matter what they are of.
    entities = [] if own == "all" else [*own, *of_model.get("otherwise", ())]
    rows = [Need(tuple((Input(entity),) for entity in entities))] if entities else []
    declared = [parse_needs(each.get("needs", []), f"the measure {name}") for each in (of_model, meta)]
    return (*rows, *(need for needs in declared for need in needs))


def _kpi(
    metric: Mapping[str, Any],
    simple_metrics: Sequence[str],
    measures: Mapping[str, _Measure],
    simple: Mapping[str, str],
    parameters: tuple[Parameter, ...],
    benchmarks: tuple[Benchmark, ...],
) -> Kpi:
    meta = metric["config"]["meta"]
    _refuse_gaps(metric["name"], meta)
    lowest, highest = meta.get("range") or _USUAL_RANGE.get(meta["unit"], (None, None))
    parts = [_measure(metric["name"], part, simple) for part in simple_metrics]
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
        is_additive=_is_simple(metric) and measures[parts[0]].is_flow,
        # The segments of a share of the whole are those of what is divided.
        segments=tuple(_common_segments(parts[:1] if meta.get("denominator_segment") == "all" else parts, measures)),
        parameters=parameters,
        needs=reduced(
            [
                *(need for part in parts for need in measures[part].needs),
                *parse_needs(meta.get("needs", []), f"the metric {metric['name']}"),
            ]
        ),
        needs_settings=tuple(meta.get("needs_settings", ())),
        benchmarks=benchmarks,
        description_fr=meta.get("description_fr", ""),
        formula_fr=meta.get("formula_fr", ""),
        dated_by=tuple(dict.fromkeys(_dating(metric["name"], part, measures[part]) for part in parts)),
        vendors=tuple((name, text.strip()) for name, text in meta.get("vendors", {}).items()),
        lowest=lowest,
        highest=highest,
        interval=meta.get("interval", "none"),
        no_drivers=_why_no_drivers(metric, [measures[part] for part in parts]),
        shown_as=meta.get("shown_as"),
        caveat=meta.get("caveat", "").strip(),
        caveat_fr=meta.get("caveat_fr", "").strip(),
        is_constant_as_a_whole=len(parts) == 2 and len(set(parts)) == 1,
        needs_words=tuple(
            (parse_input(column, f"the metric {metric['name']}"), word)
            for column, word in meta.get("needs_words", {}).items()
        ),
        needs_months=meta.get("needs_months", 0),
        sample_of=meta.get("sample_of", ""),
    )


def _why_no_drivers(metric: Mapping[str, Any], parts: Iterable[_Measure]) -> NoDrivers | None:
    """Returns why segments cannot explain the changes of a KPI, as `why_no_drivers` in the macros of dbt."""
    if metric["type"] == "derived":
        return "derived"
    if metric["config"]["meta"].get("denominator_segment") == "all":
        return "share_of_all"
    return None if all(part.is_sum for part in parts) else "not_a_sum"


def _dating(kpi: str, name: str, measure: _Measure) -> str:
    if not measure.dated_by:
        raise CatalogueError(
            f"the metric {kpi} has the measure {name}, whose dimension of time has no label: give the dimension a label"
            " that names the event, such as `label: resolution`"
        )
    return measure.dated_by


def _parts(metric: Mapping[str, Any], kpis: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Returns the names of the simple metrics that a KPI is made of: itself, its numerator and denominator, or those of
    the KPIs that it is derived from.
    """
    parameters = metric["type_params"]
    if metric["type"] == "ratio":
        return parameters["numerator"]["name"], parameters["denominator"]["name"]
    if _is_simple(metric):
        return (metric["name"],)
    if metric["type"] != "derived":
        raise CatalogueError(
            f"the metric {metric['name']} is of type {metric['type']}: a KPI is a simple metric, a ratio of two, or"
            " derived from other KPIs"
        )
    inputs = [each["name"] for each in parameters["metrics"]]
    for each in inputs:
        if each not in kpis or kpis[each]["type"] == "derived":
            raise CatalogueError(
                f"the metric {metric['name']} is derived from {each}, which is no KPI of its own or is derived itself:"
                f" give {each} a family, or make it a simple metric or a ratio"
            )
    return tuple(dict.fromkeys(part for each in inputs for part in _parts(kpis[each], kpis)))


def _measure(kpi: str, part: str, simple: Mapping[str, str]) -> str:
    if part not in simple:
        raise CatalogueError(f"the metric {kpi} divides {part}, which is not a simple metric of a measure")
    return simple[part]


def _refuse_filters_of_parts(metric: Mapping[str, Any]) -> None:
    """Raises CatalogueError for a filter that the KPI tables would ignore: they apply those of simple metrics alone."""
    inputs = metric["type_params"]
    parts = [inputs.get(name) or {} for name in ("measure", "numerator", "denominator")] + inputs.get("metrics", [])
    filters = [part.get("filter") for part in parts]
    if any(filters) or (metric.get("filter") and not _is_simple(metric)):
        raise CatalogueError(
            f"the metric {metric['name']} filters a part of it, which the KPI tables do not apply: write `filter`"
            " beside `type_params` of a simple metric, and name that metric here"
        )


def _refuse_filter(metric: Mapping[str, Any], measure: _Measure) -> None:
    """Raises CatalogueError if a filter names anything but segments of its measure."""
    for each in metric["filter"]["where_filters"]:
        template = each["where_sql_template"]
        named = _DIMENSION.findall(template)
        others = [name for name in named if name not in measure.segments]
        if measure.is_rolled_up or others or not named or "{" in _DIMENSION.sub("", template):
            raise CatalogueError(
                f"the metric {metric['name']} has the filter {template.strip()!r}, which the KPI tables do not apply:"
                " compare categorical dimensions of the measure's own semantic model, such as"
                " {{ Dimension('ticket__priority') }}, or write the condition into the expr of a measure"
            )


def _refuse_gaps(name: str, meta: Mapping[str, Any]) -> None:
    """Raises CatalogueError if the definition of a KPI lacks a key or has a value that is not allowed."""
    for key in _REQUIRED:
        if key not in meta:
            raise CatalogueError(f"the metric {name} in dbt_project/models/metrics has no {key} under config.meta")
    for key, allowed in _ALLOWED.items():
        if key in meta and meta[key] not in allowed:
            raise CatalogueError(f"the metric {name}: {key} {meta[key]} is none of {', '.join(allowed)}")
    for vendor in meta.get("vendors", {}):
        if vendor not in VENDORS:
            raise CatalogueError(f"the metric {name}: vendors has {vendor}, which is none of {', '.join(VENDORS)}")


def _refuse_gaps_of_model(semantic_model: Mapping[str, Any]) -> None:
    """Raises CatalogueError if a semantic model does not say what its KPIs wait for, or of which fact it is."""
    meta = semantic_model["config"]["meta"]
    needed = {
        "entities": ("the entities whose loading its KPIs wait for", bool(semantic_model["measures"])),
        "observed": ("the fact whose events its rows are", "rolled_up_in" not in meta),
    }
    for key, (meaning, is_needed) in needed.items():
        if is_needed and not meta.get(key):
            raise CatalogueError(
                f"the semantic model {semantic_model['name']} has no {key} in its meta: name {meaning}, see"
                " docs/adding-a-kpi.md#a-new-fact"
            )


def _common_segments(parts: Sequence[str], measures: Mapping[str, _Measure]) -> Iterator[str]:
    """Returns the segments that every part of a KPI has: its own, and those that other measures add to it."""
    available = [
        [
            *measures[part].segments,
            *(segment for found in measures.values() if found.adds_segments_to == part for segment in found.segments),
        ]
        for part in parts
    ]
    return (segment for segment in dict.fromkeys(available[0]) if all(segment in others for others in available))


def _benchmarks(rows: Iterable[Mapping[str, str]]) -> dict[str, list[Benchmark]]:
    found: dict[str, list[Benchmark]] = {}
    for row in rows:
        if row["level"] not in get_args(Level) or row["grain"] not in ("", *GRAINS):
            raise CatalogueError(
                f"the seed kpi_benchmark has the level {row['level']!r} at the grain {row['grain']!r} for {row['kpi']}:"
                f" levels are {' and '.join(get_args(Level))}, grains {', '.join(GRAINS)} or empty"
            )
        benchmark = Benchmark(
            cast("Level", row["level"]),
            float(row["bound"]),
            row["is_beyond"] == "true",
            row["sector"] or None,
            cast("Grain", row["grain"]) if row["grain"] else None,
            row["source"],
        )
        found.setdefault(row["kpi"], []).append(benchmark)
    return found
