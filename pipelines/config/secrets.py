"""Keeps secrets out of texts: messages about settings, logs, and everything else that is shown."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pydantic import BaseModel, SecretStr

from pipelines.config.shapes import Schema, Shapes
from pipelines.config.tree import Node

_SHORTEST_SECRET = 4
_ANY_CASE = 8

# How else some characters are written, as patterns.
_NAMED = {
    "/": r"\\+/", '"': r'\\+"|&quot;', "'": r"\\+'|&apos;", "\\": r"\\\\+", "\n": r"\\+n", "\r": r"\\+r", "\t": r"\\+t",
    "&": "&amp;", "<": "&lt;", ">": "&gt;", " ": r"\+",
}  # fmt: skip

_URL_PASSWORD = re.compile(
    # Schemes are short; without a limit the search in a long word takes the square of its length.
    r"([a-z][a-z0-9+.\-]{0,40}://[^\s/:\"'\[]*:)"
    # A port, and what follows it, is not a password.
    r"(?!\d{1,5}(?:[/?#\"',;)\]}>\s]|$))"
    # A password may contain an unescaped @, so the last one counts. A quotation mark ends the address, unless the
    # address has no @ before it.
    r"(?:[^\s\"'<>]*|\S*?)@",
    re.IGNORECASE,
)
_SLACK_WEBHOOK = re.compile(
    r"(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)[^\s\"'<>|)]+"
    # HTTP clients report host and path separately when a call fails.
    r"|(/services/)T[A-Z0-9]+/B[A-Z0-9]+/\w+",
    re.IGNORECASE,
)


def secrets_of(model: BaseModel) -> tuple[str, ...]:
    """Returns the texts of all SecretStr in `model`, at any depth, longest first.

    Secrets shorter than four characters are not returned: hiding them would hide parts of ordinary words.
    """
    return _longest_first(text for text in _secret_values(model) if len(text) >= _SHORTEST_SECRET)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Returns `text` with `***` for `secrets`, passwords in addresses (`scheme://user:***@host`) and Slack webhooks.

    Secrets are also found as others may repeat them: percent-encoded (also twice), escaped for JSON, Python or HTML, in
    base64 or hexadecimal, alone or within a longer text; those of eight characters or more in any case, too.
    """
    pattern = _pattern(_longest_first(secret for secret in secrets if secret))
    if pattern is not None:
        text = pattern.sub("***", text)
    text = _URL_PASSWORD.sub(r"\1***@", text)
    return _SLACK_WEBHOOK.sub(lambda found: f"{found[1] or found[2]}***", text)


@lru_cache(maxsize=64)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    spellings = [spelling for secret in secrets for spelling in (*_encoded(secret), _spelled(secret))]
    return re.compile("|".join(spellings)) if spellings else None


def _spelled(secret: str) -> str:
    """Returns a pattern for a secret each of whose characters may be escaped in a way of its own."""
    marks = "".join(f"(?:{'|'.join(_ways(mark))})" for mark in secret)
    # In short ones the case decides: other words would look like them.
    return f"(?i:{marks})" if len(secret) >= _ANY_CASE else marks


def _ways(mark: str) -> Iterator[str]:
    code = ord(mark)
    octets = mark.encode("utf-8", "surrogatepass")
    yield re.escape(mark)
    yield "(?i:" + "".join(f"%(?:25)*{octet:02x}" for octet in octets) + ")"
    yield "(?i:" + "".join(f"={octet:02x}" for octet in octets) + ")"
    yield f"(?i:&#0*{code};|&#x0*{code:x};)"
    units = mark.encode("utf-16-be", "surrogatepass").hex()
    yield "(?i:" + "".join(rf"\\+u{units[start : start + 4]}" for start in range(0, len(units), 4)) + ")"
    if code < 256:
        yield rf"(?i:\\+x{code:02x})"
    if mark in _NAMED:
        yield _NAMED[mark]


def _encoded(secret: str) -> Iterator[str]:
    """Yields patterns for a secret as part of a text that is encoded as a whole."""
    octets = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        # The characters at both ends also depend on what is around the secret.
        whole = b64encode(b"\0" * before + octets).rstrip(b"=").decode()
        is_even = (before + len(octets)) % 3 == 0
        own = whole[(0, 2, 3)[before] : None if is_even else -1]
        if len(own) >= _ANY_CASE:
            yield re.escape(own).replace(r"\+", "+").replace("+", "[+-]").replace("/", "[/_]")
    if len(octets) >= _SHORTEST_SECRET:
        yield f"(?i:{octets.hex()})"


def mark_secrets(shapes: Shapes, schemas: Sequence[Schema], node: Node) -> set[str]:
    """Marks the values of the tree that the model declares as secrets, and returns their texts without short ones.

    `schemas` are those that may apply to `node`.
    """
    texts: set[str] = set()
    for step, part in node.parts:
        inner = shapes.inner(schemas, step)
        if inner:
            texts |= mark_secrets(shapes, inner, part.node)
    if node.written and shapes.has_secret(schemas):
        node.is_secret = True
        texts |= {text for text in _own_texts(node) if len(text) >= _SHORTEST_SECRET}
    return texts


def private_texts(node: Node) -> set[str]:
    """Returns the texts in `node` and below that are secrets or come from the environment."""
    own = {text for text in _own_texts(node) if text.strip()}
    return own.union(*(private_texts(part.node) for _, part in node.parts))


def mask(message: str, private: Iterable[str]) -> str:
    """Returns `message` with `***` for everything it shares with a private text.

    A validator may quote only a part of its input, or change its case. So every run of four or more characters that
    also occurs in a private text is hidden. A shorter private text is hidden where it is a whole word.
    """
    for text in _longest_first(private):
        if len(text.strip()) < _SHORTEST_SECRET:
            message = re.sub(rf"(?<!\w){re.escape(text.strip())}(?!\w)", "***", message, flags=re.IGNORECASE)
        else:
            message = _without_runs(message, text.casefold())
    return message


def _without_runs(message: str, private: str) -> str:
    kept, position = "", 0
    while position < len(message):
        end = position + _SHORTEST_SECRET
        if end <= len(message) and message[position:end].casefold() in private:
            while end < len(message) and message[position : end + 1].casefold() in private:
                end += 1
            kept += "***"
            position = end
        else:
            kept += message[position]
            position += 1
    return kept


def _own_texts(node: Node) -> tuple[str, ...]:
    written = (str(node.value), node.written) if node.is_secret else ()
    return (*written, *node.variables.values())


def _secret_values(value: object) -> Iterator[str]:
    parts: Iterable[object] = ()
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        parts = (part for _, part in value)
    elif isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        parts = value
    for part in parts:
        yield from _secret_values(part)


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts), key=lambda text: (-len(text), text)))
