"""The e-mail channel, against a mail server on loopback."""

import re
import socket
from collections.abc import Callable
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notify_receivers import PASSWORD, USERNAME, MailServer
from notify_samples import ENGLISH, FRENCH, HOSTILE_NAMES, NOW, RULE, alert, event, kpi

from pipelines.notify.channels.email.rendering import unlinked
from pipelines.notify.compose import compose
from pipelines.notify.deliver import probe, send
from pipelines.notify.email import rendered, sender
from pipelines.notify.message import Message
from pipelines.notify.outcome import Undeliverable
from pipelines.notify.settings import EmailChannel

HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
]
Start = Callable[..., MailServer]

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def channel(port: int = 25, to: tuple[str, ...] = ("heads@example.com",), **smtp: Any) -> EmailChannel:
    server = {"host": "127.0.0.1", "port": port, "timeout": 5, **smtp}
    given = {"type": "email", "to": list(to), "from": "Vigie <kpi@example.com>", "smtp": server}
    return EmailChannel.model_validate(given)


def login(port: int, **smtp: Any) -> EmailChannel:
    return channel(port, username=USERNAME, password=PASSWORD, **smtp)


def refusal(through: EmailChannel, base: Path) -> Undeliverable:
    with pytest.raises(Undeliverable) as refused:
        send(through, alert(), base=base, now=NOW)
    assert PASSWORD not in refused.value.reason
    assert refused.value.__cause__ is None
    return refused.value


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def parsed(mail: EmailMessage) -> EmailMessage:
    """The mail as a receiver reads it from the wire."""
    received = message_from_bytes(mail.as_bytes(policy=SMTP), policy=default)
    assert isinstance(received, EmailMessage)
    return received


def test_an_alert_arrives_with_the_headers_of_an_automatic_message(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    message = alert()
    receipt = send(channel(server.port, ("a@example.com", "b@example.com")), message, base=tmp_path, now=NOW)
    assert receipt.detail == f"accepted by 127.0.0.1:{server.port} for 2 of 2"
    assert receipt.refused == ()
    (mail,), (envelope,) = server.mailbox.mails, server.mailbox.envelopes
    assert envelope.mail_from == "kpi@example.com"
    assert envelope.rcpt_tos == ["a@example.com", "b@example.com"]
    assert mail.keys() == HEADERS
    assert mail["From"] == "Vigie <kpi@example.com>"
    assert mail["To"] == "a@example.com, b@example.com"
    assert mail["Subject"] == "Critical: CSAT by chat at 64%, below 70%"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{message.message_id}@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]


def test_both_parts_tell_the_whole_story(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    send(channel(server.port), alert(company=FRENCH), base=tmp_path, now=NOW)
    (mail,) = server.mailbox.mails
    plain, html = part(mail, "plain").replace("\r\n", "\n"), part(mail, "html")
    assert mail["Subject"] == "Critique : CSAT par chat à 64 %, sous le seuil de 70 %"
    assert plain == (
        "Critique\n\n"
        "CSAT par chat\u00a0: baisse à 64\u00a0% (contre 83\u00a0% la semaine précédente), "
        "sous le seuil de 70\u00a0%.\n\n"
        "Période\u00a0: semaine du 5 janvier 2026 (S02)\n"
        "Fiabilité\u00a0: 120 observations, très probablement entre 55\u00a0% et 72\u00a0% (confiance de 95\u00a0%)\n"
        "À faire\u00a0: Read this week's chats, then follow https://wiki.example.com/csat?team=chat&step=1.\n"
        "Responsable\u00a0: Head of support\n\n"
        "-- \nVigie · csat-floor\n"
    )
    assert '<html lang="fr">' in html
    assert "baisse à 64\u00a0% (contre 83\u00a0% la semaine précédente), sous le seuil de 70\u00a0%." in html
    for fact in ("Critique", "semaine du 5 janvier 2026 (S02)", "120 observations", "Head of support", "csat-floor"):
        assert fact in html
    assert (
        '<a class="link" href="https://wiki.example.com/csat?team=chat&amp;step=1" style="color:#1a56b8;">'
        "https://wiki.example.com/csat?team=chat&amp;step=1</a>." in html
    )


def test_the_mails_of_an_incident_are_one_thread() -> None:
    fired = rendered(channel(), alert(), now=NOW)
    resolved_event = event({"value": 0.84}, kind="resolved", opened_period=date(2025, 12, 29), peak_value=0.6)
    resolved = rendered(channel(), compose(resolved_event, RULE, kpi(), "support", ENGLISH), now=NOW)
    elsewhere = rendered(channel(), compose(event(), RULE, kpi(), "heads", ENGLISH), now=NOW)
    other = rendered(channel(), compose(event(alert_id="0123456789ab"), RULE, kpi(), "support", ENGLISH), now=NOW)
    assert fired["In-Reply-To"] == fired["References"] == resolved["References"] == elsewhere["References"]
    assert fired["References"] != other["References"]
    identities = {mail["Message-ID"] for mail in (fired, resolved, elsewhere, other)}
    assert len(identities) == 4
    assert fired["References"] not in identities


def test_a_repetition_can_be_told_from_its_message_id() -> None:
    again = rendered(channel(), alert(), now=NOW + timedelta(hours=1))
    assert again["Message-ID"] == rendered(channel(), alert(), now=NOW)["Message-ID"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("mail.example.com", "Vigie <vigie@mail.example.com>"),
        ("localhost", "Vigie <vigie@localhost>"),
        ("127.0.0.1", "Vigie <vigie@localhost>"),
        ("::1", "Vigie <vigie@localhost>"),
        ("10.0.0.25", "Vigie <vigie@[10.0.0.25]>"),
        ("[fd00::25]", "Vigie <vigie@[IPv6:fd00::25]>"),
    ],
)
def test_a_sender_is_made_up_from_the_server_where_none_is_set(host: str, expected: str) -> None:
    unset = EmailChannel.model_validate({"type": "email", "to": ["a@example.com"], "smtp": {"host": host}})
    assert sender(unset) == expected
    mail = parsed(rendered(unset, alert(), now=NOW))
    assert str(mail["From"]) == expected
    assert not mail["From"].defects
    assert re.fullmatch(r"<[0-9a-f-]{36}@[\w.-]+>", mail["Message-ID"])


@pytest.mark.parametrize("starttls", ["auto", "required"])
def test_starttls_is_used_and_its_certificate_verified(
    mail_server: Start, tmp_path: Path, ca_file: Path, starttls: str
) -> None:
    server = mail_server()
    send(channel(server.port, starttls=starttls, ca_file=ca_file.name), alert(), base=ca_file.parent, now=NOW)
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
    send(channel(server.port, starttls="never"), alert(), base=tmp_path, now=NOW)
    assert server.mailbox.encrypted == [False]


def test_tls_from_the_first_byte(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(tls=True)
    send(channel(server.port, tls=True, ca_file=ca_file), alert(), base=tmp_path, now=NOW)
    assert server.mailbox.encrypted == [True]


def test_tls_with_a_server_that_wants_starttls_says_so(mail_server: Start, tmp_path: Path) -> None:
    refused = refusal(channel(mail_server().port, tls=True), tmp_path)
    assert refused.can_retry
    assert "set tls: false" in refused.reason


def test_encryption_that_is_required_and_not_offered_stops_the_message(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    through = channel(server.port, starttls="required")
    refused = refusal(through, tmp_path)
    assert not refused.can_retry
    assert "STARTTLS" in refused.reason
    assert server.mailbox.mails == []
    assert probe(through, base=tmp_path) == refused.reason


def test_a_login_travels_encrypted(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(login=True)
    send(login(server.port, ca_file=ca_file), alert(), base=tmp_path, now=NOW)
    assert server.mailbox.logins == [USERNAME]
    assert server.mailbox.encrypted == [True]


def test_a_login_on_this_machine_may_do_without(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False, login=True)
    send(login(server.port), alert(), base=tmp_path, now=NOW)
    assert server.mailbox.logins == [USERNAME]


def test_a_wrong_password_is_not_tried_again(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(login=True)
    through = channel(server.port, username=USERNAME, password="wr0ng-Passw0rd", ca_file=ca_file)
    refused = refusal(through, tmp_path)
    assert not refused.can_retry
    assert f"refused the login of {USERNAME}; check username and password: 535" in refused.reason
    assert "wr0ng" not in refused.reason
    assert probe(through, base=tmp_path) == refused.reason


def test_a_server_that_wants_a_login_is_not_tried_again_without(mail_server: Start, tmp_path: Path) -> None:
    refused = refusal(channel(mail_server(starttls=False, login=True).port), tmp_path)
    assert not refused.can_retry
    assert "530" in refused.reason


def test_a_server_that_knows_no_login_is_named(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=True)
    # Without encryption this server does not offer to log in.
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
    receipt = send(through, alert(), base=tmp_path, now=NOW)
    assert receipt.refused == ("gone@example.com",)
    assert receipt.detail.endswith("for 1 of 2; refused: gone@example.com (550 no such user)")
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
def test_what_the_server_answers_decides_on_another_try(
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


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    refused = refusal(channel(port), tmp_path)
    assert refused.can_retry
    assert "connection refused" in refused.reason
    assert probe(channel(port), base=tmp_path) == refused.reason


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), ("not a certificate", "no certificate")])
def test_a_ca_file_that_cannot_be_used(tmp_path: Path, mail_server: Start, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    refused = refusal(channel(mail_server().port, ca_file="ca.pem"), tmp_path)
    assert not refused.can_retry
    assert words in refused.reason
    assert str(tmp_path / "ca.pem") in refused.reason


def test_a_probe_logs_in_and_sends_nothing(mail_server: Start, tmp_path: Path, ca_file: Path) -> None:
    server = mail_server(login=True)
    assert probe(login(server.port, ca_file=ca_file), base=tmp_path) is None
    assert server.mailbox.logins == [USERNAME]
    assert server.mailbox.mails == []


class _Skeleton(HTMLParser):
    """What a browser would build: tags and attributes, without the text and without the operator's link."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(f"{name}={value}" for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.found.append(("!--", data))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def assert_harmless(message: Message, plainly: Message) -> None:
    """`message` has the headers and the structure of `plainly`, which differs in a name only."""
    mail, model = parsed(rendered(channel(), message, now=NOW)), parsed(rendered(channel(), plainly, now=NOW))
    assert mail.keys() == HEADERS
    assert not mail.defects
    assert {name: mail[name] for name in ("From", "To", "Date")} == {
        name: model[name] for name in ("From", "To", "Date")
    }
    assert len(mail["Subject"]) <= 200
    assert mail["Subject"].isprintable()
    skeleton, expected = _Skeleton(part(mail, "html")), _Skeleton(part(model, "html"))
    assert skeleton.found == expected.found
    assert part(mail, "plain").count("\n") == part(model, "plain").count("\n")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("kind", ["channel", "campaign"])
def test_hostile_names_change_neither_headers_nor_structure(name: str, kind: str) -> None:
    assert_harmless(alert(name, kind), alert("chat", kind))


@settings(max_examples=40)
@given(st.text() | st.text(alphabet="<>&\"'{}%\r\n:;=-/ ab\u202e\u2028", max_size=100))
def test_no_name_changes_headers_or_structure(name: str) -> None:
    assert_harmless(alert(name), alert())


def test_hostile_names_arrive_whole_over_the_wire(mail_server: Start, tmp_path: Path) -> None:
    server = mail_server(starttls=False)
    for name in HOSTILE_NAMES:
        send(channel(server.port), alert(name), base=tmp_path, now=NOW)
    assert [envelope.rcpt_tos for envelope in server.mailbox.envelopes] == [["heads@example.com"]] * len(HOSTILE_NAMES)
    assert all(mail["Bcc"] is None for mail in server.mailbox.mails)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("http://evil.example", "http:\u200c//evil.\u200cexample"),
        ("me@evil.example", "me@\u200cevil.\u200cexample"),
        ("1.2.3.4", "1.2.3.4"),
        ("fell to 34.5 (was 41.2), below 40.", "fell to 34.5 (was 41.2), below 40."),
    ],
)
def test_mail_programs_see_no_link_in_a_name(name: str, shown: str) -> None:
    assert unlinked(name) == shown


def test_headers_hold_whatever_a_message_brings() -> None:
    hostile = alert().model_copy(
        update={"title": "A\r\nBcc: x@example.com\r\n\r\n<b>", "text": "B\r\nTo: y@example.com"}
    )
    mail = parsed(rendered(channel(), hostile, now=NOW))
    assert mail.keys() == HEADERS
    assert mail["Subject"] == "A Bcc: x@example.com <b>"
