"""Mistakes in the settings of a Zendesk account are said with their line, and never with a secret."""

from pathlib import Path

import pytest

from pipelines.sources.rest.runner import main
from pipelines.sources.zendesk.settings import ZendeskSettings
from tests.vendors.zendesk.zendesk_server import EMAIL, TOKEN

ACCOUNT = f"subdomain: acme, email: {EMAIL}, api_token: {TOKEN}"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (f"email: {EMAIL}, api_token: {TOKEN}", "give the subdomain: of acme.zendesk.com it is acme"),
        (ACCOUNT.replace("acme", "acme.zendesk.com"), "subdomain: acme.zendesk.com is none; of acme.zendesk.com it is"),
        ("subdomain: acme", "give either email and api_token, or oauth_token"),
        (f"{ACCOUNT}, oauth_token: x", "give either email and api_token, or oauth_token"),
        (f"subdomain: acme, api_token: {TOKEN}", "api_token needs the email of the person to whom it belongs"),
        (f"{ACCOUNT}, resources: [organizations]", "resources: organizations is none of groups, users, ticket_events"),
        (f"{ACCOUNT}, base_url: 'http://example.com'", "the credentials would be sent unencrypted: use https"),
        (f"{ACCOUNT}, password: x", "password"),
    ],
)
def test_a_mistake_is_said_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: str, words: str
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        f"company: {{name: C, timezone: UTC}}\nsources:\n  - {{name: desk, type: zendesk, {keys}}}\n",
        encoding="utf-8",
    )
    assert main("zendesk", ["--settings", str(settings), "--home", str(tmp_path / "var")]) == 2
    said = capsys.readouterr().err
    assert "settings.yaml:3" in said
    assert words in said
    assert TOKEN not in said


def test_the_address_is_that_of_the_account_or_the_given_one() -> None:
    account = {"name": "desk", "type": "zendesk", "oauth_token": "x"}
    assert ZendeskSettings(**account, subdomain="acme").address == "https://acme.zendesk.com"
    assert ZendeskSettings(**account, base_url="https://desk.example.com/").address == "https://desk.example.com"
