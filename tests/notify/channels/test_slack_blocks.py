"""Slack messages: Block Kit within its limits, and names from data that have no effect."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notify_samples import HOSTILE_NAMES, alert

from pipelines.notify.channels.slack.blocks import escaped, render
from pipelines.notify.message import Action, Block, Command, Fact, Footnote, Message, Paragraph


def with_blocks(*blocks: Block, title: str = "Title") -> Message:
    content = alert().content.model_copy(update={"blocks": blocks})
    return alert().model_copy(update={"title": title, "content": content})


def texts(body: dict[str, Any]) -> list[str]:
    """Returns all texts that Slack parses."""
    found = [body["text"]]
    for block in body["blocks"]:
        parts = [block["text"]] if "text" in block else block.get("fields") or block["elements"]
        found += [part["text"] for part in parts]
    return found


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"severity": "critical"}, "🔴"),
        ({"severity": "warn"}, "🟠"),
        ({"status": "resolved"}, "🟢"),
        ({"status": "no_data"}, "⚪"),
        ({"status": None, "severity": None}, "🔵"),
    ],
)
def test_a_coloured_mark_shows_the_severity(changes: dict[str, Any], mark: str) -> None:
    assert render(alert().model_copy(update=changes))["text"].startswith(mark)


OWN_LINK = re.compile(r"<https://wiki\.example\.com/csat\?team=chat&amp;step=1>")
OWN_COMMANDS = re.compile(r'`vigie (?:ack 5e1f0c2a9b77|silence 5e1f0c2a9b77 --for 7d --reason "why")`')
ENTITY = re.compile(r"&(?:amp|lt|gt);")


def assert_inert(message: Message) -> None:
    """Fails if Slack would see a mention, a link or a format other than our own labels, link and commands."""
    body = render(message)
    json.dumps(body).encode()
    assert json.dumps(body).count('"mrkdwn"') == json.dumps(body).count('"verbatim": true')
    for text in texts(body):
        rest = ENTITY.sub("", OWN_COMMANDS.sub("", OWN_LINK.sub("", text)))
        assert not set("<>&`~") & set(rest), rest
        rest = re.sub(r"^\*[\w ]+\*\n", "", rest)
        assert "*" not in rest
        assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", rest), rest


def assert_within_limits(body: dict[str, Any]) -> None:
    assert len(body["blocks"]) <= 50
    for block in body["blocks"]:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150
        for field in block.get("fields", []):
            assert len(field["text"]) <= 2_000
        if "text" in block:
            assert 0 < len(block["text"]["text"]) <= 3_000
        assert len(block.get("fields", [])) <= 10
        assert len(block.get("elements", [])) <= 10
        for element in block.get("elements", []):
            assert len(element["text"]) <= 3_000


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_have_no_effect_in_slack(name: str) -> None:
    assert_inert(alert(name))
    assert_within_limits(render(alert(name)))


@settings(max_examples=60)
@given(st.text() | st.text(alphabet="<>&*_~`|!@#:/ ab\n\u202e", max_size=100))
def test_no_name_has_an_effect_in_slack(name: str) -> None:
    message = alert(name)
    assert_inert(message)
    assert_within_limits(render(message))


LONG_TEXT = st.text(alphabet="<>&*ab ", min_size=1, max_size=6_000)


@given(
    st.lists(
        st.builds(Paragraph, text=LONG_TEXT)
        | st.builds(Fact, label=st.just("Owner"), value=LONG_TEXT)
        | st.builds(Fact, label=st.just("Since"), value=st.text(max_size=20))
        | st.builds(Footnote, text=LONG_TEXT)
        | st.builds(Command, label=st.just("Silence"), text=LONG_TEXT)
        | st.builds(Action, label=st.just("What to do"), text=LONG_TEXT),
        max_size=80,
    ),
    st.text(alphabet="<>&*ab ", max_size=500),
)
def test_every_message_is_within_the_limits_of_slack(blocks: list[Block], title: str) -> None:
    assert_within_limits(render(with_blocks(*blocks, title=title)))


def test_a_long_link_is_within_the_limit() -> None:
    action = Action(label="What to do", text="https://example.com/?" + "&" * 900)
    assert_within_limits(render(with_blocks(Paragraph(text="Lead"), action)))


def test_two_facts_share_a_row_and_long_ones_have_their_own() -> None:
    short, long = Fact(label="Since", value="Monday"), Fact(label="Owner", value="x" * 200)
    body = render(with_blocks(Paragraph(text="Lead"), short, short, long))
    content = [next(key for key in block if key != "type") for block in body["blocks"]]
    assert content == ["text", "text", "fields", "text", "elements"]
    assert [field["text"] for field in body["blocks"][2]["fields"]] == ["*Since*\nMonday"] * 2


def test_common_names_are_shown_unchanged() -> None:
    assert escaped("spring_sale_2026 - R&D, 50 % off") == "spring_sale_2026 - R&amp;D, 50 % off"
