"""Renders a message as the body of a call that posts it in Slack, with Block Kit."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote

from slack_sdk.models.blocks import Block as SlackBlock
from slack_sdk.models.blocks import ContextBlock, HeaderBlock, MarkdownTextObject, PlainTextObject, SectionBlock
from slack_sdk.models.metadata import Metadata

from pipelines.notify.links import split_links
from pipelines.notify.message import Action, Block, Command, Fact, Footnote, Lines, Message, Paragraph
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS

# The limits of https://docs.slack.dev/reference/block-kit/blocks
HEADER_LENGTH = 150
SECTION_LENGTH = 3_000
FIELD_LENGTH = 2_000
FIELDS = 10
ELEMENTS = 10
BLOCKS = 50
# Slack puts two fields beside each other; a longer value gets the whole width.
_NARROW = 120

_SEVERITY_MARKS = {"critical": "🔴", "warn": "🟠"}
_STATUS_MARKS = {"resolved": "🟢", "no_data": "⚪", "held": "⏸️"}
_OTHER_MARK = "🔵"

# mrkdwn has no escape for its own marks, so similar characters replace those that could begin or end a format. An
# underscore inside a word formats nothing and is kept.
_FORMATTING = str.maketrans(
    {"*": "\N{ASTERISK OPERATOR}", "~": "\N{TILDE OPERATOR}", "`": "\N{MODIFIER LETTER GRAVE ACCENT}"}
)
_UNDERSCORE_AT_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")

# An address keeps these characters; all others, such as Slack's own < | >, are percent-encoded.
_KEPT_IN_LINKS = "%:/?#[]@!$&'()*+,;=~-._"


def escaped(text: str) -> str:
    """Returns `text` as mrkdwn that shows it and has no other effect."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _UNDERSCORE_AT_EDGE.sub("\N{FULLWIDTH LOW LINE}", text.translate(_FORMATTING))


def render(message: Message, *, may_be_repeated: bool = False) -> dict[str, Any]:
    """Returns the body of the call; `may_be_repeated` adds a note that the message may have arrived before."""
    mark = _STATUS_MARKS.get(message.status or "") or _SEVERITY_MARKS.get(message.severity or "", _OTHER_MARK)
    header = HeaderBlock(text=PlainTextObject(text=_limited(f"{mark} {message.title}", HEADER_LENGTH)))
    footer = ContextBlock(elements=list(_footer(message, may_be_repeated=may_be_repeated)))
    blocks: list[SlackBlock] = [*[header, *_sections(message)][: BLOCKS - 1], footer]
    return {
        "text": _limited(f"{mark} {message.title}", SECTION_LENGTH),
        "blocks": [block.to_dict() for block in blocks],
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": metadata(message.kind, message.message_id, message.dedup_key),
    }


def metadata(kind: str, message_id: str, dedup_key: str) -> dict[str, Any]:
    """Returns what Slack stores beside a message and nobody sees: a repetition is recognised by it."""
    payload = {"message_id": message_id, "dedup_key": readable(dedup_key, 255)}
    return Metadata(f"vigie_{kind}", payload).to_dict()


def _sections(message: Message) -> Iterator[SlackBlock]:
    shown = (block for block in message.content.blocks if not isinstance(block, Footnote | Command))
    for is_narrow, blocks in groupby(shown, key=_is_narrow):
        if is_narrow:
            fields = [_mrkdwn(_text(block, FIELD_LENGTH)) for block in blocks]
            for start in range(0, len(fields), FIELDS):
                yield SectionBlock(fields=list(fields[start : start + FIELDS]))
        else:
            for block in blocks:
                for part in _parts(block):
                    yield SectionBlock(text=_mrkdwn(_text(part, SECTION_LENGTH)))


def _parts(block: Paragraph | Fact | Action | Lines) -> Iterator[Paragraph | Fact | Action | Lines]:
    """Returns a block in parts that fit into a section each: lists are not cut."""
    if not isinstance(block, Lines):
        yield block
        return
    lines: list[str] = []
    label, length = block.label, 0
    for line in block.lines:
        size = len(escaped(line)) + len("\n• ")
        if lines and len(_label(label)) + length + size > SECTION_LENGTH:
            yield block.model_copy(update={"label": label, "lines": tuple(lines)})
            # What continues a list has no label of its own.
            lines, label, length = [], "", 0
        lines.append(line)
        length += size
    yield block.model_copy(update={"label": label, "lines": tuple(lines)})


def _is_narrow(block: Block) -> bool:
    return isinstance(block, Fact) and len(block.value) <= _NARROW


def _text(block: Paragraph | Fact | Action | Lines, limit: int) -> str:
    match block:
        case Paragraph():
            return _limited(block.text, limit)
        case Fact():
            label = _label(block.label)
            return label + _limited(block.value, limit - len(label))
        case Action():
            label = _label(block.label)
            linked = _with_links(block.text)
            fits = len(label) + len(linked) <= limit
            return label + (linked if fits else _limited(block.text, limit - len(label)))
        case Lines():
            label = _label(block.label)
            return label + _limited("\n".join(f"• {line}" for line in block.lines), limit - len(label))


def _label(label: str) -> str:
    return f"*{escaped(label)}*\n" if label else ""


def _with_links(text: str) -> str:
    return "".join(
        f"<{quote(part.url, safe=_KEPT_IN_LINKS)}>".replace("&", "&amp;") if part.url else escaped(part.text)
        for part in split_links(text)
    )


def _limited(text: str, limit: int) -> str:
    """Returns `text` escaped, and cut before that so that the result has at most `limit` characters."""
    whole = escaped(text)
    if len(whole) <= limit:
        return whole
    fitting = bisect_right(range(len(text)), limit - 1, key=lambda length: len(escaped(text[:length]))) - 1
    return escaped(text[:fitting].rstrip()) + "…"


def _mrkdwn(text: str) -> MarkdownTextObject:
    # verbatim: Slack makes no links or mentions of web addresses, @names and #channels in the text.
    return MarkdownTextObject(text=text, verbatim=True)


def _footer(message: Message, *, may_be_repeated: bool) -> Iterator[MarkdownTextObject]:
    """Yields the small print: whose message it is and what it is about, then the commands, each on its own."""
    texts = TRANSLATIONS[message.content.language]
    parts = ["Vigie"]
    if message.rule is not None:
        parts.append(message.rule)
    parts += [block.text for block in message.content.blocks if isinstance(block, Footnote)]
    if may_be_repeated:
        parts.append(texts.may_be_repeated)
    yield _mrkdwn(_limited(" · ".join(parts), FIELD_LENGTH))
    for block in [each for each in message.content.blocks if isinstance(each, Command)][: ELEMENTS - 1]:
        yield _mrkdwn(f"{escaped(block.label + texts.colon)}`{_limited(block.text, FIELD_LENGTH)}`")
