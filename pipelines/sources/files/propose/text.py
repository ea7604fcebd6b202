"""Texts as they are compared: headers and words without case, accents, punctuation and the units in brackets."""

import re
import unicodedata
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_COMPOUND = re.compile(r"([a-z]{3,}?)(nummer|nr|datum|betrag|zeit|kanal|art|status|summe|wert|umsatz)")
_SPLIT = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "º": "o", "°": " ", "#": " number "}


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Returns a text as lower-case words without accents, separated by one space: `Créé le` becomes `cree le`."""
    text = _CAMEL.sub(" ", text[:300])
    text = "".join(_SPLIT.get(character, character) for character in text.lower())
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(part for word in re.findall(r"[^\W_]+", plain) for part in _parts(word))


def _parts(word: str) -> list[str]:
    """A German compound as its two words: bestellnummer becomes bestell nummer."""
    found = _COMPOUND.fullmatch(word)
    return [found[1], found[2]] if found is not None else [word]


def shown(text: str, longest: int = 60) -> str:
    """Returns a text for a comment: on one line, without control characters, cut to `longest` characters."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
