"""`vigie channels` lists channels; `vigie channels test` sends a message through them and shows each result."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from notify_receivers import MailServer, Slack
from typer.testing import CliRunner

from pipelines.cli import app

SETTINGS = """
company: {{name: Atelier Lumen, language: {language}}}
rules:
  - {{name: csat-floor, kpi: csat, grain: week, below: 0.8, notify: [desk]}}
  - {{name: backlog-ceiling, kpi: backlog, grain: week, above: 100}}
channels:
  desk: {{type: slack, webhook_url: "{slack}"}}
  heads: {{type: email, from: vigie@example.com, to: [head@example.com, gone@example.com], smtp: {{host: 127.0.0.1, port: {port}, starttls: never}}}}
  log: {{type: file, path: out/log.jsonl}}
  operators: {{type: file, path: out/operators.jsonl}}
"""

Vigie = Callable[..., Result]


@pytest.fixture
def mail(mail_server: Callable[..., MailServer]) -> MailServer:
    return mail_server(starttls=False)


@pytest.fixture
def vigie(tmp_path: Path, slack: Slack, mail: MailServer) -> Vigie:
    def run(*arguments: str, language: str = "en") -> Result:
        settings = SETTINGS.format(language=language, slack=slack.url, port=mail.port)
        (tmp_path / "settings.yaml").write_text(settings, encoding="utf-8")
        places = ["--settings", str(tmp_path / "settings.yaml"), "--home", str(tmp_path / "home")]
        return CliRunner().invoke(app, ["channels", *arguments, *places])

    return run


def test_channels_are_listed_with_what_they_get(vigie: Vigie) -> None:
    lines = {line.split()[0]: line.split()[1:] for line in vigie().output.splitlines()}
    assert lines["desk"] == ["slack", "csat-floor,", "backlog-ceiling"]
    assert lines["heads"] == ["email", "backlog-ceiling"]
    assert " ".join(lines["operators"]) == "file failures of the pipeline"


def test_a_message_is_sent_through_every_channel(vigie: Vigie, slack: Slack, mail: MailServer, tmp_path: Path) -> None:
    result = vigie("test")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["ok", name] for name in ("desk", "heads", "log", "operators")]
    assert "accepted by Slack" in lines[0]
    assert "Somebody at Atelier Lumen tries the channel desk." in json.dumps(slack.posted)
    sent, _ = mail.mailbox.mails
    assert "Test: the channel heads works" in str(sent["subject"])
    [record] = [json.loads(line) for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert (record["kind"], record["channel"]) == ("pipeline", "log")
    # It is not a message of the outbox: no ledger is needed, none is written.
    assert not (tmp_path / "home").exists()


def test_one_channel_is_tried_in_the_language_of_the_company(vigie: Vigie, slack: Slack, mail: MailServer) -> None:
    result = vigie("test", "heads", language="fr")
    assert result.exit_code == 0, result.output
    assert slack.posted == []
    sent, _ = mail.mailbox.mails
    assert "le canal heads fonctionne" in str(sent["subject"])


def test_a_channel_that_fails_is_named_and_the_others_are_tried(vigie: Vigie, slack: Slack, tmp_path: Path) -> None:
    slack.status, slack.body = 404, "no_service"
    result = vigie("test", "--json")
    assert result.exit_code == 1
    trials = {trial["channel"]: trial for trial in json.loads(result.stdout)["channels"]}
    assert [name for name, trial in trials.items() if not trial["delivered"]] == ["desk"]
    assert "the webhook was removed or disabled" in trials["desk"]["detail"]
    assert slack.url not in result.stdout
    shown = vigie("test", "desk").stdout
    assert shown.startswith("FAIL  desk (slack): ")
    assert "set webhook_url" in shown


def test_a_recipient_that_is_refused_is_named(vigie: Vigie, mail: MailServer) -> None:
    mail.mailbox.refused_recipients["gone@example.com"] = "550 no such user"
    result = vigie("test", "heads")
    assert result.exit_code == 1
    assert result.stdout.startswith("ok    heads (email): ")
    assert "gone@example.com" in result.stdout.splitlines()[1]


def test_without_channels_in_the_settings_the_file_in_the_home_is_tried(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("company: {name: Lumen}\n", encoding="utf-8")
    places = ["--settings", str(tmp_path / "settings.yaml"), "--home", str(tmp_path / "home")]
    result = CliRunner().invoke(app, ["channels", "test", *places])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "home/messages.jsonl").exists()
