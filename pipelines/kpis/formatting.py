"""Values, periods and moments as readers of English and French write them.

Messages, the command line, workbooks and reports format with these functions, so that one number looks the same
everywhere.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from babel.units import format_unit

from pipelines.kpis.grain import Grain
from pipelines.kpis.kpi import ShownUnit

Language = Literal["en", "fr"]

# The largest number of decimals beyond the usual ones, however close a value is to its threshold.
_MAX_EXTRA_PRECISION = 5

# Every float has fewer digits, so this context can format all of them.
_WIDE_CONTEXT = Context(prec=400)

# CLDR asks for a space between a currency's code and a number (CHF 5), which its pattern does not have.
_LETTER_BEFORE_DIGIT = re.compile(r"([^\W\d_])(?=\d)")

_DURATION_UNITS: dict[Language, tuple[tuple[int, str], ...]] = {
    "en": ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")),
    "fr": ((86_400, "j"), (3_600, "h"), (60, "min"), (1, "s")),
}
# Percentage points: the difference of two shares.
_POINTS: dict[Language, str] = {"en": "pp", "fr": "pts"}
# An interval of a size that ends at more than so many times its beginning says nothing of it.
_WIDEST_INTERVAL = 10
_GRAIN_UNITS: dict[Grain, str] = {
    "day": "duration-day",
    "week": "duration-week",
    "month": "duration-month",
    "quarter": "duration-quarter",
    "year": "duration-year",
}


def plural(count: int, one: str, other: str, language: Language) -> str:
    """Returns the form of a noun that goes with `count` (French uses the singular for zero)."""
    return one if Locale(language).plural_form(count) == "one" else other


def format_count(count: int, language: Language) -> str:
    """Returns a whole number with the thousands separator of `language`."""
    return format_decimal(count, locale=language)


def format_decimals(number: float, decimals: int, language: Language) -> str:
    """Returns a number with a fixed number of decimals: `1.2`, `1,2`."""
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(_rounded(_exact(number), decimals), format=digits, locale=language)


def format_share(share: float, language: Language) -> str:
    """Returns a fraction as a whole percentage: 0.95 is `95%` or `95 %`."""
    return format_percent(share, locale=language)


def format_date(day: date, pattern: str, language: Language) -> str:
    """Returns a date by a CLDR pattern; French writes the first day of a month as `1er`."""
    if language == "fr" and day.day == 1:
        pattern = pattern.replace("d MMMM", "d'er' MMMM")
    return babel_date(day, pattern, locale=language)


def format_period(start: date, grain: Grain, language: Language) -> str:
    """Returns the name of the period that begins on `start`; weeks include their ISO number."""
    match grain:
        case "day":
            return format_date(start, "EEEE d MMMM y", language)
        case "week":
            number = start.isocalendar().week
            if language == "fr":
                return f"semaine du {format_date(start, 'd MMMM y', language)} (S{number:02d})"
            return f"week of {format_date(start, 'd MMMM y', language)} (W{number:02d})"
        case "month":
            return babel_date(start, "MMMM y", locale=language)
        case "quarter":
            return babel_date(start, "QQQ y", locale=language)
        case "year":
            return f"{start.year}"


def format_period_count(count: int, grain: Grain, language: Language) -> str:
    """Returns a number of periods as a length of time: `3 weeks`, `1 mois`."""
    return format_unit(count, _GRAIN_UNITS[grain], "long", locale=language).replace("\u202f", "\u00a0")


def format_moment(at: datetime, timezone: str, language: Language) -> str:
    """Returns an aware moment in `timezone` (an IANA name), to the minute."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{format_date(local.date(), 'EEEE d MMMM y', language)}, {format_datetime(local, 'HH:mm', locale=language)}"


def format_duration(seconds: float, language: Language) -> str:
    """Returns a length of time in its two largest units: `4 h 12 min`."""
    return _duration_text(_rounded_duration(_exact(seconds), 0), language)


def format_value(value: float, unit: ShownUnit, language: Language, currency: str) -> str:
    """Returns one value of a KPI: `64 %`, `4 h 12 min`, `12 345 €`; `currency` is an ISO 4217 code."""
    return ValueFormat.for_values(unit, language, currency, [value]).format(value)


def format_change(change: float, unit: ShownUnit, language: Language, currency: str) -> str:
    """Returns a difference of two values of a KPI with its sign: `+12 min`; of a ratio in points: `-4.2 points`."""
    size = abs(change)
    if unit == "ratio":
        exact = _scaled(unit, size)
        # One decimal, or for a smaller number as many as show its first digit.
        decimals = min(max(1, -exact.adjusted()), _MAX_EXTRA_PRECISION) if exact else 0
        shown = _rounded(exact, decimals)
        number = Decimal(f"{shown.normalize():f}")
        noun = "point" if Locale(language).plural_form(number) == "one" else "points"
        text = f"{format_decimal(number, format='#,##0.#####', locale=language)} {noun}"
    else:
        text = format_value(size, unit, language, currency)
    sign = "+" if change > 0 else "\N{MINUS SIGN}" if change < 0 else ""
    return sign + text


def says_nothing(unit: ShownUnit, low: float, high: float) -> bool:
    """Returns whether an interval is so wide that it says nothing of the size of a value: 0.008 to 176,390 days.

    Sizes are compared by their factor. Shares, scores and differences have an absolute scale, on which no interval
    is that wide, and neither is one that begins at zero.
    """
    return unit not in ("ratio", "points", "score") and low > 0 and high > low * _WIDEST_INTERVAL


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """How values of one KPI are written beside each other.

    `decimals` apply to every unit but `seconds`. `extra_precision` adds decimals, or smaller units of time, so that
    69.96 % does not read as 70 % beside a threshold of 70 %.
    """

    unit: ShownUnit
    language: Language
    currency: str
    decimals: int = 0
    extra_precision: int = 0

    @classmethod
    def for_values(cls, unit: ShownUnit, language: Language, currency: str, values: Iterable[float]) -> "ValueFormat":
        """Returns the format that writes all `values` with the same number of decimals."""
        decimals = max((_usual_decimals(unit, currency, value) for value in values), default=0)
        return cls(unit, language, currency, decimals)

    @classmethod
    def beside_threshold(
        cls,
        unit: ShownUnit,
        language: Language,
        currency: str,
        *,
        value: float,
        threshold: float,
        others: Iterable[float] = (),
    ) -> "ValueFormat":
        """Returns the coarsest format that keeps the order of `value` and each of `threshold` and `others`."""
        others = tuple(others)
        usual = max(_usual_decimals(unit, currency, number) for number in (value, *others))
        written = _decimals_of(_scaled(unit, threshold), _MAX_EXTRA_PRECISION)
        candidate = cls(unit, language, currency, usual if written is None else max(usual, written))
        exact_value, exact_others = _scaled(unit, value), [_scaled(unit, other) for other in (threshold, *others)]
        for extra_precision in range(_MAX_EXTRA_PRECISION):
            candidate = cls(unit, language, currency, candidate.decimals, extra_precision)
            shown_value = candidate._rounded(exact_value)
            shown_threshold = exact_others[0] if written is not None else candidate._rounded(exact_others[0])
            shown_others = [shown_threshold, *(candidate._rounded(other) for other in exact_others[1:])]
            if all(
                _sign(shown_value - shown) == _sign(exact_value - exact)
                for shown, exact in zip(shown_others, exact_others, strict=True)
            ):
                break
        return candidate

    def format(self, value: float) -> str:
        """Returns `value` as a reader expects it: `64 %`, `4 h 12 min`, `12 345 €`, `1,5 jour`."""
        with localcontext(_WIDE_CONTEXT):
            return self._text(self._rounded(_scaled(self.unit, value)))

    def format_threshold(self, threshold: float) -> str:
        """Returns `threshold` as the operator wrote it, without trailing zeros; a computed one like any value."""
        with localcontext(_WIDE_CONTEXT):
            exact = _scaled(self.unit, threshold)
            decimals = _decimals_of(exact, _MAX_EXTRA_PRECISION)
            if decimals is None:
                return self._text(self._rounded(exact))
            if self.unit == "currency" and decimals:
                decimals = max(decimals, get_currency_precision(self.currency))
            return self._text(_rounded(exact, decimals))

    def _rounded(self, number: Decimal) -> Decimal:
        if self.unit == "seconds":
            return _rounded_duration(number, self.extra_precision)
        decimals = self.decimals + self.extra_precision
        if self.unit == "currency" and decimals:
            # Nobody writes 159.0 euros.
            decimals = max(decimals, get_currency_precision(self.currency))
        return _rounded(number, decimals)

    def _text(self, number: Decimal) -> str:
        if self.unit == "seconds":
            return _duration_text(number, self.language)
        exponent = number.as_tuple().exponent
        decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        digits = "#,##0" + ("." + "0" * decimals if decimals else "")
        locale = Locale(self.language)
        match self.unit:
            case "ratio":
                pattern = locale.percent_formats[None].pattern.replace("#,##0", digits)
                return format_percent(number / 100, format=pattern, locale=locale, decimal_quantization=False)
            case "points":
                text = format_decimal(number, format=digits, locale=locale, decimal_quantization=False)
                return f"{'+' if number > 0 else ''}{text}\u00a0{_POINTS[self.language]}"
            case "currency":
                pattern = locale.currency_formats["standard"].pattern.replace("#,##0.00", digits)
                text = format_currency(
                    number,
                    self.currency,
                    format=pattern,
                    locale=locale,
                    currency_digits=False,
                    decimal_quantization=False,
                )
                return _LETTER_BEFORE_DIGIT.sub("\\1\u00a0", text)
            case "days":
                return format_unit(number, "duration-day", "long", format=digits, locale=locale)
            case "hours":
                # As durations write it.
                return f"{format_decimal(number, format=digits, locale=locale, decimal_quantization=False)}\u00a0h"
            case _:
                return format_decimal(number, format=digits, locale=locale, decimal_quantization=False)


def _exact(value: float) -> Decimal:
    """Returns the decimal number a person means by `value`: 0.7, not 0.69999999999999995559."""
    return Decimal(repr(float(value)))


def _scaled(unit: ShownUnit, value: float) -> Decimal:
    """Returns `value` in the scale a person reads: a ratio as a percentage, a difference of ratios in points."""
    return _exact(value) * 100 if unit in ("ratio", "points") else _exact(value)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    # Adding zero turns a rounded -0 into 0.
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _WIDE_CONTEXT) + 0


def _decimals_of(value: Decimal, at_most: int) -> int | None:
    """Returns how many decimals write `value` exactly, or None if it needs more than `at_most` (a computed number)."""
    for decimals in range(at_most + 1):
        if _rounded(value, decimals) == value:
            return decimals
    return None


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def _usual_decimals(unit: ShownUnit, currency: str, value: float) -> int:
    """Returns how many decimals a value of that size needs to be informative."""
    exact = _scaled(unit, value)
    size = abs(exact)
    match unit:
        case "score":
            return 1
        case "currency":
            return 0 if size >= 1000 or size == size.to_integral_value() else get_currency_precision(currency)
        case "ratio" | "points":
            return 0 if size >= 10 or size == 0 else 1 if size >= Decimal("0.1") else 3
        case _:
            if size == size.to_integral_value():
                return 0
            return 1 if size >= 1 else 2 if size >= Decimal("0.1") else 3


def _rounded_duration(seconds: Decimal, extra_precision: int) -> Decimal:
    """Returns a duration rounded to the second of its two largest units, or `extra_precision` steps finer."""
    steps = [Decimal(step) for step in ("3600", "60", "1", "0.1", "0.01", "0.001")]
    size = abs(seconds)
    usual = 0 if size >= 86_400 else 1 if size >= 3_600 else 2 if size >= 10 else 3
    step = steps[min(usual + extra_precision, len(steps) - 1)]
    return _rounded(seconds / step, 0) * step


def _duration_text(seconds: Decimal, language: Language) -> str:
    # Durations are never rounded finer than to whole milliseconds.
    words, rest = [], int(abs(seconds).scaleb(3))
    for size, name in _DURATION_UNITS[language]:
        amount, rest = divmod(rest, size * 1_000)
        number = Decimal(amount) if size > 1 else Decimal(amount * 1_000 + rest) / 1_000
        if number:
            words.append(f"{format_decimal(number.normalize(), locale=language, decimal_quantization=False)} {name}")
    return ("-" if seconds < 0 else "") + (" ".join(words) or "0 s")
