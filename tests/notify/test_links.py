"""Web addresses in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.notify.links import TextPart, split_links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("no link", []),
        ("Follow https://wiki.example.com/csat?team=chat&step=1.", ["https://wiki.example.com/csat?team=chat&step=1"]),
        ("(see http://a.example/b), then «\u00a0https://c.example\u00a0»", ["http://a.example/b", "https://c.example"]),
        ("javascript:alert(1) ftp://a.example", []),
        ("https://a.example|click <https://b.example>", ["https://a.example", "https://b.example"]),
    ],
)
def test_addresses_are_links_without_the_punctuation_around_them(text: str, links: list[str]) -> None:
    assert [part.url for part in split_links(text) if part.url] == links


@given(st.text() | st.text(alphabet="https:/ab.,)| <"))
def test_the_parts_are_the_whole_text(text: str) -> None:
    parts = split_links(text)
    assert "".join(part.text for part in parts) == text
    assert all(part == TextPart(part.text, part.text) for part in parts if part.url)
