"""All mistakes are reported at once, each in its file, also those of a folder and of files that are not YAML."""

import pickle
from pathlib import Path

import pytest
from config_samples import FIXTURES, Settings, problems_of, write_settings

from pipelines.config import Problem, SettingsError, load


def test_all_mistakes_are_reported_at_once_sorted_by_line(tmp_path: Path) -> None:
    text = """\
company: {name: "${NAME}", opened: "${OPENED:-soon}"}
rules:
  - {name: floor, kpi: csat, grain: weekly, by: chanel}
  - {name: floor, kpi: csat, grain: week, grain: day}
  - {name: floor}
chanels: {}
"""
    with pytest.raises(SettingsError) as refused:
        load(write_settings(tmp_path, text), Settings, environ={})
    file = tmp_path / "vigie.yaml"
    assert str(refused.value).splitlines() == [
        f"{file}:1: company.name: the environment variable NAME is not set;"
        " set it, or write a default: ${NAME:-default}",
        f'{file}:1: company.opened: write a date such as 2024-01-31, not "soon"',
        f'{file}:3: rules[0].grain: "weekly" is not allowed here; did you mean "week"? Allowed: day, week, month',
        f'{file}:3: rules[0].by: unknown dimension "chanel"; did you mean "channel"? Allowed: channel, team, country',
        f"{file}:4: rules[1].grain: duplicate key, first on line 4; keep one of the two",
        f"{file}:5: rules[2].kpi: this key is missing",
        f'{file}:6: chanels: unknown key "chanels"; did you mean "channels"?'
        " Allowed: company, rules, channels, targets",
    ]


def test_every_file_that_is_not_yaml_is_reported(tmp_path: Path) -> None:
    write_settings(tmp_path, "a: b: c", "1.yaml")
    write_settings(tmp_path, "- a", "2.yaml")
    write_settings(tmp_path, "company: {}", "3.yaml")
    assert [problem.file.name for problem in problems_of(tmp_path)] == ["1.yaml", "2.yaml"]


def test_long_list_of_names_is_shown_only_if_none_is_near() -> None:
    names = tuple(f"name-{letter * 9}" for letter in "abcdefghijklm")
    near = Problem(Path("settings/rules.yaml"), 12, "rules[3].kpi", "there is no such KPI", names, "name-aaaaaaaaa")
    assert str(near) == 'settings/rules.yaml:12: rules[3].kpi: there is no such KPI; did you mean "name-aaaaaaaaa"?'
    far = Problem(Path("settings"), None, "", "there is no such KPI", names)
    assert str(far) == f"settings: there is no such KPI; allowed: {', '.join(names)}"


def test_problem_is_one_line() -> None:
    assert (
        str(Problem(Path("a.yaml"), 1, "key", "first\nsecond\x1b[31m\tthird"))
        == "a.yaml:1: key: first second [31m third"
    )


def test_error_can_be_pickled() -> None:
    error = SettingsError([Problem(Path("a.yaml"), 1, "key", "wrong")])
    copy = pickle.loads(pickle.dumps(error))
    assert copy.problems == error.problems
    assert str(copy) == "a.yaml:1: key: wrong"


def test_key_in_two_files_of_a_folder_is_a_duplicate() -> None:
    folder = FIXTURES / "bad_folders" / "same_key_twice"
    [problem] = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == (folder / "b.yaml", 3, "channels.support")
    assert problem.message == f"duplicate key, first in {folder / 'a.yaml'} on line 3; keep one of the two"


def test_list_and_mapping_are_not_merged() -> None:
    folder = FIXTURES / "bad_folders" / "list_and_mapping"
    [problem] = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == (folder / "b.yaml", 2, "rules")
    assert f"{folder / 'a.yaml'} on line 2" in problem.message


def test_mistake_of_a_folder_has_its_file_and_line() -> None:
    folder = FIXTURES / "bad_folders" / "mistake_in_second_file"
    [problem] = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == (folder / "b.yaml", 4, "rules[2].grain")


def test_missing_key_of_a_folder_has_the_folder_as_its_place(tmp_path: Path) -> None:
    write_settings(tmp_path, "rules: []")
    [problem] = problems_of(tmp_path)
    assert (problem.file, problem.line, problem.key) == (tmp_path, None, "company")


def test_missing_file_is_reported(tmp_path: Path) -> None:
    file = write_settings(tmp_path, "company: {}")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    write_settings(tmp_path / "other", "text", "notes.txt")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.yaml").symlink_to(tmp_path / "nowhere")
    expected = {
        tmp_path / "absent": "no such file or folder",
        file / "inside": "no such file or folder",
        tmp_path / ("a" * 300): "cannot open this path (File name too long)",
        tmp_path / "empty": "this folder has no .yaml file",
        tmp_path / "other": "this folder has no .yaml file",
        tmp_path / "broken": "cannot read the file (No such file or directory)",
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
        (b"company:\n  name: a\x07b\n", 2, "the character U+0007 is not allowed in YAML"),
        (b"company: " + b"[" * 600, None, "nested more than 100 deep"),
        (b"company: " + b"[" * 120 + b"]" * 120, 1, "nested more than 100 deep"),
    ],
)
def test_file_that_is_not_yaml_text_is_reported(tmp_path: Path, content: bytes, line: int | None, message: str) -> None:
    file = tmp_path / "vigie.yaml"
    file.write_bytes(content)
    [problem] = problems_of(file)
    assert problem.line == line
    assert message in problem.message


def test_size_of_expanded_merge_keys_is_limited(tmp_path: Path) -> None:
    keys = ", ".join(f"k{number}: 1" for number in range(600))
    file = write_settings(tmp_path, f"base: &base {{{keys}}}\nmany:\n" + "  - {<<: *base}\n" * 200)
    [problem] = problems_of(file)
    assert "more than 100,000 values" in problem.message


def test_depth_of_nested_aliases_is_limited(tmp_path: Path) -> None:
    links = "".join(f"a{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 500))
    [problem] = problems_of(write_settings(tmp_path, f"a0: &a0 [x]\n{links}"))
    assert "nested more than 100 deep" in problem.message
