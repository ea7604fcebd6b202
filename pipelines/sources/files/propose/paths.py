"""The path of a file in the settings: relative to them, with a wildcard for what changes from export to export."""

import os
import re
from pathlib import Path

_DATE = r"(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?"
_TIME = r"(?:[-_T ]?\d{1,2}[-_.h]?\d{2}(?:[-_.]?\d{2})?(?:Z)?)?"
_MOMENT = re.compile(rf"(?<![0-9A-Za-z]){_DATE}{_TIME}(?![0-9])|(?<=[-_ ]){_DATE}{_TIME}")
_COPY = re.compile(r" ?\(\d{1,3}\)$")
_STAMP = re.compile(r"(?<=[-_])(?:1[5-9]\d{8}(?:\d{3})?|[0-9a-f]{8}-[0-9a-f-]{20,}|[0-9a-f]{16,})$")


def pattern_of(file: Path, folder: Path) -> str:
    """Returns the path of `file` relative to `folder`, with `*` for a date in its name if that is safe.

    It is safe if all other files of that pattern begin with the same line.
    """
    relative = os.path.relpath(file.absolute(), folder.absolute())
    directory, name = os.path.split(relative)
    general = _general(name)
    name = general if general is not None and _is_safe(file, general) else _literal(name)
    directory = "/".join(_literal(part) for part in Path(directory).parts)
    return f"{directory}/{name}" if directory else name


def _general(name: str) -> str | None:
    stem, dot, ending = name.partition(".")
    plain = _COPY.sub("", stem)
    general = _MOMENT.sub("*", _literal(plain), count=4)
    general = _STAMP.sub("*", general)
    general = re.sub(r"\*(?:[-_. ]?(?:to|bis|au)?[-_. ]*\*)+", "*", general)
    # Too little would be left to recognize the file by.
    if "*" not in general or len(re.sub(r"[^A-Za-z]", "", general)) < 3:
        return None
    return f"{general}{dot}{ending}"


def _is_safe(file: Path, pattern: str) -> bool:
    try:
        own = _first_line(file)
        others = [each for each in file.parent.glob(pattern) if each.is_file()]
        return all(_first_line(each) == own for each in others[:50])
    except (OSError, ValueError):
        return False


def _first_line(file: Path) -> bytes:
    with file.open("rb") as content:
        start = content.read(65_536)
    # Of formats with bytes, the beginning says nothing about the columns.
    return start[:4] if start[:4] in (b"PK\x03\x04", b"PAR1") or start[:2] == b"\x1f\x8b" else start.splitlines()[0]


def _literal(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)
