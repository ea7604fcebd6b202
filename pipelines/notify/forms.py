"""Values and periods as a reader of English or French writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from babel.units import format_unit

from pipelines.kpis import Grain, Unit

Language = Literal["en", "fr"]

# A value is never written more finely than this beyond its usual form, however near to its bound it lies.
_FINEST = 5

# Any float has fewer digits, so that no value is too large to be written.
_ROOMY = Context(prec=400)

_DURATION_UNITS: dict[Language, tuple[tuple[int, str], ...]] = {
    "en": ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")),
    "fr": ((86_400, "j"), (3_600, "h"), (60, "min"), (1, "s")),
}
_GRAIN_UNITS: dict[Grain, str] = {
    "day": "duration-day",
    "week": "duration-week",
    "month": "duration-month",
    "quarter": "duration-quarter",
    "year": "duration-year",
}


def _exact(value: float) -> Decimal:
    """The decimal number a person means by `value`: 0.7, not 0.69999999999999995559."""
    return Decimal(repr(float(value)))


def _rounded(value: Decimal, decimals: int) -> Decimal:
    # Adding zero turns a rounded -0 into 0.
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _ROOMY) + 0


def _decimals_of(value: Decimal, at_most: int) -> int | None:
    """How many decimals write `value` exactly, or None if `at_most` are not enough (a computed number)."""
    for decimals in range(at_most + 1):
        if _rounded(value, decimals) == value:
            return decimals
    return None


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def plural(count: int, one: str, other: str, language: Language) -> str:
    """The form of a noun that goes with `count` (French uses the singular for zero)."""
    return one if Locale(language).plural_form(count) == "one" else other


def whole(count: int, language: Language) -> str:
    """A whole number with the language's thousands mark."""
    return format_decimal(count, locale=language)


def periods(count: int, grain: Grain, language: Language) -> str:
    """A length of time in periods: `3 weeks`, `1 mois`."""
    return format_unit(count, _GRAIN_UNITS[grain], "long", locale=language).replace("\u202f", "\u00a0")


def day(moment: date, pattern: str, language: Language) -> str:
    """A date by a CLDR pattern; French writes the first of a month as `1er`."""
    if language == "fr" and moment.day == 1:
        pattern = pattern.replace("d MMMM", "d'er' MMMM")
    return format_date(moment, pattern, locale=language)


def period(start: date, grain: Grain, language: Language) -> str:
    """The name of the period that begins on `start`; weeks carry their ISO number."""
    match grain:
        case "day":
            return day(start, "EEEE d MMMM y", language)
        case "week":
            number = start.isocalendar().week
            if language == "fr":
                return f"semaine du {day(start, 'd MMMM y', language)} (S{number:02d})"
            return f"week of {day(start, 'd MMMM y', language)} (W{number:02d})"
        case "month":
            return format_date(start, "MMMM y", locale=language)
        case "quarter":
            return format_date(start, "QQQ y", locale=language)
        case "year":
            return f"{start.year}"


def moment(at: datetime, timezone: str, language: Language) -> str:
    """A moment in the company's time zone, to the minute."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{day(local.date(), 'EEEE d MMMM y', language)}, {format_datetime(local, 'HH:mm', locale=language)}"


def duration(seconds: float, language: Language) -> str:
    """A length of time in its two largest units: `4 h 12 min`."""
    return _duration_text(_rounded_duration(_exact(seconds), 0), language)


@dataclass(frozen=True, slots=True)
class ValueForm:
    """How values of one KPI are written together.

    `fineness` is how many steps finer than usual they are written; `with_bound` chooses the least that keeps
    69.96 % from reading as 70 % beside a bound of 70 %.
    """

    unit: Unit
    language: Language
    currency: str
    decimals: int = 0
    fineness: int = 0

    @classmethod
    def usual(cls, unit: Unit, language: Language, currency: str, *, value: float) -> "ValueForm":
        """The form for a value that stands alone."""
        return cls(unit, language, currency, _usual_decimals(unit, currency, value))

    @classmethod
    def with_bound(
        cls, unit: Unit, language: Language, currency: str, *, value: float, bound: float, others: Iterable[float] = ()
    ) -> "ValueForm":
        """The form that writes `value` and `others` alike, and on the side of `bound` and of each other they lie on."""
        others = tuple(others)
        usual = max(_usual_decimals(unit, currency, number) for number in (value, *others))
        shown = _decimals_of(_scaled(unit, bound), _FINEST)
        form = cls(unit, language, currency, usual if shown is None else max(usual, shown))
        value_exact, exact = _scaled(unit, value), [_scaled(unit, other) for other in (bound, *others)]
        for fineness in range(_FINEST):
            form = cls(unit, language, currency, form.decimals, fineness)
            seen = form._seen(value_exact)
            bound_seen = exact[0] if shown is not None else form._seen(exact[0])
            compared = [bound_seen, *(form._seen(other) for other in exact[1:])]
            if all(
                _sign(seen - there) == _sign(value_exact - true) for there, true in zip(compared, exact, strict=True)
            ):
                break
        return form

    def write(self, value: float) -> str:
        """`value` in words a reader expects: `64 %`, `4 h 12 min`, `12 345 €`, `1,5 jour`."""
        with localcontext(_ROOMY):
            return self._write(self._seen(_scaled(self.unit, value)))

    def write_bound(self, bound: float) -> str:
        """`bound` as the operator wrote it, without trailing zeros; a computed bound like any value."""
        with localcontext(_ROOMY):
            exact = _scaled(self.unit, bound)
            decimals = _decimals_of(exact, _FINEST)
            if decimals is None:
                return self._write(self._seen(exact))
            if self.unit == "currency" and decimals:
                decimals = max(decimals, get_currency_precision(self.currency))
            return self._write(_rounded(exact, decimals))

    def _seen(self, number: Decimal) -> Decimal:
        """The number that remains of `number` once it is written."""
        if self.unit != "seconds":
            return _rounded(number, self.decimals + self.fineness)
        return _rounded_duration(number, self.fineness)

    def _write(self, number: Decimal) -> str:
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
            case "currency":
                pattern = locale.currency_formats["standard"].pattern.replace("#,##0.00", digits)
                return format_currency(
                    number,
                    self.currency,
                    format=pattern,
                    locale=locale,
                    currency_digits=False,
                    decimal_quantization=False,
                )
            case "days":
                return format_unit(number, "duration-day", "long", format=digits, locale=locale)
            case _:
                return format_decimal(number, format=digits, locale=locale, decimal_quantization=False)


def _scaled(unit: Unit, value: float) -> Decimal:
    """`value` in the scale it is read in: a ratio as a percentage."""
    return _exact(value) * 100 if unit == "ratio" else _exact(value)


def _usual_decimals(unit: Unit, currency: str, value: float) -> int:
    """How many decimals tell enough of a value of that size, and no more."""
    exact = _scaled(unit, value)
    size = abs(exact)
    match unit:
        case "score":
            return 1
        case "currency":
            return 0 if size >= 1000 or size == size.to_integral_value() else get_currency_precision(currency)
        case "ratio":
            return 0 if size >= 10 or size == 0 else 1 if size >= Decimal("0.1") else 3
        case _:
            if size == size.to_integral_value():
                return 0
            return 1 if size >= 1 else 2 if size >= Decimal("0.1") else 3


def _rounded_duration(seconds: Decimal, fineness: int) -> Decimal:
    """Rounded to the second of the two largest units, or `fineness` steps finer."""
    steps = [Decimal(step) for step in ("3600", "60", "1", "0.1", "0.01", "0.001")]
    size = abs(seconds)
    usual = 0 if size >= 86_400 else 1 if size >= 3_600 else 2 if size >= 10 else 3
    step = steps[min(usual + fineness, len(steps) - 1)]
    return _rounded(seconds / step, 0) * step


def _duration_text(seconds: Decimal, language: Language) -> str:
    # Whole milliseconds, which is as fine as durations are ever rounded.
    words, rest = [], int(abs(seconds).scaleb(3))
    for size, name in _DURATION_UNITS[language]:
        amount, rest = divmod(rest, size * 1_000)
        number = Decimal(amount) if size > 1 else Decimal(amount * 1_000 + rest) / 1_000
        if number:
            words.append(f"{format_decimal(number.normalize(), locale=language, decimal_quantization=False)} {name}")
    return ("-" if seconds < 0 else "") + (" ".join(words) or "0 s")
