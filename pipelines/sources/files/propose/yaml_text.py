"""Values as YAML on one line, whatever characters they have, and comments that end where they should."""

import re
from collections.abc import Mapping

from pipelines.sources.files.propose.model import SURE, Remark
from pipelines.sources.files.propose.text import shown

# Texts that need no quotes: words that YAML takes for nothing but text.
_PLAIN = re.compile(r"[^\W\d_][\w/.+*()€£-]*( [\w/.+*()€£-]+)*")
_RESERVED = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"])
_LONGEST_REMARK = 170


def scalar(value: object, *, is_key: bool = False) -> str:
    """Returns a text, number, boolean or None as YAML; a reference to an environment variable in it is escaped."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    # The settings read ${NAME} from the environment in values, but not in keys.
    text = text if is_key else text.replace("${", "$${")
    if _PLAIN.fullmatch(text) and text.isascii() and text.lower() not in _RESERVED and "://" not in text:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable() and character != "\ufeff":
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def flow(value: object) -> str:
    """Returns a value, a list or a mapping as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key(name)}: {flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def key(name: str) -> str:
    """Returns a key of a mapping; the words of a file are quoted, so that none is taken for a number."""
    return scalar(name, is_key=True)


def comment(remark: Remark) -> str:
    """Returns the comment beside a line."""
    text = shown(remark.text, _LONGEST_REMARK)
    word = remark.confidence.value
    return f"# {word}: {text}" if text else f"# {SURE.confidence.value if remark is SURE else word}"
