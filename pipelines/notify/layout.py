"""The form of a message's title and text, written by `compose` and read back by channels that show more than text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.kpis.formatting import Language
from pipelines.notify.message import Message
from pipelines.notify.words import WORDS, Words

_LINK = re.compile(r"https?://[^\s<>\"|]+")
# What follows an address in a sentence.
_NOT_AT_END = ".,;:!?)]\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled line; an empty label makes it a plain paragraph."""

    label: str
    value: str
    is_action: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A message taken apart. `language` is None where no word of it tells; `status_word` may be empty."""

    language: Language | None
    status_word: str
    headline: str
    lead: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `url` where it is a link that the operator wrote."""

    text: str
    url: str | None = None


def written(lead: str, rows: Sequence[Row], words: Words) -> str:
    """The text of a message: what happened, then a line for each row."""
    return "\n".join([lead, *(f"{row.label}{words.colon}{row.value}" for row in rows)])


def read(message: Message) -> Layout:
    """The parts of `message`; what has not the form of a title or a row stays a plain headline or paragraph."""
    language: Language | None = None
    status_word, headline = "", message.title
    for candidate, words in WORDS.items():
        for word in words.status_words:
            if message.title.startswith(word + words.colon):
                language, status_word, headline = candidate, word, message.title[len(word + words.colon) :]
    lead, *lines = message.text.split("\n")
    rows = tuple(_row(line, message) for line in lines if line)
    return Layout(language, status_word, headline, lead, rows)


def pieces(row: Row) -> tuple[Piece, ...]:
    """The value of a row; web addresses are links only in what the operator wrote as the action."""
    if not row.is_action:
        return (Piece(row.value),)
    found, position = [], 0
    for link in _LINK.finditer(row.value):
        address = link[0].rstrip(_NOT_AT_END)
        found += [Piece(row.value[position : link.start()]), Piece(address, address)]
        position = link.start() + len(address)
    found.append(Piece(row.value[position:]))
    return tuple(piece for piece in found if piece.text)


def _row(line: str, message: Message) -> Row:
    for words in WORDS.values():
        for label in words.labels:
            if line.startswith(label + words.colon):
                value = line[len(label + words.colon) :]
                return Row(label, value, is_action=label == words.action and value == message.action)
    return Row("", line)
