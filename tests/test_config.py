"""Settings: good ones are read as meant, bad ones are refused with place and remedy, and secrets stay hidden."""

# pydantic copies a model's defaults, and ruff does not know that SettingsModel is one.

import json
import math
import pickle
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    PostgresDsn,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pipelines import settings as vigie_settings
from pipelines.config import (
    Mistake,
    Problem,
    SettingsError,
    SettingsModel,
    base_folder,
    json_schema,
    load,
    nearest,
    redact,
    secrets_of,
)
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

FIXTURES = Path(__file__).parent / "fixtures" / "settings"
KPIS = load_catalogue(project_folder() / "target")

# A busy machine must not fail a property.
unhurried = examples(deadline=None)


class Severity(Enum):
    WARN = "warn"
    CRITICAL = "critical"


def parsed_bound(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"\d+%", value):
            raise ValueError(f'"{value}" is not a bound; write 0.8 or "80%"')
        return int(value[:-1]) / 100
    return value


def known_dimension(value: str) -> str:
    dimensions = ("channel", "team", "country")
    if value not in dimensions:
        context = {"given": value, "allowed": dimensions}
        raise PydanticCustomError("dimension", 'there is no dimension called "{given}"', context)
    return value


class Company(SettingsModel):
    name: str
    opened: date
    open: bool = True
    country: str = "FR"


class Bounds(SettingsModel):
    warn: float
    critical: float | None = None


class Rule(SettingsModel):
    name: str
    kpi: str
    grain: Literal["day", "week", "month"] = "week"
    by: Annotated[str, AfterValidator(known_dimension)] | None = None
    where: dict[str, str | list[str]] = {}
    below: Annotated[float, BeforeValidator(parsed_bound)] | Bounds | None = None
    above: float | Bounds | None = None
    for_: int = Field(default=1, alias="for", ge=1)
    severity: Severity = Severity.WARN
    min_sample: int = 0
    notify: list[str] = []

    @model_validator(mode="after")
    def one_side(self) -> "Rule":
        if self.below is not None and self.above is not None:
            raise ValueError(f"the rule {self.name} has two sides; give below or above")
        return self


class Slack(SettingsModel):
    type: Literal["slack"]
    webhook_url: SecretStr


class Email(SettingsModel):
    type: Literal["email"]
    to: Annotated[list[str], Field(min_length=1)]


class Settings(SettingsModel):
    company: Company
    rules: list[Rule] = []
    channels: dict[str, Annotated[Slack | Email, Field(discriminator="type")]] = {}
    targets: dict[date, float] = {}


def cross_checks(settings: Settings) -> Iterable[Mistake]:
    kpis = ("csat", "nps", "wait")
    for index, rule in enumerate(settings.rules):
        if rule.kpi not in kpis:
            yield Mistake(("rules", index, "kpi"), f'there is no KPI called "{rule.kpi}"', kpis)
        for position, channel in enumerate(rule.notify):
            if channel not in settings.channels:
                message = f'there is no channel called "{channel}"'
                yield Mistake(("rules", index, "notify", position), message, tuple(settings.channels), given=channel)


def problems_of(path: Path, environ: dict[str, str] | None = None, model: type[BaseModel] = Settings) -> list[Problem]:
    with pytest.raises(SettingsError) as refused:
        load(path, model, environ=environ or {})
    return refused.value.problems


def written(folder: Path, text: str, name: str = "vigie.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@dataclass(frozen=True)
class Bad:
    """A fixture with one mistake, and what is to be said of it."""

    fixture: str
    line: int | None
    key: str
    message: str
    nearest: str | None = None
    allowed: tuple[str, ...] = ()


RULE_KEYS = ("name", "kpi", "grain", "by", "where", "below", "above", "for", "severity", "min_sample", "notify")
TOP_KEYS = ("company", "rules", "channels", "targets")
GRAINS = ("day", "week", "month")
TYPES = ("slack", "email")
REFERENCE_ADVICE = 'write a reference as "${NAME}" or "${NAME:-default}"'
LAUGHS = "with its aliases written out the file has more than 100,000 values"

BAD = [
    Bad("unknown_key", 5, "rules[0].graine", 'there is no key "graine" here', "grain", RULE_KEYS),
    Bad("unknown_key_far", 2, "colour", 'there is no key "colour" here', None, TOP_KEYS),
    Bad("unknown_key_in_union_member", 3, "channels.support.chanel", "no key", None, ("type", "webhook_url")),
    Bad("misspelt_required_key", 4, "rules[0].kp", 'there is no key "kp" here', "kpi", RULE_KEYS),
    Bad("missing_key", 3, "rules[0].kpi", "this key is missing"),
    Bad("missing_top_level_key", None, "company", "this key is missing"),
    Bad("wrong_literal", 3, "rules[0].grain", '"weekly" is not allowed here', "week", GRAINS),
    Bad("wrong_enum", 3, "rules[0].severity", '"critcal" is not allowed here', "critical", ("warn", "critical")),
    Bad("wrong_tag", 4, "channels.support.type", '"slak" is not allowed here', "slack", TYPES),
    Bad("missing_tag", 3, "channels.support.type", "this key is missing", None, TYPES),
    Bad("tag_is_a_list", 3, "channels.support.type", "a list is not allowed here", None, TYPES),
    Bad("union_is_no_mapping", 3, "channels.support", 'write a mapping with the key "type", not "slack"'),
    Bad("not_a_number", 5, "rules[0].min_sample", 'write a whole number, not "many"'),
    Bad("not_text", 3, "rules[0].name", "write text, not the number 12; if text is meant, put it in quotes"),
    Bad("not_a_boolean", 1, "company.open", 'write true or false, not "perhaps"'),
    Bad("not_a_list", 2, "rules", 'write a list (its items begin with "- "), not a mapping'),
    Bad("empty_key", 2, "rules", "not nothing (the key is empty)"),
    Bad("not_a_mapping", 1, "company", 'write a mapping with the keys name, opened, open, country, not "Atelier"'),
    Bad("no_such_date", 3, "company.opened", 'write a date such as 2024-01-31, not "2024-13-45"'),
    Bad("value_error", 5, "rules[0].below", '"80 percent" is not a bound; write 0.8 or "80%"'),
    Bad("value_error_of_a_model", 5, "rules[1]", "the rule floor has two sides; give below or above"),
    Bad(
        "validator_with_names",
        3,
        "rules[0].by",
        'there is no dimension called "chanel"',
        "channel",
        ("channel", "team", "country"),
    ),
    Bad("too_small", 3, "rules[0].for", "the value must be at least 1"),
    Bad("too_short", 3, "channels.heads.to", "too short: at least 1 needed, 0 given"),
    Bad("alias_of_a_field", 5, "rules[0].for", 'write a whole number, not "often"'),
    Bad("union_scalar", 3, "rules[0].above", 'write a number or a mapping with the keys warn, critical, not "high"'),
    Bad("union_list", 3, "rules[0].above", "write a number or a mapping with the keys warn, critical, not a list"),
    Bad("union_mapping", 7, "rules[0].above.critcal", "no key", "critical", ("warn", "critical")),
    Bad("union_list_item", 6, "rules[0].where.channel[1]", "write text, not the number 3"),
    Bad("wrong_mapping_key", 4, 'targets["next year"]', "the key is wrong: write a date such as 2024-01-31"),
    Bad("key_with_spaces", 3, 'rules[0].where["Order date"]', "write text or a list, not the number 3"),
    Bad("second_alias_use", 8, "rules[1].min_sample", 'write a whole number, not "many"'),
    Bad("duplicate_key", 5, "rules[0].name", "the key is written twice, first on line 3"),
    Bad("duplicate_top_level_key", 3, "rules", "the key is written twice, first on line 2"),
    Bad("merge_of_a_scalar", 3, "rules[0].<<", "give a mapping or a list of mappings"),
    Bad("key_is_a_list", 2, "", "a key must be text"),
    Bad("tag_that_runs_code", 2, "company.name", "YAML tags have no meaning here"),
    Bad("local_tag", 2, "company.name", 'put text that begins with "!" in quotes'),
    Bad("missing_variable", 5, "channels.support.webhook_url", "the environment variable SLACK_HOST is not set"),
    Bad("missing_variable_in_a_tag", 3, "channels.support.type", "the environment variable CHANNEL_TYPE is not set"),
    Bad("missing_variable_in_a_number", 3, "rules[0].min_sample", "write a default: ${MIN_SAMPLE:-default}"),
    Bad("malformed_reference", 1, "company.name", REFERENCE_ADVICE),
    Bad("reference_in_a_default", 1, "company.name", "no reference inside the default"),
    Bad("top_level_list", 1, "", 'write "key: value" lines; at the top there is a list'),
    Bad("top_level_text", 1, "", 'write "key: value" lines; at the top there is a single value'),
    Bad("colon_in_text", 2, "", 'column 16: mapping values are not allowed here; put text that holds ": " in quotes'),
    Bad("tab", 2, "", "indent with spaces, not with tabs"),
    Bad("open_quote", 2, "", "column 9: found unexpected end of stream; close the quotation mark that is opened here"),
    Bad("open_bracket", 2, "", "close the bracket"),
    Bad("unquoted_reference_in_braces", 1, "", "put text that holds brackets or ${NAME} in quotes"),
    Bad("backslash", 2, "", "use single quotes"),
    Bad("undefined_alias", 2, "", 'put text that begins with "*" in quotes'),
    Bad("two_anchors", 3, "", "give each anchor (&) a name of its own"),
    Bad("two_documents", 2, "", "keep one document a file"),
    Bad("misaligned", 3, "", "align this line with its neighbours"),
    Bad("recursive_alias", 1, "", "an anchor (&) is used inside itself"),
    Bad("billion_laughs", 5, "", LAUGHS),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.fixture)
def test_a_mistake_is_named_with_its_place_and_its_remedy(bad: Bad) -> None:
    file = FIXTURES / "bad" / f"{bad.fixture}.yaml"
    [problem] = problems_of(file)
    assert (problem.file, problem.line, problem.key) == (file, bad.line, bad.key)
    assert bad.message in problem.message
    assert problem.nearest == bad.nearest
    assert problem.allowed == bad.allowed
    assert "hunter2" not in str(problem)


def test_every_bad_fixture_has_its_case() -> None:
    assert sorted(file.stem for file in (FIXTURES / "bad").iterdir()) == sorted(bad.fixture for bad in BAD)


# ------------------------------------------------------------------------------------------------- good settings


def test_a_folder_is_read_as_one(tmp_path: Path) -> None:
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


def test_hidden_files_and_subfolders_are_not_read(tmp_path: Path) -> None:
    written(tmp_path, "company: {name: Atelier, opened: 2024-01-31}")
    written(tmp_path, "nonsense: 1", ".vigie.yaml.swp.yaml")
    (tmp_path / "archive.yaml").mkdir()
    assert load(tmp_path, Settings, environ={}).company.name == "Atelier"


class Scalars(SettingsModel):
    values: dict[str, Any]


def test_scalars_are_those_of_yaml_1_2_and_dates(tmp_path: Path) -> None:
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
    values = load(written(tmp_path, text.replace("%s", "0" * 5000)), Scalars, environ={}).values
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


def test_keys_are_text_and_take_the_type_that_the_model_gives(tmp_path: Path) -> None:
    class Keys(SettingsModel):
        by_day: dict[date, int]
        by_number: dict[int, int]
        by_name: dict[str, int]

    text = "by_day: {2024-01-31: 1}\nby_number: {7: 1}\nby_name: {no: 1, 7: 2, null: 3}"
    keys = load(written(tmp_path, text), Keys, environ={})
    assert keys.by_day == {date(2024, 1, 31): 1}
    assert keys.by_number == {7: 1}
    assert keys.by_name == {"no": 1, "7": 2, "null": 3}


def test_merge_keys_give_way_to_what_is_written_and_to_earlier_ones(tmp_path: Path) -> None:
    text = """
    values:
      one: &one {a: 1, b: 1}
      two: &two {b: 2, c: 2}
      both: {c: 3, <<: [*one, *two]}
      nested: {<<: {<<: *two, b: 4}}
      literal: {"<<": 5}
    """
    values = load(written(tmp_path, text), Scalars, environ={}).values
    assert values["both"] == {"a": 1, "b": 1, "c": 3}
    assert values["nested"] == {"b": 4, "c": 2}
    assert values["literal"] == {"<<": 5}


def test_an_alias_is_a_copy_that_a_validator_may_alter(tmp_path: Path) -> None:
    def emptied(value: dict[str, int]) -> int:
        return value.popitem()[1]

    class Copies(SettingsModel):
        values: list[Annotated[int, BeforeValidator(emptied)]]

    assert load(written(tmp_path, "values: [&one {a: 1}, *one]"), Copies, environ={}).values == [1, 1]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}"])
def test_an_empty_file_has_no_keys(tmp_path: Path, text: str) -> None:
    class Optional(SettingsModel):
        name: str = "Atelier"

    assert load(written(tmp_path, text), Optional, environ={}).name == "Atelier"


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "vigie.yaml"
    file.write_bytes(b"\xef\xbb\xbfcompany:\r\n  name: Atelier\r\n  opened: today\r\n")
    [problem] = problems_of(file)
    assert (problem.line, problem.key) == (3, "company.opened")


# ------------------------------------------------------------------------------------------------- environment


def interpolated(folder: Path, text: str, **environ: str) -> object:
    # A JSON string is a quoted YAML one; YAML 1.1 would leave out quotes that YAML 1.2 needs.
    file = written(folder, f"values: {{text: {json.dumps(text, ensure_ascii=False)}}}")
    return load(file, Scalars, environ=environ).values["text"]


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("${A}", {"A": "x"}, "x"),
        ("${A}", {"A": ""}, ""),
        ("${A}", {"A": "12"}, "12"),
        ("${A:-y}", {"A": "x"}, "x"),
        ("${A:-y}", {"A": ""}, "y"),
        ("${A:-y}", {}, "y"),
        ("${A:-}", {}, ""),
        ("${A:-a: b, $c}", {}, "a: b, $c"),
        ("sftp://${A}:${B_2}@${A}/", {"A": "x", "B_2": "y"}, "sftp://x:y@x/"),
        ("$${A} $$ $A {A} ${A}", {"A": "x"}, "${A} $$ $A {A} x"),
        ("${A}", {"A": "${B} $${B}", "B": "secret"}, "${B} $${B}"),
        ("${A}${B}", {"A": "$", "B": "{C}", "C": "secret"}, "${C}"),
    ],
)
def test_references_to_the_environment(tmp_path: Path, text: str, environ: dict[str, str], expected: str) -> None:
    assert interpolated(tmp_path, text, **environ) == expected


def test_references_are_coerced_to_the_type_of_the_field(tmp_path: Path) -> None:
    class Coerced(SettingsModel):
        whole: int
        fraction: float | Bounds
        flag: bool
        day: date
        grain: Literal["day", "week"]

    text = '{whole: "${W}", fraction: "${F}", flag: "${B}", day: "${D}", grain: "${G}"}'
    environ = {"W": "12", "F": "0.5", "B": "yes", "D": "2024-01-31", "G": "week"}
    coerced = load(written(tmp_path, text), Coerced, environ=environ)
    assert coerced == Coerced(whole=12, fraction=0.5, flag=True, day=date(2024, 1, 31), grain="week")


def test_keys_and_numbers_hold_no_references(tmp_path: Path) -> None:
    file = written(tmp_path, "values: {'${A}': 1}")
    assert load(file, Scalars, environ={"A": "x"}).values == {"${A}": 1}


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
YAML_TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)


@unhurried
@given(parts=st.lists(st.tuples(YAML_TEXT, NAMES), max_size=4), environ=st.dictionaries(NAMES, YAML_TEXT, max_size=3))
def test_each_reference_is_replaced_once_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str]], environ: dict[str, str]
) -> None:
    parts = [(text.replace("$", "S"), name) for text, name in parts]
    environ |= {name: environ.get(name, "${OTHER}") for _, name in parts}
    source = "".join(f"{text}$${{{name}}}${{{name}}}" for text, name in parts)
    expected = "".join(f"{text}${{{name}}}{environ[name]}" for text, name in parts)
    assert interpolated(tmp_path_factory.getbasetemp(), source, **environ) == expected


@unhurried
@given(text=YAML_TEXT.filter(lambda text: "${" not in text), environ=st.dictionaries(NAMES, YAML_TEXT, max_size=3))
def test_text_without_references_stays_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, text: str, environ: dict[str, str]
) -> None:
    assert interpolated(tmp_path_factory.getbasetemp(), text, **environ) == text


# ------------------------------------------------------------------------------------------------- many mistakes


def test_all_mistakes_are_told_in_one_go_sorted_by_line(tmp_path: Path) -> None:
    text = """\
company: {name: "${NAME}", opened: "${OPENED:-soon}"}
rules:
  - {name: floor, kpi: csat, grain: weekly, by: chanel}
  - {name: floor, kpi: csat, grain: week, grain: day}
  - {name: floor}
chanels: {}
"""
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, text), Settings, environ={})
    file = tmp_path / "vigie.yaml"
    assert str(refused.value).splitlines() == [
        f"{file}:1: company.name: the environment variable NAME is not set;"
        " set it, or write a default: ${NAME:-default}",
        f'{file}:1: company.opened: write a date such as 2024-01-31, not "soon"',
        f'{file}:3: rules[0].grain: "weekly" is not allowed here; did you mean "week"? Allowed: day, week, month',
        f'{file}:3: rules[0].by: there is no dimension called "chanel"; did you mean "channel"?'
        " Allowed: channel, team, country",
        f"{file}:4: rules[1].grain: the key is written twice, first on line 4; keep one of the two",
        f"{file}:5: rules[2].kpi: this key is missing",
        f'{file}:6: chanels: there is no key "chanels" here; did you mean "channels"?'
        " Allowed: company, rules, channels, targets",
    ]


def test_every_unreadable_file_of_a_folder_is_told(tmp_path: Path) -> None:
    written(tmp_path, "a: b: c", "1.yaml")
    written(tmp_path, "- a", "2.yaml")
    written(tmp_path, "company: {}", "3.yaml")
    assert [problem.file.name for problem in problems_of(tmp_path)] == ["1.yaml", "2.yaml"]


def test_a_long_list_of_names_is_shown_only_if_none_is_near() -> None:
    names = tuple(f"name-{letter * 9}" for letter in "abcdefghijklm")
    near = Problem(Path("settings/rules.yaml"), 12, "rules[3].kpi", "there is no such KPI", names, "name-aaaaaaaaa")
    assert str(near) == 'settings/rules.yaml:12: rules[3].kpi: there is no such KPI; did you mean "name-aaaaaaaaa"?'
    far = Problem(Path("settings"), None, "", "there is no such KPI", names)
    assert str(far) == f"settings: there is no such KPI; allowed: {', '.join(names)}"


def test_a_problem_is_one_line() -> None:
    assert (
        str(Problem(Path("a.yaml"), 1, "key", "first\nsecond\x1b[31m\tthird"))
        == "a.yaml:1: key: first second [31m third"
    )


def test_an_error_survives_a_process_boundary() -> None:
    error = SettingsError([Problem(Path("a.yaml"), 1, "key", "wrong")])
    copy = pickle.loads(pickle.dumps(error))
    assert copy.problems == error.problems
    assert str(copy) == "a.yaml:1: key: wrong"


# ------------------------------------------------------------------------------------------------- folders and files


def test_a_key_of_a_mapping_stands_in_one_file_only() -> None:
    folder = FIXTURES / "bad_folders" / "same_key_twice"
    [problem] = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == (folder / "b.yaml", 3, "channels.support")
    assert problem.message == f"the key is written in {folder / 'a.yaml'} too, on line 3; keep one of the two"


def test_a_list_and_a_mapping_do_not_merge() -> None:
    folder = FIXTURES / "bad_folders" / "list_and_mapping"
    [problem] = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == (folder / "b.yaml", 2, "rules")
    assert f"{folder / 'a.yaml'} too, on line 2" in problem.message


def test_a_mistake_is_placed_in_the_file_it_comes_from() -> None:
    folder = FIXTURES / "bad_folders" / "mistake_in_second_file"
    [problem] = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == (folder / "b.yaml", 4, "rules[2].grain")


def test_a_key_that_no_file_of_a_folder_has_is_missed_in_the_folder(tmp_path: Path) -> None:
    written(tmp_path, "rules: []")
    [problem] = problems_of(tmp_path)
    assert (problem.file, problem.line, problem.key) == (tmp_path, None, "company")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, "company: {}")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    written(tmp_path / "other", "text", "notes.txt")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.yaml").symlink_to(tmp_path / "nowhere")
    expected = {
        tmp_path / "absent": "there is no such file or folder",
        file / "inside": "there is no such file or folder",
        tmp_path / ("a" * 300): "this cannot be opened (File name too long)",
        tmp_path / "empty": "there is no .yaml file in this folder",
        tmp_path / "other": "there is no .yaml file in this folder",
        tmp_path / "broken": "the file cannot be read (No such file or directory)",
    }
    for path, message in expected.items():
        [problem] = problems_of(path)
        assert message in problem.message
        assert problem.file in {path, path / "a.yaml"}
        assert problem.line is None


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("company:\n  name: Café".encode("latin-1"), 2, "not UTF-8 text; save it with the encoding UTF-8"),
        ("company: {}".encode("utf-16"), 1, "not UTF-8 text"),
        (b"company:\n  name: a\x07b\n", 2, "the character U+0007 may not stand in YAML"),
        (b"company: " + b"[" * 600, None, "nested more than 100 deep"),
        (b"company: " + b"[" * 120 + b"]" * 120, 1, "nested more than 100 deep"),
    ],
)
def test_what_is_no_yaml_text_is_told(tmp_path: Path, content: bytes, line: int | None, message: str) -> None:
    file = tmp_path / "vigie.yaml"
    file.write_bytes(content)
    [problem] = problems_of(file)
    assert problem.line == line
    assert message in problem.message


def test_merge_keys_cannot_make_a_file_grow_without_bound(tmp_path: Path) -> None:
    keys = ", ".join(f"k{number}: 1" for number in range(600))
    file = written(tmp_path, f"base: &base {{{keys}}}\nmany:\n" + "  - {<<: *base}\n" * 200)
    [problem] = problems_of(file)
    assert LAUGHS in problem.message


def test_a_chain_of_aliases_cannot_nest_without_bound(tmp_path: Path) -> None:
    links = "".join(f"a{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 500))
    [problem] = problems_of(written(tmp_path, f"a0: &a0 [x]\n{links}"))
    assert "nested more than 100 deep" in problem.message


# ------------------------------------------------------------------------------------------------- kinds of values


class Kinds(SettingsModel):
    moment: datetime | None = None
    clock: time | None = None
    span: timedelta | None = None
    amount: Decimal | None = None
    path: Path | None = None
    site: HttpUrl | None = None
    database: PostgresDsn | None = None
    pair: tuple[float, float] | None = None
    several: tuple[int, ...] = ()
    distinct: set[int] = set()
    either: Literal["auto"] | int = "auto"
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    label: Annotated[str, Field(min_length=1, max_length=5)] = "label"
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    tree: "Kinds | None" = None
    models: list[Bounds | Email] = []
    word: Literal["auto", True] | Severity = "auto"
    far: Annotated[int, Field(ge=10)] | Annotated[int, Field(le=-10)] = 10
    key: SecretStr | int = 1
    two: Annotated[list[int], Field(min_length=2)] = [1, 2]
    token: SecretStr | None = None


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("moment: soon", "moment", 'write a moment such as 2024-01-31T08:30:00, not "soon"'),
        ("clock: noon", "clock", 'write a time of day such as 07:30, not "noon"'),
        ("span: short", "span", 'write a duration such as PT15M (ISO 8601), not "short"'),
        ("amount: much", "amount", 'write a number, not "much"'),
        ("path: 3", "path", "write a path, not the number 3"),
        ("path: true", "path", "write a path, not true"),
        ("site: nowhere", "site", 'write an address such as https://example.com, not "nowhere"'),
        ("site: ftp://example.com", "site", "the address must begin with 'http' or 'https'"),
        ("pair: [1]", "pair[1]", "this item is missing"),
        ("pair: [1, x]", "pair[1]", 'write a number, not "x"'),
        ("pair: [1, 2, 3]", "pair", "too long: at most 2 allowed, 3 given"),
        ("several: [1, 2, x]", "several[2]", 'write a whole number, not "x"'),
        ("distinct: [1, x]", "distinct[1]", 'write a whole number, not "x"'),
        ("either: autoo", "either", 'write "auto" or a whole number, not "autoo"'),
        ("word: warning", "word", '"warning" is not allowed here'),
        ("two: [x, 1]", "two[0]", 'write a whole number, not "x"'),
        ("far: 5", "far", "the value must be at least 10"),
        ("far: [5]", "far", "write a whole number, not a list"),
        ("key: 1.5", "key", "write text or a whole number, not the value given"),
        ("code: eur", "code", "the text must match the pattern ^[A-Z]{3}$"),
        ("label: ''", "label", "the text must be at least 1 long"),
        ("label: labels", "label", "the text must be at most 5 long"),
        ("label: 2024-01-31", "label", "write text, not the date 2024-01-31; if text is meant, put it in quotes"),
        ("label: true", "label", "write text, not true; if text is meant, put it in quotes"),
        ("share: 0", "share", "the value must be more than 0"),
        ("share: .inf", "share", "write a finite number, not the number .inf"),
        ("tree: {tree: {cod: EUR}}", "tree.tree.cod", 'there is no key "cod" here'),
        ("models: [{warn: 1, criticl: 2}]", "models[0].criticl", 'there is no key "criticl" here'),
        ("models: [{type: email, to: [1]}]", "models[0].to[0]", "write text, not the number 1"),
        (
            "models: [{warn: 1}, 5]",
            "models[1]",
            "write a mapping with the keys warn, critical or a mapping with the keys",
        ),
        ("token: [1]", "token", "write text, not a list"),
    ],
)
def test_each_kind_of_value_is_asked_for_in_plain_words(tmp_path: Path, text: str, key: str, message: str) -> None:
    [problem] = problems_of(written(tmp_path, text), model=Kinds)
    assert problem.key == key
    assert message in problem.message


def test_a_literal_among_other_types_is_suggested(tmp_path: Path) -> None:
    [problem] = problems_of(written(tmp_path, "either: autoo"), model=Kinds)
    assert problem.nearest == "auto"
    [problem] = problems_of(written(tmp_path, "word: warning"), model=Kinds)
    assert (problem.nearest, problem.allowed) == ("warn", ("auto", "true", "warn", "critical"))


def test_a_shorthand_that_a_validator_writes_out_is_placed_where_it_stands(tmp_path: Path) -> None:
    def spread(value: object) -> object:
        return {"warn": value} if isinstance(value, str) else value

    class Shorthand(SettingsModel):
        below: Annotated[Bounds, BeforeValidator(spread)]
        above: Annotated[Bounds | list[int], BeforeValidator(spread)]

    below, above = problems_of(written(tmp_path, "below: low\nabove: high\n"), model=Shorthand)
    assert (below.line, below.key, below.message) == (1, "below.warn", "write a number")
    assert above.line == 2
    assert above.key.startswith("above")


def test_a_validator_that_validates_by_itself_keeps_the_path(tmp_path: Path) -> None:
    def parsed(value: object) -> Bounds:
        return Bounds.model_validate(value)

    class Plain(SettingsModel):
        bounds: Annotated[Any, AfterValidator(parsed)]

    [problem] = problems_of(written(tmp_path, "bounds:\n  warn: 1\n  critical: low\n"), model=Plain)
    assert (problem.line, problem.key, problem.message) == (3, "bounds.critical", 'write a number, not "low"')


# ------------------------------------------------------------------------------------------------- cross-checks


def test_cross_checks_are_placed_and_suggest(tmp_path: Path) -> None:
    text = """\
company: {name: Atelier, opened: 2024-01-31}
channels: {support: {type: email, to: [a@example.com]}}
rules:
  - {name: floor, kpi: csat, notify: [support]}
  - name: ceiling
    kpi: csatt
    notify:
      - support
      - suport
"""
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, text), Settings, environ={}, check=cross_checks)
    file = tmp_path / "vigie.yaml"
    assert str(refused.value).splitlines() == [
        f'{file}:6: rules[1].kpi: there is no KPI called "csatt"; did you mean "csat"? Allowed: csat, nps, wait',
        f'{file}:9: rules[1].notify[1]: there is no channel called "suport"; did you mean "support"? Allowed: support',
    ]


@pytest.mark.parametrize(
    ("key", "line", "shown"),
    [
        (("rules", 0, "for_"), 4, "rules[0].for"),
        (("rules", 0, "for"), 4, "rules[0].for"),
        (("rules", 0, "kpi", "deeper"), 3, "rules[0].kpi.deeper"),
        (("rules", 0, "by"), 3, "rules[0].by"),
        (("rules", 7, "by"), 2, "rules[7].by"),
        ((), None, ""),
        (("channels",), None, "channels"),
    ],
)
def test_a_cross_check_is_placed_at_the_nearest_key_there_is(
    tmp_path: Path, key: tuple[str | int, ...], line: int | None, shown: str
) -> None:
    text = "company: {name: Atelier, opened: 2024-01-31}\nrules:\n  - {name: floor, kpi: csat,\n    for: 2}\n"
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, text), Settings, environ={}, check=lambda _: [Mistake(key, "wrong")])
    [problem] = refused.value.problems
    assert (problem.line, problem.key) == (line, shown)


def test_cross_checks_see_valid_settings_only(tmp_path: Path) -> None:
    seen: list[Settings] = []

    def check(settings: Settings) -> list[Mistake]:
        seen.append(settings)
        return []

    good = written(tmp_path, "company: {name: Atelier, opened: 2024-01-31}")
    assert load(good, Settings, environ={}, check=check) == seen[0]
    for text in ("company: {}", "company: {name: '${MISSING}', opened: 2024-01-31}"):
        with pytest.raises(SettingsError):
            load(written(tmp_path, text), Settings, environ={}, check=check)
    assert len(seen) == 1


# ------------------------------------------------------------------------------------------------- secrets

PASSWORD = "Corr3ct-Horse/Battery+Staple"


class Quoting(SettingsModel):
    """A model whose validators quote what they are given, as validators do."""

    number: int = 0
    choice: Literal["this", "that"] = "this"
    bound: Annotated[float, BeforeValidator(parsed_bound)] | Bounds = 0.5
    dimension: Annotated[str, AfterValidator(known_dimension)] = "team"
    token: Annotated[SecretStr, AfterValidator(lambda token: quoting(token.get_secret_value()))] | None = None
    folded: Annotated[str, AfterValidator(lambda text: quoting(text.casefold()[2:-2]))] | None = None
    nested: dict[str, str] = {}
    site: HttpUrl | None = None
    flag: bool = True

    @model_validator(mode="after")
    def quote_nested(self) -> "Quoting":
        if self.nested:
            raise ValueError(f"{self.nested} cannot be used with {self.number}")
        return self


def quoting(text: str) -> str:
    raise ValueError(f"the value {text!r} is refused")


@pytest.mark.parametrize(
    "line",
    [
        "number: ${SECRET}",
        "choice: ${SECRET}",
        "bound: ${SECRET}",
        "dimension: ${SECRET}",
        "dimension: chan${SECRET}",
        "token: ${SECRET}",
        "token: Bearer ${SECRET}",
        f"token: {PASSWORD}",
        "folded: ${SECRET}",
        "nested: {inside: '${SECRET}'}",
        "site: ${SECRET}",
        "flag: ${SECRET}",
    ],
)
def test_a_secret_is_in_no_message(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, line), Quoting, environ={"SECRET": PASSWORD})
    shown = [str(refused.value), repr(refused.value), *map(repr, refused.value.problems)]
    for piece in ("Corr3ct", "Horse", "Battery", "Staple"):
        assert not any(piece.casefold() in text.casefold() for text in shown)
    # A report that prints the chain of errors would show pydantic's.
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_a_message_says_which_variable_is_wrong(tmp_path: Path) -> None:
    [problem] = problems_of(written(tmp_path, "number: 1${A}"), {"A": "x"}, model=Quoting)
    assert problem.message == "write a whole number, not the value of ${A}"
    [problem] = problems_of(written(tmp_path, "number: ${A}"), {"A": ""}, model=Quoting)
    assert problem.message == "write a whole number, not the value of ${A} (empty)"
    [problem] = problems_of(written(tmp_path, "choice: ${A}"), {"A": "thiss"}, model=Quoting)
    assert (problem.message, problem.nearest) == ("the value of ${A} is not allowed here", "this")


def test_a_short_value_is_hidden_where_it_is_a_word(tmp_path: Path) -> None:
    [problem] = problems_of(written(tmp_path, "dimension: ${A}"), {"A": "on"}, model=Quoting)
    assert problem.message == 'there is no dimension called "***"'


def test_a_secret_stays_hidden_in_the_messages_of_other_keys(tmp_path: Path) -> None:
    file = written(
        tmp_path, "company: {name: A, opened: 2024-01-31}\nchannels: {s: {type: slack, webhook_url: '${W}'}}"
    )

    def check(settings: Settings) -> list[Mistake]:
        slack = settings.channels["s"]
        assert isinstance(slack, Slack)
        return [Mistake(("rules",), f"no rule uses {slack.webhook_url.get_secret_value()}")]

    with pytest.raises(SettingsError) as refused:
        load(file, Settings, environ={"W": PASSWORD}, check=check)
    assert str(refused.value).endswith("rules: no rule uses ***")


def test_an_unquoted_secret_is_not_shown(tmp_path: Path) -> None:
    [problem] = problems_of(written(tmp_path, "token: 12345678"), model=Kinds)
    assert problem.message == "write text, not the value given; if text is meant, put it in quotes"


def test_pydantic_keeps_inputs_out_of_its_own_messages() -> None:
    with pytest.raises(ValidationError) as refused:
        Company.model_validate({"name": ["hunter2"], "opened": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_secrets_of_finds_every_secret() -> None:
    class Vault(SettingsModel):
        one: SecretStr
        many: list[SecretStr]
        pair: tuple[SecretStr, int]
        named: dict[str, dict[str, SecretStr]]
        channel: Slack
        none: SecretStr | None = None
        text: str = "not a secret"

    vault = Vault(
        one=SecretStr("secret-one"),
        many=[SecretStr("secret-two-longer"), SecretStr("abc"), SecretStr("secret-one")],
        pair=(SecretStr("four"), 4),
        named={"a": {"b": SecretStr("secret-dict")}},
        channel=Slack(type="slack", webhook_url=SecretStr("https://example.com")),
    )
    assert secrets_of(vault) == ("https://example.com", "secret-two-longer", "secret-dict", "secret-one", "four")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://u:pa55@h:5432/db", "postgresql://u:***@h:5432/db"),
        ("sftp://u:p@ss:w/rd@h/a and x@y", "sftp://u:***@h/a and x@y"),
        ('postgresql://u:p"w@h', "postgresql://u:***@h"),
        ("redis://:pa55@h", "redis://:***@h"),
        ("postgresql+psycopg://u@h.com:pa55@h", "postgresql+psycopg://u@h.com:***@h"),
        (
            "http://localhost:8080/users/@me and http://[::1]:80/@me",
            "http://localhost:8080/users/@me and http://[::1]:80/@me",
        ),
        ("https://user@host:8080/x@y", "https://user@host:8080/x@y"),
        ('{"a":"ftp://u:p@h","b":"c@d"}', '{"a":"ftp://u:***@h","b":"c@d"}'),
        ("https://hooks.slack.com/services/T0/B0/xyz: 404", "https://hooks.slack.com/services/*** 404"),
        ("<https://hooks.slack.com/triggers/T0/1/xyz>", "<https://hooks.slack.com/triggers/***>"),
        ("retries exceeded with url: /services/T0AB/B0CD/x1Yz (x)", "retries exceeded with url: /services/*** (x)"),
        ("https://example.com/services/list", "https://example.com/services/list"),
    ],
)
def test_redact_hides_passwords_in_addresses(text: str, expected: str) -> None:
    assert redact(text, ()) == expected


def test_redact_hides_a_secret_however_it_is_spelt() -> None:
    secret = "a/b\n'c'"
    assert redact(f"1 {secret} 2 a%2Fb%0A%27c%27 3 a/b\\n'c'", [secret, ""]) == "1 *** 2 *** 3 ***"


def test_redact_prefers_the_longest_secret() -> None:
    assert redact("token-and-more token", ["token", "token-and-more"]) == "*** ***"


@unhurried
@given(text=st.text("abcd/ ", max_size=30), secrets=st.lists(st.text("abcd/ ", min_size=1, max_size=6), max_size=4))
def test_no_secret_is_left_in_redacted_text(text: str, secrets: list[str]) -> None:
    redacted = redact(text, secrets)
    assert not any(secret in redacted for secret in secrets)
    assert redact(redacted, secrets) == redacted


# ------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("word", "allowed", "expected"),
    [
        ("csatt", ["csat", "nps"], "csat"),
        ("CSAT", ["csat", "nps"], "csat"),
        ("first-response time", ["first_contact_rate", "first_response_time"], "first_response_time"),
        ("hubspt", ["hubspot", "helpspot"], "hubspot"),
        ("a_b", ["a-b", "a_b"], "a_b"),
        ("zebra", ["csat", "nps"], None),
        ("", ["csat"], None),
        ("csat", [], None),
    ],
)
def test_nearest(word: str, allowed: list[str], expected: str | None) -> None:
    assert nearest(word, allowed) == expected


WORDS = st.text("abcdefghij_", min_size=1, max_size=12)


@unhurried
@given(word=WORDS, allowed=st.lists(WORDS, max_size=8))
def test_nearest_is_one_of_the_allowed(word: str, allowed: list[str]) -> None:
    found = nearest(word, allowed)
    assert found is None or found in allowed
    assert nearest(word, [*allowed, word]) == word


@unhurried
@given(letters=st.permutations("abcdefghij"), length=st.integers(4, 10), data=st.data())
def test_one_slip_of_the_finger_is_understood(letters: list[str], length: int, data: st.DataObject) -> None:
    name = "".join(letters[:length])
    place = data.draw(st.integers(0, length - 1))
    slips = [
        name[:place] + name[place + 1 :],
        name[:place] + "x" + name[place:],
        name[:place] + "x" + name[place + 1 :],
    ]
    assert [nearest(slip, ["kpqrst", name]) for slip in slips] == [name] * 3


# ------------------------------------------------------------------------------------------------- places


def test_relative_paths_refer_to_the_folder_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "company: {}")
    assert base_folder(file) == tmp_path
    assert base_folder(tmp_path) == tmp_path
    monkeypatch.chdir(tmp_path)
    assert base_folder(Path("vigie.yaml")) == tmp_path
    (tmp_path / "linked").mkdir()
    link = tmp_path / "linked" / "vigie.yaml"
    link.symlink_to(file)
    assert base_folder(link) == tmp_path / "linked"


# ------------------------------------------------------------------------------------------------- JSON Schema


def schema_accepts(document: object, model: type[BaseModel] = Settings) -> bool:
    return bool(Draft202012Validator(json_schema(model)).is_valid(document))


def test_the_json_schema_is_a_schema_without_titles() -> None:
    class Titled(SettingsModel):
        title: str

    for model in (Settings, Kinds, Quoting, Titled):
        Draft202012Validator.check_schema(json_schema(model))
    schema = json_schema(Titled)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"] == {"title": {"type": "string"}}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": 3}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "${PATIENCE}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "${PATIENCE:-3}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "3"}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "for": "$PATIENCE"}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "for": 0}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "for_": 3}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "grain": "weekly"}]}, False),
        ({"rules": [{"name": "a", "kpi": "csat", "grain": "${GRAIN}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "severity": "critical"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "above": "${ABOVE}"}]}, True),
        ({"rules": [{"name": "a", "kpi": "csat", "above": {"warn": "${ABOVE}"}}]}, True),
        ({"rules": "${RULES}"}, False),
        ({"colour": "blue"}, False),
        ({"channels": {"a": {"type": "email", "to": ["a@example.com"]}}}, True),
        ({"channels": {"a": {"type": "slack", "to": ["a@example.com"]}}}, False),
        ({"channels": {"a": {"type": "${TYPE}", "to": ["a@example.com"]}}}, False),
        ({"company": {"name": "a", "opened": "2024-01-31", "open": "${OPEN}"}}, True),
        ({"company": {"name": "a", "opened": "2024-01-31", "open": "perhaps"}}, False),
    ],
)
def test_the_json_schema_accepts_what_editors_should(change: dict[str, Any], accepted: bool) -> None:
    assert schema_accepts({"company": {"name": "Atelier", "opened": "2024-01-31"}, **change}) is accepted


def test_the_json_schema_describes_by_docstrings_and_keeps_defaults() -> None:
    class Described(SettingsModel):
        """What is described."""

        model_config = ConfigDict(use_attribute_docstrings=True)

        size: int = 3
        """How large."""

    schema = json_schema(Described)
    assert schema["description"] == "What is described."
    reference = {"$ref": "#/$defs/EnvironmentReference"}
    assert schema["properties"]["size"] == {
        "description": "How large.",
        "default": 3,
        "anyOf": [{"type": "integer"}, reference],
    }


def test_names_have_letters_digits_hyphens_and_underscores(tmp_path: Path) -> None:
    text = (
        "company: {{name: A}}\nsources:\n  - {{name: {name}, type: files, tables: [{{entity: lead, path: a.csv}}]}}\n"
    )
    for name in ("help-desk", "Shop_2", "2nd-shop"):
        vigie_settings.load(written(tmp_path, text.format(name=name)), KPIS, {})
    for name in ("help desk", "../shop", "-shop", "a/b", "", "a" * 61, "caf\u00e9"):
        with pytest.raises(SettingsError, match="cannot be a name: write letters"):
            vigie_settings.load(written(tmp_path, text.format(name=json.dumps(name))), KPIS, {})


def test_what_else_is_wrong_is_told_with_wrong_values_beside_it(tmp_path: Path) -> None:
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


def test_a_time_zone_gets_the_nearest_name_but_no_list_of_hundreds(tmp_path: Path) -> None:
    said = []
    for zone in ("europe/pariss", "Mars"):
        file = written(tmp_path, f"company: {{name: A, timezone: {zone}}}")
        with pytest.raises(SettingsError) as refused:
            vigie_settings.load(file, KPIS, {})
        said.append(str(refused.value).partition(": company.timezone: ")[2])
    hint = "is not a time zone; write an IANA name such as Europe/Paris"
    assert said == [f'europe/pariss {hint}; did you mean "Europe/Paris"?', f"Mars {hint}"]


def test_names_are_checked_although_other_entries_have_mistakes(tmp_path: Path) -> None:
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
