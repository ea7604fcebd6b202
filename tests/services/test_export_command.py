"""`vigie export` of an export that goes through channels."""

import json
from pathlib import Path

from export_home import mail_server, small_installation
from typer.testing import CliRunner

from pipelines.cli import app


def export(folder: Path, *options: str) -> tuple[int, str]:
    place = ["--settings", str(folder / "settings.yaml"), "--home", str(folder / "var")]
    result = CliRunner().invoke(app, ["export", "weekly", *place, "--as-of", "2026-03-30T08:00:00+02:00", *options])
    return result.exit_code, result.output


def test_the_command_sends_the_file_and_says_so_once(tmp_path: Path) -> None:
    with mail_server() as (port, mailbox):
        small_installation(tmp_path, port=port)
        status, said = export(tmp_path)
        assert (status, "weekly: 16 rows, sent through heads" in said) == (0, True)
        status, said = export(tmp_path)
        assert (status, "weekly: 16 rows, was sent before" in said) == (0, True)
    assert len(mailbox.mails) == 1


def test_a_receiver_that_is_down_is_a_failure_and_the_message_waits(tmp_path: Path) -> None:
    small_installation(tmp_path, port=1, channels="heads")
    status, said = export(tmp_path)
    assert status == 1
    assert "waits for its delivery" in said
    assert "127.0.0.1:1" in said


def test_the_json_names_the_channels(tmp_path: Path) -> None:
    small_installation(tmp_path, format="digest", channels="log")
    status, said = export(tmp_path, "--json")
    assert status == 0
    answer = json.loads(said[said.index("{") :])
    assert (answer["channels"], answer["path"], answer["rows"], len(answer["sha256"])) == (["log"], "", 16, 64)
