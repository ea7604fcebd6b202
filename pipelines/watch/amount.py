"""Amounts as people write them, with units: 0.8, 80%, 4h; and ranges of two amounts."""

import math
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from pipelines.kpis import Kpi, Unit
from pipelines.watch.limit import Side

Form = Literal["number", "percent", "duration"]

AMOUNT_SCHEMA: Final[JsonSchemaValue] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(%|[smhdSMHD])?\s*$"},
    ],
    "description": "a number (0.8), a percentage (80%) or a duration (90s, 15m, 4h, 2d)",
}
RANGE_SCHEMA: Final[JsonSchemaValue] = {
    "type": "array",
    "items": AMOUNT_SCHEMA,
    "minItems": 2,
    "maxItems": 2,
    "description": "the two ends of a range, [low, high]",
}

_AMOUNT = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?P<unit>%|[smhd])?", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_ENDS = 2
# Who writes so few seconds may mean minutes, hours or days.
_SMALL = 1_000
_UNITS: dict[Unit, str] = {
    "ratio": "a fraction of 1",
    "score": "a score in points",
    "seconds": "a duration (write 15m or a number of seconds)",
    "currency": "an amount of money",
    "count": "a number of things",
    "days": "a number of days",
}


class Amount(float):
    """An amount as a number: a fraction for a percentage, seconds for a duration.

    It keeps the form in which it was written, because only the KPI's unit decides whether `80%` or `4h` makes sense.
    """

    __slots__ = ("form", "written")

    form: Form
    written: str

    def __new__(cls, value: float, form: Form = "number", written: str | None = None) -> Self:
        """Returns the amount `value`; `written` defaults to the plain number."""
        amount = super().__new__(cls, value)
        amount.form = form
        amount.written = f"{value:g}" if written is None else written
        return amount

    @classmethod
    def read(cls, given: object) -> "Amount":
        """Returns the amount that a person wrote: 0.8, "80%", "90s", "15m", "4h", "2d".

        Raises:
            ValueError: it is not an amount; the text says what is allowed.
        """
        if isinstance(given, Amount):
            return given
        if isinstance(given, int | float) and not isinstance(given, bool):
            if not math.isfinite(given):
                raise ValueError(f"{given} is not a number that a KPI can be compared with")
            return cls(float(given))
        match = _AMOUNT.fullmatch(given.strip()) if isinstance(given, str) else None
        if match is None:
            raise ValueError(
                f"cannot read {given!r} as a bound: write a number (0.8), a percentage (80%) "
                "or a duration (90s, 15m, 4h, 2d)"
            )
        # Decimal, so that 0.1% is exactly the float of 0.001.
        number, unit = Decimal(match["number"]), (match["unit"] or "").lower()
        if unit == "%":
            return cls(float(number / 100), "percent", match[0])
        if unit:
            return cls(float(number * _SECONDS[unit]), "duration", match[0])
        if not math.isfinite(float(number)):
            raise ValueError(f"{given} is too large a number")
        return cls(float(number), "number", match[0])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read,
            serialization=core_schema.plain_serializer_function_ser_schema(float),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return AMOUNT_SCHEMA


def read_range(given: object) -> tuple[Amount, Amount]:
    """Returns the range that a person wrote as `[low, high]`.

    Raises:
        ValueError: it is not a list of two amounts, the lower one first.
    """
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != _ENDS:
        raise ValueError(f"cannot read {given!r} as a range: write its two ends, [low, high]")
    low, high = (Amount.read(end) for end in given)
    if low >= high:
        raise ValueError(f"the low end must be less than the high end, got [{low.written}, {high.written}]")
    return low, high


Range = Annotated[tuple[Amount, Amount], BeforeValidator(read_range), WithJsonSchema(RANGE_SCHEMA)]


def range_text(ends: tuple[Amount, Amount]) -> str:
    """Returns a range as it was written."""
    return f"[{ends[0].written}, {ends[1].written}]"


def unit_mistake(amount: Amount, kpi: Kpi) -> str | None:
    """Returns why `amount` cannot be a value of `kpi`, such as a percentage of seconds; None if it can."""
    if amount.form == "duration" and kpi.unit != "seconds":
        if kpi.unit == "days":
            return f"{kpi.name} is counted in days: write {amount / _SECONDS['d']:g} instead of {amount.written}"
        return f"{kpi.name} is {_UNITS[kpi.unit]}, not a duration: {amount.written} cannot be compared with it"
    if amount.form == "percent" and kpi.unit != "ratio":
        return f"{kpi.name} is {_UNITS[kpi.unit]}, not a percentage: {amount.written} cannot be compared with it"
    if amount.form == "number" and kpi.unit == "ratio" and abs(amount) > 1:
        question = f"{kpi.name} is {_UNITS[kpi.unit]}: did you mean {amount:g}% ({amount / 100:g})?"
        if kpi.highest is not None:
            return question
        return f"{question} If it can really exceed 100 %, write {amount * 100:g}%"
    return _range_mistake(amount, kpi)


def _range_mistake(amount: Amount, kpi: Kpi) -> str | None:
    """Returns why no value of `kpi` reaches `amount`; None if some do."""
    is_too_high = kpi.highest is not None and amount > kpi.highest
    if not is_too_high and (kpi.lowest is None or amount >= kpi.lowest):
        return None
    bound = kpi.highest if is_too_high else kpi.lowest
    shown = f"{bound:.0%}" if kpi.unit == "ratio" else f"{bound:g}"
    side = "more" if is_too_high else "less"
    return f"{kpi.name} is never {side} than {shown}: {amount.written} cannot be compared with it"


def never_beyond(amount: Amount, side: Side, kpi: Kpi) -> str | None:
    """Returns why no value of `kpi` is beyond a threshold at `amount`, such as above 100 %; None if some may be."""
    end = kpi.highest if side == "above" else kpi.lowest
    if end is None or amount != end:
        return None
    extreme = "more" if side == "above" else "less"
    return f"{kpi.name} is never {extreme} than {amount.written}, so that this would never fire"


def bare_seconds(amount: Amount, kpi: Kpi) -> str | None:
    """Returns what a duration without a unit means; None if `amount` has one or is no duration."""
    if amount.form != "number" or kpi.unit != "seconds" or amount <= 0:
        return None
    clear = duration_text(timedelta(seconds=amount)) if float(amount).is_integer() else f"{amount:g}s"
    question = ""
    if amount <= _SMALL:
        units = ", ".join(f"{amount.written}{unit}" for unit in ("m", "h", "d"))
        question = f", or {units} if you mean another unit"
    return f"{amount.written} is a number of seconds: write {clear} to make that clear{question}"


def read_duration(given: object) -> timedelta:
    """Returns the length of time that a person wrote: "90s", "15m", "4h", "30d".

    Raises:
        ValueError: it is none, or not longer than nothing.
    """
    if isinstance(given, timedelta):
        return given
    amount = Amount.read(given)
    if amount.form != "duration" or amount <= 0:
        raise ValueError(f"write how long, such as 30d or 12h, instead of {given}")
    return timedelta(seconds=amount)


def duration_text(duration: timedelta) -> str:
    """Returns a length of time as it is written in the settings, in its largest whole unit: 7d, 36h, 90s."""
    seconds = int(duration.total_seconds())
    unit = next(unit for unit in reversed(_SECONDS) if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*[smhd]$"}),
]
