"""E-mails as receivers read them: headers, threads, both parts, and names from data that have no effect."""

import re
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notify_samples import ENGLISH, FRENCH, HOSTILE_NAMES, NOW, RULE, alert, event, kpi

from pipelines.notify.channels.email import EmailChannel
from pipelines.notify.channels.email.rendering import render, unlinked
from pipelines.notify.compose import compose
from pipelines.notify.message import Message

HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
]


def rendered(message: Message, sender: str = "Vigie <kpi@example.com>", now: datetime = NOW) -> EmailMessage:
    return render(message, sender=sender, recipients=("heads@example.com",), now=now)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def parsed(mail: EmailMessage) -> EmailMessage:
    """Returns the e-mail as a receiver parses it."""
    received = message_from_bytes(mail.as_bytes(policy=SMTP), policy=default)
    assert isinstance(received, EmailMessage)
    return received


def test_both_parts_contain_the_whole_message() -> None:
    mail = parsed(rendered(alert(company=FRENCH)))
    plain, html = part(mail, "plain").replace("\r\n", "\n"), part(mail, "html")
    assert mail["Subject"] == "Critique : CSAT sur le canal chat à 64 %, sous le seuil de 70 %"
    assert plain == (
        "Critique\u00a0: CSAT sur le canal chat à 64\u00a0%, sous le seuil de 70\u00a0%\n\n"
        "En baisse\u00a0: 64\u00a0%, contre 83\u00a0% la semaine précédente.\n\n"
        "Période\u00a0: semaine du 5 janvier 2026 (S02)\n"
        "Fiabilité\u00a0: 120 réponses, très probablement entre 55\u00a0% et 72\u00a0% (niveau de confiance de 95\u00a0%)\n"
        "Ce qui a joué depuis la semaine précédente\u00a0:\n"
        "- canal chat\u00a0: \N{MINUS SIGN}5 points, car son propre taux est passé de 50\u00a0% à 25\u00a0%\n"
        "- canal chat\u00a0: \N{MINUS SIGN}5 points, car sa part est passée de 50\u00a0% à 25\u00a0%\n"
        "À faire\u00a0: Read this week's chats, then follow https://wiki.example.com/csat?team=chat&step=1.\n"
        "Responsable\u00a0: Head of support\n\n"
        "Atelier Lumen, alerte 5e1f0c2a9b77\n"
        "Prendre en charge\u00a0: vigie ack 5e1f0c2a9b77\n"
        'Mettre en sourdine\u00a0: vigie silence 5e1f0c2a9b77 --for 7d --reason "pourquoi"\n\n'
        "-- \nVigie · csat-floor\n"
    )
    assert '<html lang="fr">' in html
    assert "En baisse\u00a0: 64\u00a0%, contre 83\u00a0% la semaine précédente." in html
    for fact in ("Critique", "semaine du 5 janvier 2026 (S02)", "120 réponses", "Head of support", "csat-floor"):
        assert fact in html
    assert (
        '<a class="link" href="https://wiki.example.com/csat?team=chat&amp;step=1" style="color:#1a56b8;">'
        "https://wiki.example.com/csat?team=chat&amp;step=1</a>." in html
    )


def test_a_chart_is_within_the_page() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    mail = parsed(rendered(alert().model_copy(update={"picture": png})))
    assert [each.get_content_type() for each in mail.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    *_, picture = mail.walk()
    assert picture.get_content() == png
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in part(mail, "html")
    assert "cid:" not in part(parsed(rendered(alert())), "html")


def test_the_e_mails_of_an_incident_are_one_thread() -> None:
    fired = rendered(alert())
    resolved_event = event({"value": 0.84}, kind="resolved", opened_period=date(2025, 12, 29), peak_value=0.6)
    resolved = rendered(compose(resolved_event, RULE, kpi(), "support", ENGLISH))
    elsewhere = rendered(compose(event(), RULE, kpi(), "heads", ENGLISH))
    other = rendered(compose(event(alert_id="0123456789ab"), RULE, kpi(), "support", ENGLISH))
    assert fired["In-Reply-To"] == fired["References"] == resolved["References"] == elsewhere["References"]
    assert fired["References"] != other["References"]
    identities = {mail["Message-ID"] for mail in (fired, resolved, elsewhere, other)}
    assert len(identities) == 4
    assert fired["References"] not in identities


def test_a_repetition_has_the_same_message_id() -> None:
    again = rendered(alert(), now=NOW + timedelta(hours=1))
    assert again["Message-ID"] == rendered(alert())["Message-ID"]


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
def test_the_default_sender_is_an_address_at_the_mail_server(host: str, expected: str) -> None:
    unset = EmailChannel.model_validate({"type": "email", "to": ["a@example.com"], "smtp": {"host": host}})
    assert unset.from_header == expected
    mail = parsed(rendered(alert(), unset.from_header))
    assert str(mail["From"]) == expected
    assert not mail["From"].defects
    assert re.fullmatch(r"<[0-9a-f-]{36}@[\w.-]+>", mail["Message-ID"])


class _Skeleton(HTMLParser):
    """The tags and attributes of a page, without its text."""

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


def assert_harmless(message: Message, reference: Message) -> None:
    """Fails unless `message` has the headers and the structure of `reference`, which differs only in a name."""
    mail, model = parsed(rendered(message)), parsed(rendered(reference))
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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("http://evil.example", "http:\u200c//evil.\u200cexample"),
        ("me@evil.example", "me@\u200cevil.\u200cexample"),
        ("1.2.3.4", "1.2.3.4"),
        ("fell to 34.5 (was 41.2), below 40.", "fell to 34.5 (was 41.2), below 40."),
    ],
)
def test_mail_programs_find_no_link_in_a_name(name: str, shown: str) -> None:
    assert unlinked(name) == shown


WORDS = st.sampled_from(
    ["CSAT", "été", "—", "64 %", "日本語テキスト", "🔴", "[x]", "a,é", "é" * 20, "a" * 30, "=?utf-8?q?x?="]
)


@settings(max_examples=200)
@given(st.lists(WORDS, min_size=1, max_size=14).map(" ".join).filter(lambda title: len(title) <= 200))
def test_a_long_subject_keeps_every_character(title: str) -> None:
    mail = rendered(alert().model_copy(update={"title": title}))
    assert parsed(mail)["Subject"] == title
    assert all(len(line) <= 78 for line in mail.as_bytes(policy=SMTP).split(b"\r\n\r\n")[0].split(b"\r\n"))


def test_a_title_with_line_breaks_adds_no_header() -> None:
    hostile = alert().model_copy(
        update={"title": "A\r\nBcc: x@example.com\r\n\r\n<b>", "text": "B\r\nTo: y@example.com"}
    )
    mail = parsed(rendered(hostile))
    assert mail.keys() == HEADERS
    assert mail["Subject"] == "A Bcc: x@example.com <b>"
