"""The parameters of KPIs in the settings: those that the catalogue declares, and no others."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines import settings as vigie_settings
from pipelines.config import SettingsError, json_schema
from pipelines.kpis import Kpi, Parameter
from pipelines.settings import Settings, settings_model
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

CATALOGUE = load_catalogue(project_folder() / "target")
ACTIVE_DAYS = next(found for found in CATALOGUE["active_customers"].parameters if found.name == "active_days")
EXCLUDED_STATUSES = next(found for found in CATALOGUE["revenue"].parameters if found.name == "excluded_statuses")
REVENUE_FROM = next(found for found in CATALOGUE["revenue"].parameters if found.name == "from")
# A few KPIs with these parameters alone, so that a new KPI or parameter changes no text below.
KPIS = {
    name: replace(CATALOGUE[name], parameters=parameters)
    for name, parameters in {
        "csat": (),
        "active_customers": (ACTIVE_DAYS,),
        "retention_rate": (ACTIVE_DAYS,),
        "churn_rate": (ACTIVE_DAYS,),
        "arpu": (ACTIVE_DAYS,),
        "revenue": (EXCLUDED_STATUSES,),
        "average_order_value": (EXCLUDED_STATUSES,),
    }.items()
}


def load(folder: Path, kpis: str, catalogue: Mapping[str, Kpi] = KPIS) -> Settings:
    file = folder / "settings.yaml"
    file.write_text(f"company: {{name: A}}\nkpis:\n{kpis}", encoding="utf-8")
    return vigie_settings.load(file, catalogue, {"DAYS": "90"})


def problems(folder: Path, kpis: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(folder, kpis)
    return [str(problem).partition("settings.yaml:")[2] for problem in refused.value.problems]


def test_what_is_not_set_has_the_default_of_the_catalogue(tmp_path: Path) -> None:
    settings = load(tmp_path, "  csat: {target: 85%}\n")
    assert settings.parameter(ACTIVE_DAYS) == 365
    assert settings.parameter(EXCLUDED_STATUSES)[:2] == ("abandoned", "abandonné")


def test_what_one_kpi_sets_holds_for_all_that_share_it(tmp_path: Path) -> None:
    settings = load(tmp_path, "  arpu: {active_days: '${DAYS}'}\n  average_order_value: {excluded_statuses: [Void]}\n")
    assert settings.parameter(ACTIVE_DAYS) == 90
    assert settings.parameter(EXCLUDED_STATUSES) == ("Void",)


def test_a_duration_is_written_with_its_unit_and_a_choice_is_one_of_its_values(tmp_path: Path) -> None:
    window = Parameter("window", "revenue", "duration", "90d", "How long before.")
    model = Parameter("model", "revenue", "text", "last", "Which.", allowed=("first", "last"))
    catalogue = {**KPIS, "revenue": replace(CATALOGUE["revenue"], parameters=(window, model))}

    settings = load(tmp_path, "  revenue: {target: 5}\n", catalogue)
    assert (settings.parameter(window), settings.parameter(model)) == (timedelta(days=90), "last")
    settings = load(tmp_path, "  revenue: {window: 36h, model: first}\n", catalogue)
    assert (settings.parameter(window), settings.parameter(model)) == (timedelta(hours=36), "first")

    with pytest.raises(SettingsError) as refused:
        load(tmp_path, "  revenue: {window: 90, model: lst}\n", catalogue)
    text = str(refused.value)
    assert "write how long, such as 30d or 12h, instead of 90" in text
    assert "first" in text
    assert "last" in text


def test_a_text_with_allowed_values_has_no_other(tmp_path: Path) -> None:
    assert load(tmp_path, "  revenue: {from: deals}\n", CATALOGUE).parameter(REVENUE_FROM) == "deals"
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, "  revenue: {from: order}\n", CATALOGUE)
    [problem] = refused.value.problems
    assert all(word in str(problem) for word in ("auto", "orders", "deals"))


WATCHED = """  csat: {target: %s}
rules:
  - {name: a, kpi: csat, grain: month, below: 0.8}
exports:
  - {name: b, schedule: "0 7 * * 1", format: csv, kpis: [csat], grain: week, to: {path: exports/}}
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("85%", [("week", date.min, 0.85), ("month", date.min, 0.85)]),
        ("{grain: year, target: 0.9}", [("year", date.min, 0.9)]),
        # What a grain has of its own comes before what is meant for all of them.
        (
            "[{target: 0.8}, {grain: month, from: 2026-01-01, target: 0.9}]",
            [("week", date.min, 0.8), ("month", date(2026, 1, 1), 0.9)],
        ),
    ],
)
def test_a_target_belongs_to_a_grain_or_to_those_that_are_watched(
    tmp_path: Path, target: str, expected: list[tuple[str, date, float]]
) -> None:
    settings = load(tmp_path, WATCHED % target)
    assert [*settings.kpis["csat"].targets(settings.watched_grains("csat"))] == expected


def test_a_target_of_a_kpi_that_nothing_watches_holds_for_all_grains(tmp_path: Path) -> None:
    settings = load(tmp_path, "  csat: {target: 85%}\n")
    assert [*settings.kpis["csat"].targets(settings.watched_grains("csat"))] == [(None, date.min, 0.85)]


def test_the_target_of_a_grain_takes_the_place_of_the_general_one_of_a_kpi_that_nothing_watches(tmp_path: Path) -> None:
    settings = load(tmp_path, "  arpu: {target: [{target: 40}, {grain: month, target: 50}]}\n")
    targets = list(settings.kpis["arpu"].targets(settings.watched_grains("arpu")))
    # One for each period: two would be two rows of fct_kpi.
    assert targets == [
        *((grain, date.min, 40.0) for grain in ("day", "week", "quarter", "year")),
        ("month", date.min, 50.0),
    ]


def test_two_targets_of_one_day_and_grain_are_refused(tmp_path: Path) -> None:
    twice = "{from: 2026-01-01, grain: year, target: 0.1}, {from: 2026-01-01, grain: year, target: 0.2}"
    [problem] = problems(tmp_path, f"  csat: {{target: [{twice}]}}\n")
    assert "two targets take effect on the same day; give each another `from` or `grain`" in problem
    load(tmp_path, f"  csat: {{target: [{twice.replace('grain: year', 'grain: month', 1)}]}}\n")


def test_a_new_parameter_needs_no_code(tmp_path: Path) -> None:
    share = Parameter("save_rate", "csat", "number", 0.2, "Share that is saved.", 0, 1)
    catalogue = {**KPIS, "csat": replace(KPIS["csat"], parameters=(share,))}
    assert load(tmp_path, "  csat: {save_rate: 0.5}\n", catalogue).parameter(share) == 0.5
    with pytest.raises(SettingsError, match="save_rate: the value must be at most 1"):
        load(tmp_path, "  csat: {save_rate: 2}\n", catalogue)
    schema = json_schema(settings_model(catalogue))["$defs"]["KpiSettings"]["properties"]
    assert schema["save_rate"]["description"] == "Share that is saved."
    # The catalogue is given with each load: what another one declares is unknown here.
    with pytest.raises(SettingsError, match='unknown key "save_rate"'):
        load(tmp_path, "  csat: {save_rate: 0.5}\n")


def test_every_mistake_is_found_with_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    written = """\
  retention_rate: {active_days: 0}
  churn_rate: {active_dayss: 5}
  csat: {active_days: 7}
  arpu: {active_days: soon}
  revenue: {excluded_statuses: cancelled}
"""
    assert problems(tmp_path, written) == [
        "3: kpis.retention_rate.active_days: the value must be at least 1",
        '4: kpis.churn_rate.active_dayss: unknown key "active_dayss"; did you mean "active_days"? Allowed: '
        "target, active_days, excluded_statuses",
        "5: kpis.csat.active_days: csat does not depend on active_days; write it under a KPI that does; allowed: "
        "active_customers, arpu, churn_rate, retention_rate",
        '6: kpis.arpu.active_days: write a whole number, not "soon"',
        '7: kpis.revenue.excluded_statuses: write a list (its items begin with "- "), not "cancelled"',
    ]


def test_a_shared_parameter_has_one_value(tmp_path: Path) -> None:
    written = """\
  retention_rate: {active_days: 10}
  churn_rate: {active_days: 10}
  arpu: {active_days: 20}
  revenue: {excluded_statuses: [void, test]}
  average_order_value: {excluded_statuses: [void]}
"""
    assert problems(tmp_path, written) == [
        "5: kpis.arpu.active_days: active_days is one value for all KPIs and retention_rate already says 10",
        "7: kpis.average_order_value.excluded_statuses: excluded_statuses is one value for all KPIs and revenue already"
        " says void, test",
    ]
