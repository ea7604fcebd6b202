"""The e-mail channel, against a mail server on loopback."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from notify_receivers import PASSWORD, USERNAME, MailServer
from notify_samples import HOSTILE_NAMES, NOW, alert

from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.channels.email import EmailChannel
from pipelines.notify.outcome import Receipt, Undeliverable

Start = Callable[..., MailServer]

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def channel(port: int = 25, to: tuple[str, ...] = ("heads@example.com",), **smtp: Any) -> EmailChannel:
    server = {"host": "127.0.0.1", "port": port, "timeout": 5, **smtp}
    given = {"type": "email", "to": list(to), "from": "Vigie <kpi@example.com>", "smtp": server}
    return EmailChannel.model_validate(given)


def login(port: int, **smtp: Any) -> EmailChannel:
    return channel(port, username=USERNAME, password=PASSWORD, **smtp)


def send(through: EmailChannel, base: Path) -> Receipt:
    return through.send(alert(), ChannelContext(base, NOW))


def probe(through: EmailChannel, base: Path) -> str | None:
    return through.probe(ChannelContext(base, NOW))


def refusal(through: EmailChannel, base: Path) -> Undeliverable:
    with pytest.raises(Undeliverable) as refused:
        send(through, base)
    assert PASSWORD not in refused.value.reason
    assert refused.value.__cause__ is None
    return refused.value


def test_an_alert_arrives_with_the_headers_of_an_automatic_message(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    receipt = send(channel(server.port, ("a@example.com", "b@example.com")), tmp_path)
    assert receipt.detail == f"accepted by 127.0.0.1:{server.port} for 2 of 2"
    assert receipt.refused == ()
    assert [envelope.rcpt_tos for envelope in server.mailbox.envelopes] == [["a@example.com"], ["b@example.com"]]
    mail, envelope = server.mailbox.mails[0], server.mailbox.envelopes[0]
    assert server.mailbox.mails[1].as_bytes() == mail.as_bytes()
    assert envelope.mail_from == "kpi@example.com"
    assert mail["From"] == "Vigie <kpi@example.com>"
    assert mail["To"] == "a@example.com, b@example.com"
    assert mail["Subject"] == "Critical: CSAT by chat at 64%, below 70%"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{alert().message_id}@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("starttls", ["auto", "required"])
def test_starttls_is_used_and_the_certificate_is_verified(
    mail_server: Start, tmp_path: Path, ca_file: Path, starttls: str
) -> None:
    server = mail_server()
    send(channel(server.port, starttls=starttls, ca_file=ca_file.name), ca_file.parent)
    assert server.mailbox.encrypted == [True]
    refused = refusal(channel(server.port, starttls=starttls), tmp_path)
    assert refused.can_retry
    assert "is not trusted" in refused.reason
    assert "ca_file" in refused.reason
    assert len(server.mailbox.mails) == 1


def test_a_certificate_for_another_name_is_refused(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(tls=True)
    refused = refusal(channel(server.port, host="127.0.0.2", tls=True, ca_file=ca_file), tmp_path)
    assert "127.0.0.2" in refused.reason


def test_starttls_never_is_obeyed(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server()
    send(channel(server.port, starttls="never"), tmp_path)
    assert server.mailbox.encrypted == [False]


def test_tls_from_the_first_byte(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(tls=True)
    send(channel(server.port, tls=True, ca_file=ca_file), tmp_path)
    assert server.mailbox.encrypted == [True]


def test_tls_with_a_server_that_requires_starttls_names_the_setting(mail_server: Start, tmp_path: Path) -> None:
    refused = refusal(channel(mail_server().port, tls=True), tmp_path)
    assert refused.can_retry
    assert "set tls: false" in refused.reason


def test_a_message_is_not_sent_without_required_encryption(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    through = channel(server.port, starttls="required")
    refused = refusal(through, tmp_path)
    assert not refused.can_retry
    assert "STARTTLS" in refused.reason
    assert server.mailbox.mails == []
    assert probe(through, tmp_path) == refused.reason


def test_a_login_is_encrypted(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(login=True)
    send(login(server.port, ca_file=ca_file), tmp_path)
    assert server.mailbox.logins == [USERNAME]
    assert server.mailbox.encrypted == [True]


def test_a_login_on_this_machine_needs_no_encryption(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False, login=True)
    send(login(server.port), tmp_path)
    assert server.mailbox.logins == [USERNAME]


def test_a_wrong_password_is_not_retried(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(login=True)
    through = channel(server.port, username=USERNAME, password="wr0ng-Passw0rd", ca_file=ca_file)
    refused = refusal(through, tmp_path)
    assert not refused.can_retry
    assert f"refused the login of {USERNAME}; check username and password: 535" in refused.reason
    assert "wr0ng" not in refused.reason
    assert probe(through, tmp_path) == refused.reason


def test_a_missing_login_is_not_retried(mail_server: Start, tmp_path: Path) -> None:
    refused = refusal(channel(mail_server(starttls=False, login=True).port), tmp_path)
    assert not refused.can_retry
    assert "530" in refused.reason


def test_a_server_without_logins_is_not_retried(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=True)
    # This server offers a login only over an encrypted connection.
    refused = refusal(login(server.port, starttls="never"), tmp_path)
    assert not refused.can_retry
    assert "AUTH" in refused.reason


@pytest.mark.parametrize(("code", "can_retry"), [(450, True), (550, False)])
def test_a_sole_recipient_refused(mail_server: Start, tmp_path: Path, code: int, can_retry: bool) -> None:
    server = mail_server(starttls=False)
    server.mailbox.refused_recipients = {"heads@example.com": f"{code} not now"}
    refused = refusal(channel(server.port), tmp_path)
    assert refused.can_retry is can_retry
    assert f"heads@example.com ({code} not now)" in refused.reason


def test_one_recipient_of_several_refused(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    server.mailbox.refused_recipients = {"gone@example.com": "550 no such user"}
    through = channel(server.port, ("heads@example.com", "gone@example.com"))
    receipt = send(through, tmp_path)
    assert receipt.refused == ("gone@example.com",)
    assert receipt.detail.endswith(
        f"for 1 of 2; refused: 127.0.0.1:{server.port} refused gone@example.com (550 no such user)"
    )
    assert server.mailbox.envelopes[0].rcpt_tos == ["heads@example.com"]


@pytest.mark.parametrize(
    ("answers", "can_retry", "words"),
    [
        ({"answer_to_sender": "553 who are you"}, False, "refused the sender kpi@example.com"),
        ({"answer_to_sender": "451 come back later"}, True, "451 come back later"),
        ({"answer_to_data": "554 looks like spam"}, False, "refused the message: 554 looks like spam"),
        ({"answer_to_data": "452 disk full"}, True, "452 disk full"),
        ({"answer_to_data": "554 " + PASSWORD + " " + "x" * 400}, False, "***"),
        ({"hangs_up_on_data": True}, True, "closed the connection"),
    ],
)
def test_the_answer_of_the_server_decides_about_a_retry(
    mail_server: Start, tmp_path: Path, answers: dict[str, Any], can_retry: bool, words: str
) -> None:
    server = mail_server(starttls=False, login=True)
    for name, answer in answers.items():
        setattr(server.mailbox, name, answer)
    refused = refusal(login(server.port), tmp_path)
    assert refused.can_retry is can_retry
    assert words in refused.reason
    assert len(refused.reason) < 350


def test_a_server_that_does_not_answer_in_time(mute_port: int, tmp_path: Path) -> None:
    refused = refusal(channel(mute_port, timeout=0.1), tmp_path)
    assert refused.can_retry
    assert refused.reason == f"no answer from 127.0.0.1:{mute_port} within 0.1 s"


def test_a_server_that_does_not_listen(closed_port: int, tmp_path: Path) -> None:
    refused = refusal(channel(closed_port), tmp_path)
    assert refused.can_retry
    assert "connection refused" in refused.reason
    assert probe(channel(closed_port), tmp_path) == refused.reason


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), ("not a certificate", "no certificate")])
def test_an_unusable_ca_file(tmp_path: Path, mail_server: Start, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    refused = refusal(channel(mail_server().port, ca_file="ca.pem"), tmp_path)
    assert not refused.can_retry
    assert words in refused.reason
    assert str(tmp_path / "ca.pem") in refused.reason


def test_a_probe_logs_in_and_sends_nothing(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(login=True)
    assert probe(login(server.port, ca_file=ca_file), tmp_path) is None
    assert server.mailbox.logins == [USERNAME]
    assert server.mailbox.mails == []


def test_hostile_names_arrive_as_one_e_mail_each(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    for name in HOSTILE_NAMES:
        channel(server.port).send(alert(name), ChannelContext(tmp_path, NOW))
    assert [envelope.rcpt_tos for envelope in server.mailbox.envelopes] == [["heads@example.com"]] * len(HOSTILE_NAMES)
    assert all(mail["Bcc"] is None for mail in server.mailbox.mails)
