"""Makes text from outside safe to show in one line.

Names of segments and campaigns come from customers' systems and may contain anything. A channel escapes what is
dangerous for its receiver (`<!channel>`, HTML) when it renders a message; this module removes what is dangerous for
every reader.
"""

import re
import unicodedata

# Control and format characters (line breaks, bidirectional overrides, zero-width marks), lone surrogates, private use.
_REMOVED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SPACES = {"Zs", "Zl", "Zp"}
_NO_BREAK_SPACES = "\u00a0\u202f"
_PLAIN_NAME = re.compile("\\w[\\w+&'\u2019/.-]*( [\\w+&'\u2019/.-]+){0,3}")


def single_line(text: str) -> str:
    """Returns `text` on one line, without control characters and with single spaces."""
    kept = []
    for mark in text:
        category = unicodedata.category(mark)
        if category in _SPACES or mark in "\t\n\v\f\r\x85":
            kept.append(mark if mark in _NO_BREAK_SPACES else " ")
        elif category not in _REMOVED:
            kept.append(mark)
    return re.sub(r" {2,}", " ", "".join(kept)).strip()


def shorten(text: str, limit: int) -> str:
    """Returns `text`, cut and with an ellipsis if it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def readable(text: str, limit: int = 80) -> str:
    """Returns `text` on one line of at most `limit` characters, `?` if nothing readable is left."""
    # A name may have megabytes: ten times the limit is enough to fill the line.
    return shorten(single_line(text[: limit * 10]), limit) or "?"


def is_plain_name(text: str) -> bool:
    """Whether `text` reads as a name in a sentence without quotation marks around it."""
    return _PLAIN_NAME.fullmatch(text) is not None
