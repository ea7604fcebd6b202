"""The settings of an e-mail channel: what is accepted and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.notify.channels.email import EmailChannel


def email(smtp: dict[str, Any] | None = None, *, sender: str | None = None, **facts: Any) -> EmailChannel:
    if sender is not None:
        facts["from"] = sender
    given = {"type": "email", "to": ["heads@example.com"], "smtp": {"host": "mail.example.com", **(smtp or {})}}
    return EmailChannel.model_validate(given | facts)


def test_the_password_is_not_shown() -> None:
    channel = email({"username": "vigie", "password": "s3cret"})
    assert "s3cret" not in repr(channel) + channel.model_dump_json()


@pytest.mark.parametrize("address", ["heads@example.com", "heads@corp.local", "root@localhost", "heads@mail.test"])
def test_addresses_inside_and_outside_the_company(address: str) -> None:
    assert email(to=[address]).to == (address,)


def test_a_domain_with_accents_is_converted_to_its_ascii_form() -> None:
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
def test_an_invalid_address_is_refused(address: str) -> None:
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
        ({"username": "vigie", "password": "s3cret", "starttls": "never"}, "unencrypted"),
        ({"username": "vigie", "password": "clé-secrète"}, "ASCII"),
        ({"host": "mail.example.com/inbox"}, "host"),
        ({"port": 0}, "port"),
        ({"timeout": 0}, "timeout"),
        ({"user": "vigie"}, "user"),
    ],
)
def test_settings_that_contradict_each_other_or_expose_the_password_are_refused(
    smtp: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        email(smtp)


def test_an_empty_login_means_no_login() -> None:
    assert email({"username": "", "password": ""}).smtp.username is None


def test_an_empty_list_of_recipients_is_refused() -> None:
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
