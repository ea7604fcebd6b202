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


@pytest.mark.parametrize(
    ("keys", "key", "message"),
    [
        ("kpi: csat, below: 80%, for: 100000", "for", "must be at most 366"),
        ("kpi: csat, below: 80%, keep_firing: 367", "keep_firing", "must be at most 366"),
        ("kpi: csat, below: 80%, reopen_within: 367", "reopen_within", "must be at most 366"),
        ("kpi: csat, below: 80%, repeat_every: 1s", "repeat_every", "write at least 1m"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, keys: str, key: str, message: str) -> None:
    [(found, _, said)] = refused(tmp_path, f"rules:\n  - {{name: a, {keys}}}\n")
    assert found == f"rules[0].{key}"
    assert message in said


@pytest.mark.parametrize(
    "keys",
    [
        "kpi: csat, above: 99%",
        "kpi: csat, below: 100%",
        "kpi: csat, outside: [0, 90%]",
        "kpi: ticket_volume, above: 0",
        "kpi: nps, below: 0",
        "kpi: csat, below: 80%, for: 366, repeat_every: 1m",
    ],
)
def test_what_may_fire_is_accepted(tmp_path: Path, keys: str) -> None:
    assert len(load(tmp_path, f"rules:\n  - {{name: a, {keys}}}\n").rules) == 1


@pytest.mark.parametrize(
    ("keys", "key", "message"),
    [
        ("kpi: csat, above: 100%", "above", "csat is never more than 100%, so that this would never fire"),
        ("kpi: csat, above: 1", "above", "csat is never more than 1"),
        ("kpi: ticket_volume, below: 0", "below", "ticket_volume is never less than 0"),
        ("kpi: csat, below: {warn: 50%, critical: 0}", "below.critical", "csat is never less than 0"),
        ("kpi: csat, outside: [0, 100%]", "outside", r"csat is never outside of [0, 100%]"),
        ("kpi: csat, outside: {warn: [10%, 90%], critical: [0, 1]}", "outside.critical", "never outside of [0, 1]"),
        ('kpi: csat, below: 80%, mute: {mon-sun: ["00:00-24:00"]}', "mute", "leave less than an hour a week"),
    ],
)
def test_what_can_never_fire_or_be_sent_is_valid_but_doubtful(
    tmp_path: Path, keys: str, key: str, message: str
) -> None:
    settings = load(tmp_path, f"rules:\n  - {{name: a, {keys}}}\n")
    [found] = vigie_settings.load_warnings(tmp_path / "settings.yaml", settings, KPIS, {})
    assert (found.key, found.line) == (f"rules[0].{key}", 3)
    assert message in found.message


def test_a_duration_without_a_unit_is_valid_but_doubtful(tmp_path: Path) -> None:
    text = """kpis: {first_response_time: {target: [{target: 2h}, {target: 7200, from: 2026-01-01}]}}
rules:
  - name: a
    kpi: first_response_time
    above: {warn: 16, critical: 2h}
  - {name: b, kpi: first_response_time, above: 3600, clear: 30m}
  - {name: c, kpi: first_response_time, change: {rise: 90}}
  - {name: d, kpi: first_response_time, above: 16s}
  - {name: e, kpi: ticket_volume, above: 16}
"""
    settings = load(tmp_path, text)
    found = vigie_settings.load_warnings(tmp_path / "settings.yaml", settings, KPIS, {})
    assert [(each.key, each.line) for each in found] == [
        ("kpis.first_response_time.target[1].target", 2),
        ("rules[0].above.warn", 6),
        ("rules[1].above", 7),
        ("rules[2].change.rise", 8),
    ]
    assert found[1].message == (
        "16 is a number of seconds: write 16s to make that clear, or 16m, 16h, 16d if you mean another unit"
    )
    assert found[2].message == "3600 is a number of seconds: write 1h to make that clear"


@pytest.mark.parametrize(
    ("keys", "key", "message"),
    [
        ("grain: day, stale: {warn: 5}", "stale.warn", "write how long, such as 30d or 12h"),
        ("grain: day, stale: {critical: -2d}", "stale.critical", "write how long, such as 30d or 12h"),
        ("target: {warn: 0.9}", "target.warn", "write a share of the target, such as 100% or 95%"),
        ("target: {critical: 5000%}", "target.critical", "write a share of the target"),
        ("band: {warn: great}", "band.warn", "good"),
    ],
)
def test_a_level_in_a_mapping_is_read_as_one_alone(tmp_path: Path, keys: str, key: str, message: str) -> None:
    text = f"kpis: {{csat: {{target: 85%}}}}\nrules:\n  - {{name: a, kpi: csat, {keys}}}\n"
    [(found, line, said)] = refused(tmp_path, text, "{name: A, sector: retail}")
    assert (found, line) == (f"rules[0].{key}", 4)
    assert message in said
