"""How the numbers of a file are written: decimal mark, thousands, currency signs, durations, and words for nothing."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

SIGNS = {
    "€": "EUR", "£": "GBP", "US$": "USD", "CA$": "CAD", "A$": "AUD", "$": "USD", "¥": "JPY", "₹": "INR", "zł": "PLN",
    "kr": "SEK", "R$": "BRL", "₺": "TRY", "₽": "RUB", "₴": "UAH", "Kč": "CZK",
}  # fmt: skip
CODES = frozenset(
    [
        "EUR",
        "USD",
        "GBP",
        "CHF",
        "CAD",
        "AUD",
        "NZD",
        "JPY",
        "CNY",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "BRL",
        "MXN",
        "INR",
        "SGD",
        "HKD",
        "ZAR",
        "TRY",
        "AED",
        "SAR",
        "ILS",
        "MAD",
        "TND",
        "KRW",
        "THB",
        "MYR",
        "PHP",
        "IDR",
        "ARS",
        "CLP",
        "COP",
        "PEN",
        "UAH",
    ]
)
BLANKS = " \u00a0\u202f\u2009"
_SIGN = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
_CODE = "|".join(sorted(CODES))
_AFFIXED = re.compile(
    rf"(?P<minus>[-+]?)\s*(?P<before>{_SIGN}|{_CODE})?\s*(?P<number>[-+]?[\d.,'\u2019{BLANKS}]*\d)\s*(?P<after>{_SIGN}|{_CODE}|%)?"
)
_PLAIN = re.compile(rf"[-+]?\d+([.,'\u2019{BLANKS}]\d+)*([eE][-+]?\d+)?|[-+]?[.,]\d+")
_WHOLE = re.compile(rf"[-+]?\d{{1,3}}([,.'\u2019{BLANKS}]?\d{{3}})*(\.0)?|\d+")
_CLOCK = re.compile(r"\d{1,5}:\d\d:\d\d([.,]\d+)?")
_PARTS = re.compile(r"(\d+ ?d(ays?)?)?[ ,]*(\d+ ?h((ou)?rs?)?)?[ ,]*(\d+ ?m(in(ute)?s?)?)?[ ,]*(\d+ ?s(ec(ond)?s?)?)?")

# Cells that stand for nothing in any column, and those that do in a column of dates or numbers.
NOTHING = frozenset(
    [
        "n/a",
        "n.a.",
        "#n/a",
        "#value!",
        "#ref!",
        "-",
        "--",
        "---",
        "\u2013",
        "—",
        "?",
        "null",
        "(null)",
        "<null>",
        "nan",
        "\\n",
        "(blank)",
        "(empty)",
        "(no value)",
        "no value",
        "undefined",
        "(not set)",
        "not set",
        "k.a.",
        "keine angabe",
        "n/d",
        "n.d.",
        "s/o",
        "non renseigné",
        "sin datos",
        ".",
    ]
)
NOTHING_IN_TYPED = frozenset(
    [
        "none",
        "na",
        "nil",
        "unknown",
        "never",
        "nie",
        "jamais",
        "nunca",
        "mai",
        "not available",
        "not applicable",
        "void",
        "x",
    ]
)


@dataclass(frozen=True, slots=True)
class Marks:
    """The decimal mark and the mark between thousands; `is_open`: the values fit another reading as well."""

    decimal: str
    thousands: str | None
    is_open: bool = False
    example: str = ""


def is_nothing(text: str) -> bool:
    """Returns whether a cell stands for no value, in whatever column it is."""
    return text.strip().lower() in NOTHING


def is_number(text: str) -> bool:
    """Returns whether a text is a number without any sign of a currency."""
    return _PLAIN.fullmatch(text) is not None


def is_whole(text: str) -> bool:
    """Returns whether a text is a number without a fraction; any mark or blank may be between its thousands."""
    return _WHOLE.fullmatch(text) is not None


def affixes(text: str) -> tuple[str, str] | None:
    """Returns the number and the currency's sign or code or `%` around it; None if the text has none of them."""
    found = _AFFIXED.fullmatch(text)
    if found is None or not (found["before"] or found["after"]):
        return None
    return found["minus"] + found["number"], found["before"] or found["after"]


def is_duration(text: str) -> bool:
    """Returns whether a text is a duration with its units, such as 26:30:00 or 1d 2h."""
    return _CLOCK.fullmatch(text) is not None or (bool(text.strip(" ,")) and _PARTS.fullmatch(text.lower()) is not None)


def currency_of(sign: str) -> str | None:
    """Returns the ISO 4217 code of a currency's sign or code; None for a percent sign."""
    return SIGNS.get(sign) or (sign if sign in CODES else None)


def find_marks(  # noqa: PLR0912 - one case a line
    numbers: Iterable[str], prefers_comma: bool, whole: Collection[str] = ()
) -> Marks:
    """Returns the marks in numbers; `prefers_comma` decides what 1,234 is if nothing else does.

    `whole` are those numbers that count something: 1,234 recipients are more than a thousand.
    """
    decimal: str | None = None
    thousands: str | None = None
    unclear: str | None = None
    for number in numbers:
        text = number.lstrip("+-")
        blank = re.search(rf"\d([{BLANKS}'\u2019])\d{{3}}(?!\d)", text)
        if blank is not None:
            thousands = "'" if blank[1] in "'\u2019" else " "
        marks = [character for character in text if character in ".,"]
        if not marks:
            continue
        last = marks[-1]
        other = "," if last == "." else "."
        groups = text.split(last)
        if other in marks:
            if marks.count(last) == 1:
                decimal, thousands = last, other
            continue
        if len(marks) > 1:
            thousands = last
        elif len(groups[1]) != 3 or not 1 <= len(groups[0]) <= 3 or groups[0] == "0" or blank is not None:
            decimal = last
        elif number in whole and groups[1] != "000":
            thousands = last
        else:
            unclear = unclear or number
    if unclear is not None:
        mark = "," if "," in unclear else "."
        if decimal is None and thousands is None:
            if mark == ".":
                return Marks(".", None, is_open=prefers_comma, example=unclear)
            return Marks(",", None, True, unclear) if prefers_comma else Marks(".", ",", True, unclear)
        if decimal is not None and decimal != mark and thousands is None:
            thousands = mark
    decimal = decimal or ("," if thousands == "." else ".")
    if thousands == decimal:
        thousands = None
    return Marks(decimal, thousands)
