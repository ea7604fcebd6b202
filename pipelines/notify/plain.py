"""Text that others wrote, made safe to read in a line of prose.

Names of segments and campaigns come from customers' systems and may hold anything. What is hostile to one receiver
(`<!channel>`, HTML) is escaped by the channel that renders it; what is hostile to every reader is removed here.
"""

import re
import unicodedata

# Control and format characters (line breaks, bidirectional overrides, zero-width marks), lone surrogates, private use.
_REMOVED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SPACES = {"Zs", "Zl", "Zp"}
_PLAIN_NAME = re.compile("\\w[\\w+&'\u2019/.-]*( [\\w+&'\u2019/.-]+){0,3}")


def cleaned(text: str) -> str:
    """`text` on one line, without control characters, with single spaces."""
    kept = []
    for mark in text:
        category = unicodedata.category(mark)
        if category in _SPACES or mark in "\t\n\v\f\r\x85":
            kept.append(" " if mark not in "\u00a0\u202f" else mark)
        elif category not in _REMOVED:
            kept.append(mark)
    return re.sub(r" {2,}", " ", "".join(kept)).strip()


def shortened(text: str, limit: int) -> str:
    """`text`, or as much of it as leaves room for an ellipsis within `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def readable(text: str, limit: int = 80) -> str:
    """`text` cleaned and shortened, `?` where nothing readable is left of it."""
    # Ten times the limit is more than can be needed, and keeps a name of megabytes from costing time.
    return shortened(cleaned(text[: limit * 10]), limit) or "?"


def is_plain_name(text: str) -> bool:
    """Whether `text` reads as a name in a sentence without quotation marks around it."""
    return _PLAIN_NAME.fullmatch(text) is not None
