"""Settings files are YAML 1.2 with dates, anchors and merge keys; the files of a folder are merged."""

import math
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import pytest
from config_samples import (
    FIXTURES,
    Bounds,
    Company,
    Scalars,
    Settings,
    Slack,
    cross_checks,
    problems_of,
    write_settings,
)
from pydantic import BeforeValidator

from pipelines.config import SettingsModel, base_folder, load


def test_files_of_a_folder_are_merged(tmp_path: Path) -> None:
    environ = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x", "PATIENCE": "3", "CITY": ""}
    settings = load(FIXTURES / "good_folder", Settings, environ=environ, check=cross_checks)
    assert settings.company == Company(name="Atelier Lumen", opened=date(2024, 1, 31), open=True, country="NO")
    assert [(rule.name, rule.for_) for rule in settings.rules] == [("floor", 1), ("ceiling", 3), ("high ceiling", 3)]
    assert settings.rules[0].below == 0.8
    assert settings.rules[2].above == Bounds(warn=600, critical=1200)
    assert settings.rules[2].where == {"channel": ["email", "phone"]}
    assert list(settings.channels) == ["support", "heads"]
    slack = settings.channels["support"]
    assert isinstance(slack, Slack)
    assert slack.webhook_url.get_secret_value() == environ["SLACK_WEBHOOK_URL"]


def test_hidden_files_and_subfolders_are_ignored(tmp_path: Path) -> None:
    write_settings(tmp_path, "company: {name: Atelier, opened: 2024-01-31}")
    write_settings(tmp_path, "nonsense: 1", ".vigie.yaml.swp.yaml")
    (tmp_path / "archive.yaml").mkdir()
    assert load(tmp_path, Settings, environ={}).company.name == "Atelier"


def test_scalars_have_the_types_of_yaml_1_2_and_dates(tmp_path: Path) -> None:
    text = """
    values:
      yes_: yes
      off_: off
      true_: True
      minutes: 07:30
      grouped: 1_000
      leading: 0123
      octal: 0o17
      hexadecimal: 0x1F
      negative: -12
      fraction: -.5
      exponent: 1e3
      infinite: -.inf
      nan: .nan
      empty:
      tilde: ~
      day: 2024-01-31
      moment: 2024-01-31 08:30:00
      no_day: 2024-02-30
      equals: =
      quoted: "12"
      explicit: !!str 12
      huge: 1%s
    """
    values = load(write_settings(tmp_path, text.replace("%s", "0" * 5000)), Scalars, environ={}).values
    assert math.isnan(values.pop("nan"))
    assert values.pop("huge") == "1" + "0" * 5000
    assert values == {
        "yes_": "yes",
        "off_": "off",
        "true_": True,
        "minutes": "07:30",
        "grouped": "1_000",
        "leading": "0123",
        "octal": 15,
        "hexadecimal": 31,
        "negative": -12,
        "fraction": -0.5,
        "exponent": 1000.0,
        "infinite": -math.inf,
        "empty": None,
        "tilde": None,
        "day": date(2024, 1, 31),
        "moment": datetime(2024, 1, 31, 8, 30),
        "no_day": "2024-02-30",
        "equals": "=",
        "quoted": "12",
        "explicit": "12",
    }


def test_model_converts_keys_from_text(tmp_path: Path) -> None:
    class Keys(SettingsModel):
        by_day: dict[date, int]
        by_number: dict[int, int]
        by_name: dict[str, int]

    text = "by_day: {2024-01-31: 1}\nby_number: {7: 1}\nby_name: {no: 1, 7: 2, null: 3}"
    keys = load(write_settings(tmp_path, text), Keys, environ={})
    assert keys.by_day == {date(2024, 1, 31): 1}
    assert keys.by_number == {7: 1}
    assert keys.by_name == {"no": 1, "7": 2, "null": 3}


def test_own_keys_and_earlier_mappings_override_merged_keys(tmp_path: Path) -> None:
    text = """
    values:
      one: &one {a: 1, b: 1}
      two: &two {b: 2, c: 2}
      both: {c: 3, <<: [*one, *two]}
      nested: {<<: {<<: *two, b: 4}}
      literal: {"<<": 5}
    """
    values = load(write_settings(tmp_path, text), Scalars, environ={}).values
    assert values["both"] == {"a": 1, "b": 1, "c": 3}
    assert values["nested"] == {"b": 4, "c": 2}
    assert values["literal"] == {"<<": 5}


def test_validator_may_change_the_value_of_an_alias(tmp_path: Path) -> None:
    def pop_item(value: dict[str, int]) -> int:
        return value.popitem()[1]

    class Copies(SettingsModel):
        values: list[Annotated[int, BeforeValidator(pop_item)]]

    assert load(write_settings(tmp_path, "values: [&one {a: 1}, *one]"), Copies, environ={}).values == [1, 1]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}"])
def test_empty_file_has_no_keys(tmp_path: Path, text: str) -> None:
    class Optional(SettingsModel):
        name: str = "Atelier"

    assert load(write_settings(tmp_path, text), Optional, environ={}).name == "Atelier"


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    file = tmp_path / "vigie.yaml"
    file.write_bytes(b"\xef\xbb\xbfcompany:\r\n  name: Atelier\r\n  opened: today\r\n")
    [problem] = problems_of(file)
    assert (problem.line, problem.key) == (3, "company.opened")


def test_relative_paths_refer_to_the_folder_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_settings(tmp_path, "company: {}")
    assert base_folder(file) == tmp_path
    assert base_folder(tmp_path) == tmp_path
    monkeypatch.chdir(tmp_path)
    assert base_folder(Path("vigie.yaml")) == tmp_path
    (tmp_path / "linked").mkdir()
    link = tmp_path / "linked" / "vigie.yaml"
    link.symlink_to(file)
    assert base_folder(link) == tmp_path / "linked"
