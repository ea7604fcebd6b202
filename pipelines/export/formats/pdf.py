"""The report page as PDF, printed by the browser of this machine.

The page is the same as in format html. What differs from one printing to the next takes a value of the content, so that
the same content gives the same bytes with the same browser: the moment of printing becomes that of the tick, and the
names of the table heads, which depend on what the browser did before, are numbered from 0.
"""

import re
from datetime import UTC, datetime

from pipelines.export.browser import find_browser, print_page
from pipelines.export.content import ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.formats import html

MEDIA_TYPE = "application/pdf"

_HEAD = re.compile(rb"\(node(\d{8})\)")
_MOMENT = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}[^)]*\)")


def render(content: ExportContent) -> bytes:
    """Returns the bytes of the file.

    Raises:
        ExportError: there is no browser, or it fails.
    """
    export = content.export
    try:
        printed = print_page(html.render(content), find_browser(export.browser))
    except ExportError as error:
        raise ExportError(f"export '{export.name}': {error}") from error
    return _renumbered(_MOMENT.sub(lambda found: _dated(found, content.tick), printed))


def _dated(found: re.Match[bytes], tick: datetime) -> bytes:
    """Returns the entry of a date with that of `tick`, as long as it was: the file has the positions of its parts."""
    moment = f"/{found[1].decode()} (D:{tick.astimezone(UTC):%Y%m%d%H%M%S}+00'00'"
    return moment[: len(found[0]) - 1].ljust(len(found[0]) - 1).encode() + b")"


def _renumbered(printed: bytes) -> bytes:
    """Returns the file with its table heads numbered from 0; they are as long and in the same order as before.

    The file has the positions of its parts and a tree of the names, in which they are sorted.
    """
    numbers = {name: number for number, name in enumerate(sorted(set(_HEAD.findall(printed))))}
    return _HEAD.sub(lambda found: b"(node%08d)" % numbers[found[1]], printed)
