"""Mistakes in the settings of the product are reported together, each with its place."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pipelines import settings as vigie_settings
from pipelines.config import SettingsError, json_schema
from pipelines.sources.files.settings import ExtractTable, FilesSource
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


COLUMN_VALUES = """
company: {name: A}
sources:
  - name: crm
    type: files
    tables:
      - entity: ticket
        path: tickets.csv
        where: Team Name = 'x'
        columns:
          ticket_id: ID
          created_at: Created
          channel: {const: [chat]}
          is_automated: {const: perhaps}
          first_response_at: {form: x}
          resolved_at: {from: Solve time, after: create_at, unit: minuts}
          closed_at: {from: Close time, after: closed_at}
          status: {from: Status, default: open, take: first}
          team: {from: Team Name, split: ;, map: {a: b}, after: created_at}
          sla_met:
            from: SLA
            map:
              met: true
              missed: late
              " MET": true
            default: unknown
          agent_id: {const: a, map: {b: c}}
          email: {map: {b: c}}
          priority: 5
"""


def test_mistakes_in_values_of_columns_say_what_to_write(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(COLUMN_VALUES, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(settings, KPIS, {})
    place = f"{settings}:"
    found = [str(each).removeprefix(place).replace("sources[0].tables[0].", "") for each in refused.value.problems]
    assert found == [
        '9: where: the condition cannot be read: syntax error at or near "Name"; write "Team Name" in double quotes',
        "13: columns.channel.const: write true or false or a whole number or a number or text, not a list",
        "14: columns.is_automated.const: 'perhaps' is neither true nor false",
        '15: columns.first_response_at.form: unknown key "form"; did you mean "from"?'
        " Allowed: from, map, default, after, unit, split, take",
        '16: columns.resolved_at.unit: "minuts" is not allowed here; did you mean "minutes"?'
        " Allowed: seconds, minutes, hours, days",
        "17: columns.closed_at.after: closed_at counts from itself, by closed_at; one of them must be a date of the file",
        "18: columns.status.default: `default` belongs to `map`; for a value in empty cells write `expr: coalesce(…)`",
        "18: columns.status.take: `take` belongs to `split`: say what separates the values of a cell",
        "19: columns.team.split: `split` needs `take: first` or `take: last`",
        "19: columns.team.split: `split` and `after` exclude each other: `after` reads a duration",
        "19: columns.team.map: `map` and `after` exclude each other: `after` reads a duration",
        "19: columns.team.after: `after` gives a moment, and team is not a timestamp",
        "24: columns.sla_met.map.missed: 'late' is neither true nor false",
        "25: columns.sla_met.map[\" MET\"]: is the same as 'met': blanks and letter case do not count",
        "26: columns.sla_met.default: 'unknown' is neither true nor false",
        '27: columns.agent_id.map: unknown key "map"; allowed: const',
        "28: columns.email.from: this key is missing",
        "29: columns.priority: write text or a mapping with the keys const or a mapping with the keys from, map, default,"
        " after, unit, split, take, not the number 5; for text, put it in quotes",
    ]
    columns = yaml.safe_load(COLUMN_VALUES)["sources"][0]["tables"][0]["columns"]
    schema = Draft202012Validator(json_schema(ExtractTable))
    marked = [name for name in columns if not schema.is_valid({"entity": "ticket", "columns": {name: columns[name]}})]
    # An editor marks what is wrong in itself; it does not know which keys exclude each other.
    assert marked == ["channel", "first_response_at", "resolved_at", "agent_id", "email", "priority"]


def test_an_editor_accepts_each_value_of_a_column(tmp_path: Path) -> None:
    columns = """
        ticket_id: ID
        created_at: "expr: Created"
        channel: {const: chat}
        is_automated: {const: true}
        reopen_count: {const: 0}
        sla_met: {from: SLA, map: {met: true, missed: no, "1": 1, unknown: null}, default: null}
        first_response_at: {from: First reply time (minutes), after: created_at, unit: minutes}
        closed_at: {from: "expr: Wait", after: first_response_at}
        customer_id: {from: Contact IDs, split: ;, take: first}
        team: {from: Teams, split: ",", take: last, map: {a: b}}
        status: {from: Status}
    """
    text = (
        "company: {name: A}\nsources:\n  - name: crm\n    type: files\n    tables:\n    - entity: ticket\n"
        f"      path: a.csv\n      where: '\"Team Name\" = 1'\n      skip_footer: 5\n      columns:{columns}"
    )
    file = tmp_path / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    [source] = vigie_settings.load(file, KPIS, {}).sources
    assert isinstance(source, FilesSource)
    assert source.tables[0].where == '"Team Name" = 1'
    schema = Draft202012Validator(json_schema(vigie_settings.settings_model(KPIS)))
    assert [error.message for error in schema.iter_errors(yaml.safe_load(text))] == []


def test_an_id_space_is_that_of_a_source_with_ids_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    source = "  - {{name: {0}, type: files, id_space: {1}, tables: [{{entity: lead, path: a.csv}}]}}\n"
    pairs = [("crm", "crm"), ("shop", "crm"), ("desk", "shop"), ("phone", "crn")]
    text = "company: {name: A}\nsources:\n" + "".join(source.format(*pair) for pair in pairs)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(file, KPIS, {})
    assert str(refused.value).splitlines() == [
        f"{file}:5: sources[2].id_space: shop itself uses the ids of another source; name that one; allowed: crm",
        f'{file}:6: sources[3].id_space: there is no source called crn; did you mean "crm"? Allowed: crm, shop, desk, phone',
    ]


def test_what_a_source_delivers_names_columns_of_which_it_matters(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    source = "  - name: {0}\n    type: files\n    delivers: {1}\n    tables: [{{entity: ticket, path: a.csv}}]\n"
    header = "company: {name: A}\nsources:\n"
    file.write_text(header + source.format("desk", "{first_response_at: true, complained_at: false}"), encoding="utf-8")
    [desk] = vigie_settings.load(file, KPIS, {}).sources
    assert desk.delivers == {"first_response_at": True, "complained_at": False}
    file.write_text(header + source.format("desk", "{first_respons_at: true}"), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(file, KPIS, {})
    assert (
        "5: sources[0].delivers.first_respons_at: there is no column called first_respons_at of which it matters whether"
        ' a source delivers it; did you mean "first_response_at"?'
    ) in str(refused.value)


def test_a_file_is_sent_by_channels_that_take_files(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    text = """
company: {name: A}
channels:
  heads: {type: email, to: [heads@example.com], smtp: {host: localhost}}
  team: {type: slack, webhook_url: "https://hooks.slack.com/services/T0/B0/X0"}
exports:
  - {name: file, kpis: [csat], format: FORMAT, schedule: "0 7 * * 1", to: {channel: [heads, team]}}
  - {name: typo, kpis: [csat], format: csv, schedule: "0 7 * * 1", to: {channel: head}}
"""
    file.write_text(text.replace("FORMAT", "csv"), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        vigie_settings.load(file, KPIS, {})
    assert [(problem.key, problem.nearest) for problem in refused.value.problems] == [
        ("exports[0].to.channel", None),
        ("exports[1].to.channel", "heads"),
    ]
    assert "team is a webhook of Slack, which takes no files; use the token of a bot, or e-mail" in str(refused.value)
    # A digest is a message, which every channel sends.
    file.write_text(text.replace("FORMAT", "digest").replace("head}", "heads}"), encoding="utf-8")
    assert vigie_settings.load(file, KPIS, {}).exports[0].to.channels == ["heads", "team"]
