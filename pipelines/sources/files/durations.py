"""Durations in extracts: `90` with a unit, `26:30:00`, `1d 2h 3m`; as SQL for seconds, and why one is rejected."""

from pipelines.sources.files.cast import Layers, Notation, is_textual, plain_number
from pipelines.sources.files.columns import Unit
from pipelines.sources.files.reasons import shown
from pipelines.storage.sql import literal

_SECONDS: dict[Unit, int] = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_CLOCK = r"([+-]?)([0-9]+):([0-5]?[0-9]):([0-5]?[0-9](?:[.,][0-9]+)?)"
# The letters that begin the names of the units, and how long each is in seconds.
_PARTS = (("d(?:ays?)?", 86_400), ("h(?:(?:ou)?rs?)?", 3_600), ("m(?:in(?:ute)?s?)?", 60), ("s(?:ec(?:ond)?s?)?", 1))
_AMOUNT = r"([0-9]+(?:[.,][0-9]+)?) ?"
# Three hundred years: no moment that a duration ends in is beyond what can be stored.
_LONGEST = 10_000_000_000


def seconds(layers: Layers, unit: Unit | None, notation: Notation) -> str:
    """Returns SQL for a duration in seconds, a DOUBLE that may be negative; NULL if it is none."""
    factor = _SECONDS[unit] if unit is not None else None
    if not is_textual(layers.of):
        is_number = layers.of in ("integer", "float", "decimal") and factor is not None
        return f"CAST({layers.given} AS DOUBLE) * {factor}" if is_number else "CAST(NULL AS DOUBLE)"
    text = layers.text
    cases = f"WHEN regexp_full_match({text}, {literal(_CLOCK)}) THEN {_clock(text)}"
    words = f"lower({text})"
    pattern = "".join(f"(?:{_AMOUNT}{name}[, ]*)?" for name, _ in _PARTS)
    cases += f" WHEN regexp_full_match({words}, {literal(pattern)}) THEN {_parts(words, pattern)}"
    number = "NULL" if factor is None else f"try_cast({plain_number(text, notation)} AS DOUBLE) * {factor}"
    return f"CASE {cases} ELSE {number} END"


def _clock(text: str) -> str:
    group = [f"regexp_extract({text}, {literal(_CLOCK)}, {number})" for number in range(1, 5)]
    hours, minutes = (f"try_cast({group[number]} AS DOUBLE)" for number in (1, 2))
    rest = f"try_cast(replace({group[3]}, ',', '.') AS DOUBLE)"
    return f"({hours} * 3600 + {minutes} * 60 + {rest}) * CASE {group[0]} WHEN '-' THEN -1 ELSE 1 END"


def _parts(text: str, pattern: str) -> str:
    amounts = (
        f"coalesce(try_cast(replace(regexp_extract({text}, {literal(pattern)}, {number}), ',', '.') AS DOUBLE), 0)"
        f" * {factor}"
        for number, (_, factor) in enumerate(_PARTS, start=1)
    )
    return f"({' + '.join(amounts)})"


def is_duration(parsed: str) -> str:
    """Returns SQL for whether a number of seconds can be added to a moment; never NULL."""
    return f"coalesce({parsed} >= 0 AND {parsed} < {_LONGEST}, false)"


def moment_after(base: str, parsed: str) -> str:
    """Returns SQL for the moment so many seconds after the moment `base`; NULL if one of the two is none."""
    microseconds = f"CAST(round(CASE WHEN {is_duration(parsed)} THEN {parsed} END * 1000000) AS BIGINT)"
    return f"({base} + to_microseconds({microseconds}))"


def duration_reason(layers: Layers, unit: Unit | None, notation: Notation) -> str:
    """Returns SQL for why what is given is no duration, and what to set."""
    text, parsed = layers.text, layers.parsed
    number = f"try_cast({plain_number(text, notation)} AS DOUBLE) IS NOT NULL"
    if not is_textual(layers.of):
        number = "true" if layers.of in ("integer", "float", "decimal") else "false"
    cases = [
        (f"{parsed} < 0", " is negative: a duration counts forward"),
        (f"{parsed} IS NOT NULL", " is too long"),
        (f"{number} AND {'true' if unit is None else 'false'}", " has no unit; set `unit`, for instance to minutes"),
    ]
    forms = f"a number of {unit}, " if unit is not None else ""
    otherwise = f" is not a duration: {forms}26:30:00 (hours, minutes, seconds) or 1d 2h 3m"
    whens = " ".join(f"WHEN {condition} THEN {literal(words)}" for condition, words in cases)
    return f"{shown(text)} || CASE {whens} ELSE {literal(otherwise)} END"
