"""Secrets do not appear in messages."""

import base64
import html
import json
import quopri
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from config_samples import PASSWORD, Company, Kinds, Quoting, Settings, Slack, problems_of, write_settings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from pipelines.config import Mistake, SettingsError, SettingsModel, load, redact, secrets_of


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
def test_secret_is_not_in_any_message(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(write_settings(tmp_path, line), Quoting, environ={"SECRET": PASSWORD})
    shown = [str(refused.value), repr(refused.value), *map(repr, refused.value.problems)]
    for piece in ("Corr3ct", "Horse", "Battery", "Staple"):
        assert not any(piece.casefold() in text.casefold() for text in shown)
    # A traceback with the chain of errors would show pydantic's error, which contains the inputs.
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_message_names_the_variable_with_the_wrong_value(tmp_path: Path) -> None:
    [problem] = problems_of(write_settings(tmp_path, "number: 1${A}"), {"A": "x"}, model=Quoting)
    assert problem.message == "write a whole number, not the value of ${A}"
    [problem] = problems_of(write_settings(tmp_path, "number: ${A}"), {"A": ""}, model=Quoting)
    assert problem.message == "write a whole number, not the value of ${A} (empty)"
    [problem] = problems_of(write_settings(tmp_path, "choice: ${A}"), {"A": "thiss"}, model=Quoting)
    assert (problem.message, problem.nearest) == ("the value of ${A} is not allowed here", "this")


def test_short_value_is_hidden_as_a_whole_word(tmp_path: Path) -> None:
    [problem] = problems_of(write_settings(tmp_path, "dimension: ${A}"), {"A": "on"}, model=Quoting)
    assert problem.message == 'unknown dimension "***"'


def test_secret_is_hidden_in_messages_of_other_keys(tmp_path: Path) -> None:
    file = write_settings(
        tmp_path, "company: {name: A, opened: 2024-01-31}\nchannels: {s: {type: slack, webhook_url: '${W}'}}"
    )

    def check(settings: Settings) -> list[Mistake]:
        slack = settings.channels["s"]
        assert isinstance(slack, Slack)
        return [Mistake(("rules",), f"no rule uses {slack.webhook_url.get_secret_value()}")]

    with pytest.raises(SettingsError) as refused:
        load(file, Settings, environ={"W": PASSWORD}, check=check)
    assert str(refused.value).endswith("rules: no rule uses ***")


def test_unquoted_secret_is_hidden(tmp_path: Path) -> None:
    [problem] = problems_of(write_settings(tmp_path, "token: 12345678"), model=Kinds)
    assert problem.message == "write text, not the value given; for text, put it in quotes"


def test_pydantic_messages_have_no_inputs() -> None:
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


def test_redact_hides_every_spelling_of_a_secret() -> None:
    secret = "a/b\n'c'"
    assert redact(f"1 {secret} 2 a%2Fb%0A%27c%27 3 a/b\\n'c'", [secret, ""]) == "1 *** 2 *** 3 ***"


AWKWARD = 'xoxb-Pa55/w+rd "é&<1>'


@pytest.mark.parametrize(
    "spelled",
    [
        quote(AWKWARD, safe=""),
        quote(AWKWARD, safe="").lower(),
        quote(quote(AWKWARD, safe=""), safe=""),
        quote_plus(AWKWARD),
        "".join(f"%{octet:02x}" for octet in AWKWARD.encode()),
        json.dumps(AWKWARD)[1:-1],
        json.dumps(AWKWARD, ensure_ascii=False)[1:-1].replace("/", "\\/"),
        json.dumps(json.dumps(AWKWARD)[1:-1])[1:-1],
        repr(AWKWARD)[1:-1],
        html.escape(AWKWARD),
        "".join(f"&#{ord(mark)};" for mark in AWKWARD),
        "".join(f"&#x{ord(mark):X};" for mark in AWKWARD),
        "".join(f"\\u{ord(mark):04X}" for mark in AWKWARD),
        AWKWARD.swapcase(),
        AWKWARD.encode().hex(),
        AWKWARD.encode().hex().upper(),
        quopri.encodestring(AWKWARD.encode()).decode(),
    ],
)
def test_a_secret_that_a_receiver_repeats_is_hidden_however_it_is_spelled(spelled: str) -> None:
    assert redact(f"<b>550 {spelled} denied", [AWKWARD]) == "<b>550 *** denied"


@pytest.mark.parametrize("before", ["", "\0", "\0vigie\0", "user:"])
@pytest.mark.parametrize("after", ["", "!", "!!", "\0 rest"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_within_base64_is_hidden(before: str, after: str, encode: Callable[[bytes], bytes]) -> None:
    said = encode(f"{before}{AWKWARD}{after}".encode()).decode()
    hidden = redact(f"Basic {said}.", [AWKWARD])
    left = hidden.removeprefix("Basic ").removesuffix(".").split("***")
    assert len(left) == 2
    # What is left beside it are the characters around it.
    assert sum(map(len, left)) <= len(said) - len(AWKWARD.encode()) * 4 // 3 + 4


def test_redact_prefers_the_longest_secret() -> None:
    assert redact("token-and-more token", ["token", "token-and-more"]) == "*** ***"


@given(text=st.text("abcd/ ", max_size=30), secrets=st.lists(st.text("abcd/ ", min_size=1, max_size=6), max_size=4))
def test_redacted_text_has_no_secret(text: str, secrets: list[str]) -> None:
    redacted = redact(text, secrets)
    assert not any(secret in redacted for secret in secrets)
    assert redact(redacted, secrets) == redacted
