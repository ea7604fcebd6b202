"""Finds the web addresses in a text, for channels that show links."""

import re
from dataclasses import dataclass

_LINK = re.compile(r"https?://[^\s<>\"|]+")
# Punctuation of the sentence around an address, not part of it.
_PUNCTUATION = ".,;:!?)]\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of text; `url` is set if it is a link."""

    text: str
    url: str | None = None


def split_links(text: str) -> tuple[TextPart, ...]:
    """Returns `text` in parts, with each http and https address as a part of its own.

    Use it for what the operator wrote, never for names from data: a hostile name must not become a link.
    """
    parts, position = [], 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(_PUNCTUATION)
        parts += [TextPart(text[position : found.start()]), TextPart(address, address)]
        position = found.start() + len(address)
    parts.append(TextPart(text[position:]))
    return tuple(part for part in parts if part.text)
