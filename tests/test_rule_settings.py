"""Mistakes in rules that only the rest of the settings shows: targets, the sector, other rules."""

from pathlib import Path

import pytest

from pipelines import settings as vigie_settings
from pipelines.config import SettingsError
from pipelines.settings import Settings
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

KPIS = load_catalogue(project_folder() / "target")


def load(folder: Path, text: str, company: str = "{name: A}") -> Settings:
    file = folder / "settings.yaml"
    file.write_text(f"company: {company}\n{text}", encoding="utf-8")
    return vigie_settings.load(file, KPIS, {})


def refused(folder: Path, text: str, company: str = "{name: A}") -> list[tuple[str, int, str]]:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, company)
    return [(problem.key, problem.line, problem.message) for problem in caught.value.problems]


def test_a_target_rule_needs_a_target_at_its_grain(tmp_path: Path) -> None:
    rules = "rules:\n  - {name: a, kpi: csat, grain: month, target: 100%}\n"
    assert [(key, line) for key, line, _ in refused(tmp_path, rules)] == [("rules[0].target", 3)]
    yearly = "kpis: {csat: {target: {grain: year, target: 85%}}}\n"
    [(_, _, message)] = refused(tmp_path, yearly + rules)
    assert "csat has no target at the grain month" in message
    load(tmp_path, "kpis: {csat: {target: 85%}}\n" + rules)


def test_a_target_that_no_value_can_reach_is_refused(tmp_path: Path) -> None:
    [(key, _, message)] = refused(tmp_path, "kpis: {csat: {target: 850%}}\n")
    assert key == "kpis.csat.target"
    assert "csat is never more than 100%" in message


def test_the_benchmark_is_that_of_the_sector(tmp_path: Path) -> None:
    rules = "rules:\n  - {name: a, kpi: visitor_conversion_rate, band: good}\n"
    [(key, _, message)] = refused(tmp_path, rules)
    assert key == "rules[0].band"
    assert "has no benchmark for a company of this sector" in message
    settings = load(tmp_path, rules, "{name: A, sector: saas}")
    [watched] = settings.rules
    assert [each.bound for each in vigie_settings.watched_kpi(watched, settings, KPIS).benchmarks] == [0.05]


def test_conditions_that_a_kpi_cannot_have_are_refused_with_line_and_key(tmp_path: Path) -> None:
    rules = """rules:
  - name: a
    kpi: nps
    change: {from: previous_year, drop: 10%}
  - name: b
    kpi: csat
    band: best
"""
    found = refused(tmp_path, rules)
    assert [(key, line) for key, line, _ in found] == [("rules[0].change.drop", 5), ("rules[1].band", 8)]


def test_a_rule_may_have_versions_with_days_of_their_own(tmp_path: Path) -> None:
    version = "  - {{name: a, kpi: csat, below: {below}{more}}}\n"
    first = version.format(below="75%", more=", active: {to: 2025-12-31}")
    second = version.format(below="80%", more=", active: {from: 2026-01-01}")
    settings = load(tmp_path, "rules:\n" + first + second)
    assert [rule.first_day.year for rule in settings.rules] == [1, 2026]
    [(key, line, message)] = refused(tmp_path, "rules:\n" + first + version.format(below="80%", more=""))
    assert (key, line) == ("rules[1].name", 4)
    assert "the name a is taken" in message
    overlapping = version.format(below="80%", more=", active: {from: 2025-12-01}")
    [(key, line, message)] = refused(tmp_path, "rules:\n" + first + overlapping)
    assert (key, line) == ("rules[1].active", 4)


def test_a_text_in_other_languages_only_is_refused(tmp_path: Path) -> None:
    rules = """rules:
  - name: a
    kpi: csat
    below: 80%
    title: {en: Unhappy customers}
    owner: {fr: Support, en: Support}
    action: {de: Fragen}
"""
    [title, action] = refused(tmp_path, rules, "{name: A, language: fr}")
    assert action == ("rules[0].action.de", 8, 'unknown key "de"')
    assert title[:2] == ("rules[0].title", 6)
    assert "add `fr: …`" in title[2]
    rules = rules.replace("de: Fragen", "fr: Demander")
    [(key, _, message)] = refused(tmp_path, rules, "{name: A, language: fr}")
    assert key == "rules[0].title"
    assert "add `fr: …`" in message
    [(key, _, message)] = refused(tmp_path, rules)
    assert key == "rules[0].action"
    assert "add `en: …`" in message


def test_an_empty_list_of_channels_is_refused(tmp_path: Path) -> None:
    rules = "rules:\n  - name: a\n    kpi: csat\n    grain: week\n    below: 80%\n    notify: []\n"
    [(key, line, message)] = refused(tmp_path, rules)
    assert (key, line) == ("rules[0].notify", 7)
    assert "the list is empty" in message
