"""Help, version, and errors as messages with an exit status."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.cli.console import handle_errors

COMMANDS = [
    "init", "run", "check", "preview", "doctor", "channels", "kpi", "alerts", "ack", "unack", "silence", "backtest",
    "rules", "export",
]  # fmt: skip


def test_version_is_shown() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output.split()[0]) == (0, "vigie")


@pytest.mark.parametrize(
    "command", [[], *([name] for name in COMMANDS)], ids=lambda command: " ".join(command) or "all"
)
def test_short_help_option_is_help(command: list[str]) -> None:
    short, long = (CliRunner().invoke(app, [*command, option]) for option in ("-h", "--help"))
    assert (short.exit_code, short.output) == (0, long.output)


def test_help_lists_the_commands_in_order() -> None:
    output = CliRunner().invoke(app, ["--help"]).output
    listed = re.findall(r"^\W+([a-z]+) {2,}\S", output, re.MULTILINE)
    assert [name for name in listed if name in COMMANDS] == COMMANDS


def test_mistakes_in_the_settings_are_reported_with_exit_status_2(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("company: {name: Lumen, colour: red}\nrule: []\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--settings", str(file)])
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f'{file}:1: company.colour: unknown key "colour"')
    assert lines[1].startswith(f'{file}:2: rule: unknown key "rule"; did you mean "rules"?')
    assert lines[2] == "The settings are not valid: 2 mistakes."


@pytest.mark.parametrize("below", ["", "/home"])
def test_a_home_that_is_a_file_is_refused_in_words(tmp_path: Path, below: str) -> None:
    (tmp_path / "settings.yaml").write_text("company: {name: Lumen}\n", encoding="utf-8")
    (tmp_path / "file").touch()
    home = f"{tmp_path / 'file'}{below}"
    result = CliRunner().invoke(app, ["run", "--settings", str(tmp_path / "settings.yaml"), "--home", home])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{home} cannot be created (")
    assert result.stderr.endswith("name another folder with --home\n")


@pytest.mark.parametrize("command", [["run"], ["export", "weekly"]])
def test_a_home_of_another_company_is_refused(tmp_path: Path, command: list[str]) -> None:
    home, settings = tmp_path / "home", tmp_path / "settings.yaml"
    home.mkdir()
    (home / "home.json").write_text('{"format": 2, "company": "Lumen"}', encoding="utf-8")
    weekly = (
        "{name: weekly, schedule: '0 7 * * 1', format: csv, kpis: [csat], grain: week, periods: 4, to: {path: out/}}"
    )
    settings.write_text(f"company: {{name: Acme}}\nexports: [{weekly}]\n", encoding="utf-8")
    result = CliRunner().invoke(app, [*command, "--settings", str(settings), "--home", str(home)])
    assert result.exit_code == 1
    assert "holds the data of Lumen, and these settings are for Acme: name another folder with --home" in result.stderr
    assert [path.name for path in home.iterdir()] == ["home.json"]


def test_a_company_may_get_a_new_name(tmp_path: Path) -> None:
    home, settings = tmp_path / "home", tmp_path / "settings.yaml"
    home.mkdir()
    (home / "home.json").write_text('{"format": 2, "company": "Lumen"}', encoding="utf-8")
    settings.write_text("company: {name: Acme}\n", encoding="utf-8")
    run = ["run", "--settings", str(settings), "--home", str(home)]
    assert "`vigie run --rename-company`" in CliRunner().invoke(app, run).stderr
    with mock.patch("pipelines.orchestration.run.run_pass", side_effect=KeyboardInterrupt):
        CliRunner().invoke(app, [*run, "--rename-company"])
    assert json.loads((home / "home.json").read_text(encoding="utf-8"))["company"] == "Acme"


def test_interruption_is_reported_with_exit_status_130(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BaseException, match="130"), handle_errors():
        raise KeyboardInterrupt
    assert "Completed steps are kept" in capsys.readouterr().err


def test_programming_errors_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), handle_errors():
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kpi", "csatt"], "Unknown KPI csatt; did you mean csat?"),
        (["export", "weeklyy"], "Unknown export weeklyy; did you mean weekly? The settings have: weekly."),
        (["channels", "test", "suport"], "Unknown channel suport; did you mean support?"),
        (["backtest", "csat-flor"], "Unknown rule csat-flor; did you mean csat-floor?"),
        (["backtest", "--from", "2024"], "--from: 2024 is not a day; write 2025-12-31"),
        (["backtest"], "has no history yet"),
        (["ack", "0"], "has no alerts yet"),
        (["run", "--as-of", "soon"], "--as-of: soon is not a timestamp"),
        (["run", "--as-of", "0001-01-01T00:00"], "outside the years"),
        (["run", "--as-of", "9999-12-31T23:59:59-05:00"], "outside the years"),
    ],
)
def test_wrong_arguments_are_refused(
    vigie: Callable[..., Result], home: Path, arguments: list[str], message: str
) -> None:
    result = vigie(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not home.exists()
