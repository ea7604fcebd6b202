"""Mistakes in the settings of an account are said with their line, and never with a secret."""

from pathlib import Path

import pytest

from pipelines.sources.rest.runner import main

KEY = "0123456789abcdef0123456789abcdef-us21"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("", "give either api_key or access_token"),
        (f"api_key: {KEY}, access_token: x", "give either api_key or access_token"),
        ("api_key: 0123456789abcdef", "api_key has no data center at its end"),
        ("access_token: abc", "access_token needs its data_center, such as us21"),
        ("access_token: abc, data_center: here", "data_center: here is none such as us21"),
        (f"api_key: {KEY}, resources: [tickets]", "resources: tickets is none of campaigns, sent_to, orders"),
        (f"api_key: {KEY}, resources: []", "resources: name at least one, or leave the key away"),
        (f"api_key: {KEY}, base_url: 'http://example.com/3.0'", "the credentials would be sent unencrypted: use https"),
        (f"api_key: {KEY}, base_url: example", "example is no address such as https://api.example.com"),
        (f"api_key: {KEY}, start_date: yesterday", "start_date"),
        (f"api_key: {KEY}, tables: []", "tables"),
    ],
)
def test_a_mistake_is_said_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: str, words: str
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        f"company: {{name: C, timezone: UTC}}\nsources:\n  - {{name: mail, type: mailchimp, {keys}}}\n",
        encoding="utf-8",
    )
    assert main("mailchimp", ["--settings", str(settings), "--home", str(tmp_path / "var")]) == 2
    said = capsys.readouterr().err
    assert "settings.yaml:3" in said
    assert words in said
    assert KEY not in said
