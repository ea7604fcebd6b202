"""How Excel shows numbers and dates: format codes by unit, grain and language."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import isnan

from pipelines.export.content import Company
from pipelines.export.words import word
from pipelines.kpis import Grain, Unit
from pipelines.kpis.formatting import Language, ValueFormat
from pipelines.kpis.kpi import ShownUnit

# A number with the separators of any language: digits, and marks between digits.
_NUMBER = re.compile(r"\d(?:[\d.,\u00a0\u202f]*\d)?")
# How Excel calls English (United States) and French (France): months have their names in this language.
_LOCALE_IDS: Mapping[str, str] = {"en": "-409", "fr": "-40C"}


def value_format(unit: ShownUnit, values: Iterable[float], company: Company) -> str:
    """Returns the format code that shows values of a KPI as messages and the command line write them.

    The decimal mark and the thousands separator are those of the reader's own Excel. Durations are hours, minutes and
    seconds, because no code shows their two largest units.

    Args:
        unit: the unit in which people read the KPI.
        values: what is shown in this format, in the KPI's unit; one number has the decimals that suit its size.
        company: the company, for its currency and language.
    """
    if unit == "seconds":
        return "[h]:mm:ss"
    numbers = [value for value in values if not isnan(value)]
    language: Language = "fr" if company.language == "fr" else "en"
    written = ValueFormat.for_values(unit, language, company.currency, numbers)
    if unit == "points":
        code = _code(written.format(0.0), written.decimals)
        return f"+{code};-{code};{code}"
    if unit == "days" and len(numbers) == 1:
        # Its noun may be in the singular.
        return _code(written.format(abs(numbers[0])), written.decimals)
    return _code_of(unit, language, company.currency, written.decimals)


@lru_cache(maxsize=200)
def _code_of(unit: ShownUnit, language: Language, currency: str, decimals: int) -> str:
    return _code(ValueFormat(unit, language, currency, decimals).format(2.0), decimals)


def _code(text: str, decimals: int) -> str:
    """Returns the format code that writes any number like the one in `text`."""
    before, _, after = _parts(text)
    places = "." + "0" * decimals if decimals else ""
    return f"{_literal(before)}#,##0{places}{_literal(after)}"


def _parts(text: str) -> tuple[str, str, str]:
    """Returns what is before a number, the number, and what is after it."""
    match = _NUMBER.search(text)
    return (text[: match.start()], match[0], text[match.end() :]) if match else (text, "", "")


def _literal(text: str) -> str:
    """Returns a text as a part of a format code; a percent sign keeps its meaning, which is to multiply by 100."""
    return "%".join(f'"{part}"' if part else "" for part in text.replace('"', "").split("%"))


def change_format(unit: Unit, language: str) -> str:
    """Returns the format code for the changes of a KPI, which `changes` computes."""
    match unit:
        case "ratio":
            mark = f'" {word("points", language)}"'
            return f"+0.0{mark};-0.0{mark};0.0{mark}"
        case "score":
            return "+0.0;-0.0;0.0"
        case _:
            mark = '"\u00a0"%' if language == "fr" else "%"
            return f"+0.0{mark};-0.0{mark};0.0{mark}"


def period_format(grain: Grain, language: str) -> str:
    """Returns the format code for the first days of periods."""
    match grain:
        case "year":
            return "yyyy"
        case "month" | "quarter":
            return f"[${_LOCALE_IDS[language]}]mmm yyyy"
        case _:
            return date_format(language)


def date_format(language: str) -> str:
    """Returns the format code for days."""
    return "dd/mm/yyyy" if language == "fr" else "yyyy-mm-dd"
