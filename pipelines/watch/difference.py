"""Differences between two values as people write them: 10% (relative), 5pp (points of a percentage), 1000, 2h."""

import re
from decimal import Decimal
from typing import Final, Literal, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from pipelines.kpis import Kpi
from pipelines.watch.amount import Amount

Form = Literal["relative", "points", "number", "duration"]

DIFFERENCE_SCHEMA: Final[JsonSchemaValue] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(%|[pP][pP]|[smhdSMHD])?\s*$"},
    ],
    "description": "a share of the earlier value (10%), points of a percentage (5pp) or an amount (1000, 2h)",
}

_POINTS = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))\s*pp", re.IGNORECASE)


class Difference(float):
    """How much a value differs from an earlier one: a fraction of it, or an amount in the unit of the KPI."""

    __slots__ = ("form", "written")

    form: Form
    written: str

    def __new__(cls, value: float, form: Form = "number", written: str | None = None) -> Self:
        """Returns the difference `value`; `written` defaults to the plain number."""
        difference = super().__new__(cls, value)
        difference.form = form
        difference.written = f"{value:g}" if written is None else written
        return difference

    @classmethod
    def read(cls, given: object) -> "Difference":
        """Returns the difference that a person wrote: "10%", "5pp", 1000, "2h".

        Raises:
            ValueError: it is none; the text says what is allowed.
        """
        if isinstance(given, Difference):
            return given
        points = _POINTS.fullmatch(given.strip()) if isinstance(given, str) else None
        if points is not None:
            return cls(float(Decimal(points["number"]) / 100), "points", points[0])
        try:
            amount = Amount.read(given)
        except ValueError:
            raise ValueError(
                f"cannot read {given!r} as a change: write a share of the earlier value (10%), points of a percentage "
                "(5pp), or an amount in the unit of the KPI (1000, 2h)"
            ) from None
        form: Form = "relative" if amount.form == "percent" else amount.form
        return cls(float(amount), form, amount.written)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(float)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return DIFFERENCE_SCHEMA


def difference_mistake(difference: Difference, kpi: Kpi) -> str | None:
    """Returns why the values of `kpi` cannot differ by `difference`, such as by a share of a negative value."""
    written = difference.written
    if difference.form == "relative" and not has_shares(kpi):
        points = f"{difference * 100:g}pp" if kpi.unit == "ratio" else f"{difference * 100:g}"
        return (
            f"{kpi.name} may be zero or negative, so that {written} of it says nothing: write points, such as {points}"
        )
    if difference.form == "points" and kpi.unit != "ratio":
        return f"{kpi.name} is no percentage: write a share (10%) or an amount instead of the points {written}"
    if difference.form == "number" and kpi.unit == "ratio":
        share = f"{difference * 100:g}" if abs(difference) <= 1 else f"{difference:g}"
        return f"{kpi.name} is a fraction of 1: write {share}% of the earlier value or {share}pp instead of {written}"
    if difference.form == "duration" and kpi.unit != "seconds":
        return f"{kpi.name} is not a duration: it cannot change by {written}"
    return None


def has_shares(kpi: Kpi) -> bool:
    """Whether a share of a value of `kpi` means something: values are not negative, or amounts of money.

    Money may be negative now and then, such as what refunds leave of a day; scores and differences are so as a rule.
    """
    return kpi.unit == "currency" or kpi.lowest == 0
