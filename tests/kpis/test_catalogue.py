"""The KPI catalogue: read from the manifest, refused where a definition is not valid."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from pipelines.kpis import Benchmark, CatalogueError
from pipelines.kpis.catalogue import catalogue_from_manifest
from pipelines.kpis.dimensions import SEGMENT_NOUNS
from pipelines.kpis.formatting import Language
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.manifest import Manifest, current_manifest
from pipelines.transform.project import project_folder

CSAT = "metric.vigie.csat"


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return current_manifest(project_folder() / "target")


def test_families_are_listed_one_after_the_other() -> None:
    families = [kpi.family for kpi in load_catalogue(project_folder() / "target").values()]
    changes = sum(one != other for one, other in zip(families, ["", *families], strict=False))
    assert len(dict.fromkeys(families)) == changes


def test_kpis_have_the_order_of_their_files(manifest: dict[str, Any]) -> None:
    lines = (project_folder() / "models/metrics/support.yml").read_text(encoding="utf-8").splitlines()
    of_file = [line.removeprefix("  - name: ") for line in lines if line.startswith("  - name: ")]
    kpis = catalogue_from_manifest(manifest)
    assert [name for name in kpis if name in of_file] == [name for name in of_file if name in kpis]


def test_segments_are_those_that_both_parts_of_a_ratio_have(manifest: dict[str, Any]) -> None:
    kpis = catalogue_from_manifest(manifest)
    # Customers are counted by country and segment, sales by channel as well.
    assert kpis["arpu"].segments == ("country", "customer_segment", "rfm")
    # The lines of orders stand for the orders, by product category.
    assert "product_category" in kpis["revenue"].segments


def benchmark_row(**columns: str) -> dict[str, str]:
    row = {"kpi": "csat", "sector": "", "grain": "", "level": "good", "bound": "0.7", "is_beyond": "false"}
    return row | {"source": "E"} | columns


def test_benchmarks_are_those_of_the_sector_if_it_has_any(manifest: dict[str, Any]) -> None:
    general = benchmark_row(), benchmark_row(level="average", bound="0.5", is_beyond="true", grain="year")
    rows = [*general, benchmark_row(sector="retail", level="average", bound="0.1")]
    csat = catalogue_from_manifest(manifest, rows)["csat"]
    of_all = (Benchmark("good", 0.7, source="E"), Benchmark("average", 0.5, True, None, "year", "E"))
    assert csat.in_sector(None).benchmarks == csat.in_sector("insurance").benchmarks == of_all
    assert csat.in_sector("retail").benchmarks == (Benchmark("average", 0.1, sector="retail", source="E"),)
    with pytest.raises(CatalogueError, match="the level 'best'"):
        catalogue_from_manifest(manifest, [benchmark_row(level="best")])


def test_values_have_the_bounds_of_their_unit_unless_the_metric_has_a_range(manifest: dict[str, Any]) -> None:
    kpis = catalogue_from_manifest(manifest)
    ends = {name: (kpis[name].lowest, kpis[name].highest) for name in ("csat", "campaign_roi", "ces", "revenue")}
    assert ends == {"csat": (0, 1), "campaign_roi": (None, None), "ces": (0, 7), "revenue": (None, None)}
    assert (kpis["csat"].interval, kpis["revenue"].interval) == ("wilson", "none")


def without_label(metric: dict[str, Any]) -> None:
    del metric["config"]["meta"]["label_fr"]


def with_meta(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(metric: dict[str, Any]) -> None:
        metric["config"]["meta"][key] = value

    return change


def filtered(metric: dict[str, Any]) -> None:
    metric["filter"] = {"where_filters": [{"where_sql_template": "{{ Dimension('survey_response__team') }} = 'A'"}]}


def filtered_numerator(metric: dict[str, Any]) -> None:
    metric["type_params"]["numerator"]["filter"] = {"where_filters": [{"where_sql_template": "x"}]}


def derived_from(*names: str) -> Callable[[dict[str, Any]], None]:
    def change(metric: dict[str, Any]) -> None:
        metric["type"] = "derived"
        metric["type_params"] = {"expr": "1", "metrics": [{"name": name} for name in names]}

    return change


def cumulative(metric: dict[str, Any]) -> None:
    metric["type"] = "cumulative"


def ratio_of_a_ratio(metric: dict[str, Any]) -> None:
    metric["type_params"]["numerator"]["name"] = "nps"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_label, "the metric csat in dbt_project/models/metrics has no label_fr under config.meta"),
        (filtered, "the metric csat filters a part of it, which the KPI tables do not apply"),
        (filtered_numerator, "the metric csat filters a part of it, which the KPI tables do not apply"),
        (with_meta("family", "satisfacton"), "csat: family satisfacton is none of satisfaction, loyalty"),
        (with_meta("unit", "share"), "csat: unit share is none of ratio"),
        (with_meta("shown_as", "percent"), "csat: shown_as percent is none of points, hours"),
        (with_meta("sample_of", "orders"), "csat: sample_of orders is none of agents, answers"),
        (
            with_meta("needs_words", {"survey response": "csat"}),
            "'survey response' in its needs is neither an entity nor",
        ),
        (with_meta("direction", "high"), "csat: direction high is none of up, down, none"),
        (with_meta("vendors", {"Hubspot": "?"}), "csat: vendors has Hubspot, which is none of HubSpot, Zendesk"),
        (cumulative, "csat is of type cumulative: a KPI is a simple metric, a ratio of two, or derived"),
        (derived_from("nps", "survey_answers"), "csat is derived from survey_answers, which is no KPI of its own"),
        (derived_from("csat"), "csat is derived from csat, which is no KPI of its own or is derived itself"),
        (ratio_of_a_ratio, "csat divides nps, which is not a simple metric of a measure"),
    ],
)
def test_an_invalid_definition_is_refused(
    manifest: dict[str, Any], change: Callable[[dict[str, Any]], None], words: str
) -> None:
    changed = {**manifest, "metrics": {**manifest["metrics"], CSAT: deepcopy(manifest["metrics"][CSAT])}}
    change(changed["metrics"][CSAT])
    with pytest.raises(CatalogueError, match=words):
        catalogue_from_manifest(changed)


def test_a_kpi_is_dated_by_the_events_of_its_measures(manifest: dict[str, Any]) -> None:
    kpis = catalogue_from_manifest(manifest)
    assert kpis["resolution_time"].dated_by == ("resolution",)
    assert kpis["response_rate"].dated_by == ("creation",)
    # Two facts, each with its own event.
    assert kpis["customer_acquisition_cost"].dated_by == ("spending", "becoming a customer")


def test_an_event_without_a_name_is_refused(manifest: dict[str, Any]) -> None:
    changed = deepcopy(manifest)
    for dimension in changed["semantic_models"]["semantic_model.vigie.survey_responses"]["dimensions"]:
        dimension["label"] = None
    with pytest.raises(CatalogueError, match=r"csat has the measure \w+, whose dimension of time has no label"):
        catalogue_from_manifest(changed)


TICKET_VOLUME = "metric.vigie.ticket_volume"


def with_filter(manifest: dict[str, Any], metric: str, template: str) -> dict[str, Any]:
    changed = deepcopy(manifest)
    changed["metrics"][metric]["filter"] = {"where_filters": [{"where_sql_template": template}]}
    return changed


def test_a_filtered_metric_has_the_segments_and_the_kind_of_its_measure(manifest: dict[str, Any]) -> None:
    urgent = with_filter(manifest, TICKET_VOLUME, "{{ Dimension('ticket__priority') }} = 'urgent'")
    plain, filtered = (catalogue_from_manifest(each)["ticket_volume"] for each in (manifest, urgent))
    assert (filtered.segments, filtered.is_additive, filtered.needs) == (plain.segments, True, plain.needs)
    # Lines of orders stand for the orders, but not for those that pass a filter of the orders.
    of_channel = with_filter(manifest, "metric.vigie.revenue", "{{ Dimension('sale__channel') }} = 'web'")
    assert "product_category" not in catalogue_from_manifest(of_channel)["revenue"].segments


@pytest.mark.parametrize(
    ("metric", "template"),
    [
        (TICKET_VOLUME, "{{ Dimension('ticket__colour') }} = 'red'"),
        (TICKET_VOLUME, "{{ TimeDimension('ticket__created_on', 'day') }} > '2026-01-01'"),
        (TICKET_VOLUME, "{{ Dimension('ticket__priority') }} = {{ Metric('csat', ['ticket']) }}"),
        (TICKET_VOLUME, "1 = 1"),
        ("metric.vigie.backlog", "{{ Dimension('ticket__priority') }} = 'urgent'"),
    ],
)
def test_a_filter_that_the_kpi_tables_do_not_apply_is_refused(
    manifest: dict[str, Any], metric: str, template: str
) -> None:
    with pytest.raises(CatalogueError, match=r"has the filter .*, which the KPI tables do not apply"):
        catalogue_from_manifest(with_filter(manifest, metric, template))


@pytest.mark.parametrize("key", ["entities", "observed"])
def test_a_semantic_model_that_says_too_little_is_refused(manifest: dict[str, Any], key: str) -> None:
    changed = deepcopy(manifest)
    del changed["semantic_models"]["semantic_model.vigie.leads"]["config"]["meta"][key]
    with pytest.raises(CatalogueError, match=f"the semantic model leads has no {key} in its meta: name "):
        catalogue_from_manifest(changed)


def test_a_derived_kpi_has_what_its_kpis_have_in_common(manifest: dict[str, Any]) -> None:
    changed = deepcopy(manifest)
    derived_from("average_order_value", "arpu")(changed["metrics"][CSAT])
    kpis = catalogue_from_manifest(changed)
    assert kpis["csat"].segments == ("country", "customer_segment", "rfm")
    assert not kpis["csat"].is_additive
    assert {str(need) for need in kpis["csat"].needs} == {
        str(need) for name in ("average_order_value", "arpu") for need in kpis[name].needs
    }


def test_every_kpi_is_defined_in_french_as_well(manifest: dict[str, Any]) -> None:
    # What a French text must not have: words of the English one, and a plain space where French has a no-break one.
    english = re.compile(
        r"\b(the|of|and|share|mean|time|from|with|who|answers|revenue|resolved|sent|orders)\b| [;:»?!]|« "
    )
    for kpi in catalogue_from_manifest(manifest).values():
        assert kpi.description_fr, kpi.name
        assert kpi.formula_fr, kpi.name
        for text in (kpi.label_fr, kpi.description_fr, kpi.formula_fr):
            assert english.search(text.lower()) is None, f"{kpi.name}: {text}"
        assert kpi.description_in("fr") == kpi.description_fr
        assert kpi.formula_in("en") == kpi.formula


@pytest.mark.parametrize("language", SEGMENT_NOUNS)
def test_every_segment_has_a_name_in_every_language(manifest: dict[str, Any], language: Language) -> None:
    segments = {segment for kpi in catalogue_from_manifest(manifest).values() for segment in kpi.segments}
    unnamed = sorted(segments - SEGMENT_NOUNS[language].keys())
    assert unnamed == [], f"name {', '.join(unnamed)} in SEGMENT_NOUNS of pipelines/kpis/dimensions.py"


def test_every_parameter_is_read_by_a_model(manifest: dict[str, Any]) -> None:
    code = "\n".join(node["raw_code"] for node in manifest["nodes"].values() if node["resource_type"] == "model")
    code += "\n".join(macro["macro_sql"] for macro in manifest["macros"].values() if macro["package_name"] == "vigie")
    read = set(re.findall(r"kpi_parameter\(\s*'(\w+)',\s*'(\w+)'", code))
    declared = {
        (each.owner, each.name) for kpi in catalogue_from_manifest(manifest).values() for each in kpi.parameters
    }
    assert sorted(declared - read) == [], "no model reads these with the macro kpi_parameter: setting them does nothing"


def test_a_kpi_without_french_texts_has_the_english_ones(manifest: dict[str, Any]) -> None:
    changed = deepcopy(manifest)
    for key in ("description_fr", "formula_fr"):
        del changed["metrics"][CSAT]["config"]["meta"][key]
    csat = catalogue_from_manifest(changed)["csat"]
    assert (csat.description_in("fr"), csat.formula_in("fr")) == (csat.description, csat.formula)


def test_every_sample_has_a_noun(manifest: dict[str, Any]) -> None:
    assert [kpi.name for kpi in catalogue_from_manifest(manifest).values() if not kpi.sample_of] == []
