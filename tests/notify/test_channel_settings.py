"""What an operator may write under `channels`, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pipelines.config import SettingsError, load
from pipelines.notify.settings import Channel, EmailChannel, FileChannel, SlackChannel

WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
CHANNEL: TypeAdapter[SlackChannel | EmailChannel | FileChannel] = TypeAdapter(Channel)


class Channels(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channels: dict[str, Channel]


def email(smtp: dict[str, Any] | None = None, *, sender: str | None = None, **facts: Any) -> EmailChannel:
    if sender is not None:
        facts["from"] = sender
    given = {"type": "email", "to": ["heads@example.com"], "smtp": {"host": "mail.example.com", **(smtp or {})}}
    channel = CHANNEL.validate_python(given | facts)
    assert isinstance(channel, EmailChannel)
    return channel


def test_the_contracts_example_is_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(
        "channels:\n"
        '  support: {type: slack, webhook_url: "${SLACK_WEBHOOK_URL}"}\n'
        "  heads: {type: email, to: [heads@example.com], smtp: {host: localhost, port: 1025}}\n"
        "  log: {type: file, path: messages.jsonl}\n"
    )
    channels = load(path, Channels, environ={"SLACK_WEBHOOK_URL": WEBHOOK}).channels
    support, heads, log = channels["support"], channels["heads"], channels["log"]
    assert isinstance(support, SlackChannel)
    assert support.webhook_url.get_secret_value() == WEBHOOK
    assert isinstance(heads, EmailChannel)
    assert (heads.smtp.port, heads.smtp.starttls, heads.smtp.tls) == (1025, "auto", False)
    assert log == FileChannel(type="file", path=Path("messages.jsonl"))


def test_secrets_do_not_show() -> None:
    channel = email({"username": "vigie", "password": "s3cret"})
    assert "s3cret" not in repr(channel) + channel.model_dump_json()
    assert WEBHOOK not in repr(CHANNEL.validate_python({"type": "slack", "webhook_url": WEBHOOK}))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/T0/B0/secret",
        "hooks.slack.com/services/T0/B0/secret",
        "https:///services/T0/B0/secret",
        "https://hooks.slack.com:99999/services/T0/B0/secret",
        "https://hooks.slack.com/services/T0/B0/secret\r\nX: y",
        "https://hooks.slack.com/ services/T0/B0/secret",
        "ftp://hooks.slack.com/services/T0/B0/secret",
        "",
    ],
)
def test_a_webhook_that_cannot_be_right_is_refused_without_being_repeated(tmp_path: Path, url: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("channels:\n  support:\n    type: slack\n    webhook_url: ${HOOK:-}\n")
    with pytest.raises(SettingsError) as refused:
        load(path, Channels, environ={"HOOK": url})
    (problem,) = refused.value.problems
    assert (problem.line, problem.key) == (4, "channels.support.webhook_url")
    assert "secret" not in problem.message.replace("a secret may not", "")
    assert "B0" not in str(problem)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_webhook_on_this_machine_needs_no_encryption(host: str) -> None:
    CHANNEL.validate_python({"type": "slack", "webhook_url": f"http://{host}:8065/hooks/abc"})


@pytest.mark.parametrize("address", ["heads@example.com", "heads@corp.local", "root@localhost", "heads@mail.test"])
def test_addresses_in_and_out_of_the_company(address: str) -> None:
    assert email(to=[address]).to == (address,)


def test_a_domain_in_any_script_is_kept_as_mail_servers_know_it() -> None:
    assert email(to=["ventes@société.example.fr"]).to == ("ventes@xn--socit-esab.example.fr",)


@pytest.mark.parametrize(
    "address",
    [
        "heads",
        "heads@",
        "@example.com",
        "a b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@b@c.fr",
        "dé@exemple.fr",
        "",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        email(to=[address])
    with pytest.raises(ValidationError):
        email(sender=address)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("kpi@example.com", "kpi@example.com"),
        ("Vigie <kpi@corp.local>", "Vigie <kpi@corp.local>"),
        ('"KPI, daily" <kpi@example.com>', '"KPI, daily" <kpi@example.com>'),
    ],
)
def test_the_sender_may_have_a_name(given: str, kept: str) -> None:
    assert email(sender=given).sender == kept


@pytest.mark.parametrize(
    ("smtp", "complaint"),
    [
        ({"username": "vigie"}, "both username and password"),
        ({"password": "s3cret"}, "both username and password"),
        ({"tls": True, "starttls": "required"}, "leave out starttls"),
        ({"username": "vigie", "password": "s3cret", "starttls": "never"}, "in the clear"),
        ({"username": "vigie", "password": "clé-secrète"}, "ASCII"),
        ({"host": "mail.example.com/inbox"}, "host"),
        ({"port": 0}, "port"),
        ({"timeout": 0}, "timeout"),
        ({"user": "vigie"}, "user"),
    ],
)
def test_a_mail_server_that_cannot_work_or_would_leak_is_refused(smtp: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        email(smtp)


def test_an_empty_login_is_none() -> None:
    assert email({"username": "", "password": ""}).smtp.username is None


def test_nobody_to_write_to_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        email(to=[])


@pytest.mark.parametrize(
    ("smtp", "required"),
    [
        ({}, False),
        ({"starttls": "required"}, True),
        ({"username": "vigie", "password": "s3cret"}, True),
        ({"username": "vigie", "password": "s3cret", "host": "127.0.0.1"}, False),
        ({"username": "vigie", "password": "s3cret", "tls": True}, False),
    ],
)
def test_when_encryption_is_required(smtp: dict[str, Any], required: bool) -> None:
    assert email(smtp).smtp.must_encrypt is required
