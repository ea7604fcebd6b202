"""Mistakes in the settings of the product are reported together, each with its place."""

import json
from pathlib import Path

import pytest

from pipelines import settings as vigie_settings
from pipelines.config import SettingsError
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

KPIS = load_catalogue(project_folder() / "target")


def test_name_has_letters_digits_hyphens_and_underscores(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    text = (
        "company: {{name: A}}\nsources:\n  - {{name: {name}, type: files, tables: [{{entity: lead, path: a.csv}}]}}\n"
    )
    for name in ("help-desk", "Shop_2", "2nd-shop"):
        file.write_text(text.format(name=name), encoding="utf-8")
        vigie_settings.load(file, KPIS, {})
    for name in ("help desk", "../shop", "-shop", "a/b", "", "a" * 61, "caf\u00e9"):
        file.write_text(text.format(name=json.dumps(name)), encoding="utf-8")
        with pytest.raises(SettingsError, match="is not a valid name: use letters"):
            vigie_settings.load(file, KPIS, {})


def test_all_mistakes_are_reported_although_some_values_are_not_valid(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(
        """
company: {name: A}
sources:
  - name: shop
    type: files
    tables:
      - {entity: ordr, path: a.csv}
      - entity: order
        path: b.csv
        columns: {order_id: id, custmer_id: c, ordered_at: when, amount: "expr: price +"}
        datetime_format: "%Q"
      - {entity: lead, path: c.csv, decimal: ";", thousands: "."}
rules:
  - {name: a, kpi: csat, by: chanel, below: {warn: x}, notify: [lgo]}
channels:
  log: {type: flie, path: messages.jsonl}
exports:
  - {name: e, kpis: [csat, npss], by: [chanel], format: csv, schedule: daily}
""",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(file, KPIS, {})
    assert [(problem.key, problem.nearest) for problem in refused.value.problems] == [
        ("sources[0].tables[0].entity", "order"),
        ("sources[0].tables[1].columns.custmer_id", "customer_id"),
        ("sources[0].tables[1].columns.amount", None),
        ("sources[0].tables[1].datetime_format", None),
        ("sources[0].tables[2].decimal", None),
        ("rules[0].below.warn", None),
        ("rules[0].by", "channel"),
        ("rules[0].notify[0]", "log"),
        ("channels.log.type", "file"),
        ("exports[0].schedule", None),
        ("exports[0].to", None),
        ("exports[0].kpis[1]", "nps"),
        ("exports[0].by[0]", "channel"),
    ]


def test_wrong_time_zone_gets_a_suggestion_but_no_list_of_names(tmp_path: Path) -> None:
    messages = []
    for zone in ("europe/pariss", "Mars"):
        file = tmp_path / "settings.yaml"
        file.write_text(f"company: {{name: A, timezone: {zone}}}", encoding="utf-8")
        with pytest.raises(SettingsError) as refused:
            vigie_settings.load(file, KPIS, {})
        messages.append(str(refused.value).partition(": company.timezone: ")[2])
    hint = "is not a time zone; write an IANA name such as Europe/Paris"
    assert messages == [f'europe/pariss {hint}; did you mean "Europe/Paris"?', f"Mars {hint}"]


def test_names_are_checked_although_other_entries_are_not_valid(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(
        """
company: {name: A, timezone: Europe/Paris, colour: red}
rules:
  - {name: grain, kpi: csat, grain: weak, below: 0.5}
  - {name: kpi, kpi: csatt, grain: week, below: 0.5}
  - {name: nothing, grain: week}
  - {name: channel, kpi: csat, grain: week, below: 0.5, notify: [suport, broken]}
  - {name: both, kpi: cstt, grain: 1, colour: red, below: 0.5, notify: [[], suport]}
  - {name: again, kpi: 5, notify: [nowhere]}
  - {name: both, kpi: csat, below: 0.5}
channels:
  support: {type: file, path: messages.jsonl}
  broken: {type: fil, path: messages.jsonl}
""",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(file, KPIS, {})
    assert [(problem.line, problem.key) for problem in refused.value.problems] == [
        (2, "company.colour"),
        (4, "rules[0].grain"),
        (5, "rules[1].kpi"),
        (6, "rules[2].kpi"),
        (7, "rules[3].notify[0]"),
        (8, "rules[4].grain"),
        (8, "rules[4].notify[0]"),
        (8, "rules[4].colour"),
        (8, "rules[4].kpi"),
        (8, "rules[4].notify[1]"),
        (9, "rules[5].kpi"),
        (9, "rules[5].notify[0]"),
        (10, "rules[6].name"),
        (13, "channels.broken.type"),
    ]


@pytest.mark.parametrize("key", ["sources", "rules", "exports"])
def test_of_two_things_with_one_name_both_places_are_named(tmp_path: Path, key: str) -> None:
    entries = {
        "sources": "{{name: {name}, type: files, tables: [{{entity: lead, path: a.csv}}]}}",
        "rules": "{{name: {name}, kpi: csat, below: 0.5}}",
        "exports": '{{name: {name}, kpis: [csat], format: csv, schedule: "0 7 * * 1", to: {{path: x/}}}}',
    }
    items = [f"  - {entries[key].format(name=name)}" for name in ("web-shop", "other", "Web_Shop")]
    settings = tmp_path / "settings.yaml"
    settings.write_text("\n".join(["company: {name: A}", f"{key}:", *items]), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(settings, KPIS, {})
    taken = "the name Web_Shop is taken by an earlier one; names differ by more than capitals, - and _"
    assert str(refused.value) == f"{settings}:5: {key}[2].name: {taken}; the first is {key}[0].name in line 3"

    # Of a folder, the files are merged: then the other place has a file as well. The position counts in the whole.
    folder = tmp_path / "folder"
    folder.mkdir()
    for number, item in enumerate(items):
        (folder / f"{number}.yaml").write_text(f"{key}:\n{item}\n", encoding="utf-8")
    (folder / "company.yaml").write_text("company: {name: A, colour: red}", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(folder, KPIS, {})
    assert f"{folder}/2.yaml:2: {key}[2].name: {taken}; the first is {key}[0].name in {folder}/0.yaml:2" in str(
        refused.value
    )


def test_of_two_channels_with_one_name_both_lines_are_named(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    channel = "  log: {type: file, path: a.jsonl}\n"
    settings.write_text(f"company: {{name: A}}\nchannels:\n{channel}{channel}", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"settings.yaml:4: channels.log: duplicate key, first on line 3"):
        vigie_settings.load(settings, KPIS, {})
