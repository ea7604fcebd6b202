"""What an operator writes to have a KPI watched, and what can be wrong with it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Generic, Literal, NamedTuple, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from pipelines.kpis import Grain, Kpi, Unit

Severity = Literal["warn", "critical"]
Form = Literal["number", "percent", "duration"]

# Exactly one of these keys says what a rule fires on.
CONDITIONS = ("below", "above", "outside")

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_AMOUNT = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?P<unit>%|[smhd])?", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_ENDS = 2


class Amount(float):
    """A bound as a number: a fraction for a percentage, seconds for a duration.

    It remembers how it was written, because only the KPI's unit can tell whether `80%` or `4h` makes sense there.
    """

    __slots__ = ("form", "written")

    form: Form
    written: str

    def __new__(cls, value: float, form: Form = "number", written: str | None = None) -> Self:
        """A bound worth `value`; `written` defaults to the plain number."""
        amount = super().__new__(cls, value)
        amount.form = form
        amount.written = f"{value:g}" if written is None else written
        return amount

    @classmethod
    def read(cls, given: object) -> "Amount":
        """The amount a person wrote: 0.8, "80%", "90s", "15m", "4h", "2d". ValueError says what is allowed."""
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
        # Decimal, so that 0.1% is exactly the float a person means by 0.001.
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
        return _AMOUNT_SCHEMA


_AMOUNT_SCHEMA: JsonSchemaValue = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(%|[smhdSMHD])?\s*$"},
    ],
    "description": "a number (0.8), a percentage (80%) or a duration (90s, 15m, 4h, 2d)",
}
_RANGE_SCHEMA: JsonSchemaValue = {
    "type": "array",
    "items": _AMOUNT_SCHEMA,
    "minItems": 2,
    "maxItems": 2,
    "description": "the two ends of a range, [low, high]",
}
_TEXTS_SCHEMA: JsonSchemaValue = {
    "anyOf": [
        {"type": ["string", "number"]},
        {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
    ]
}


def _ends(given: object) -> object:
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != _ENDS:
        raise ValueError(f"cannot read {given!r} as a range: write its two ends, [low, high]")
    low, high = (Amount.read(end) for end in given)
    if low >= high:
        raise ValueError(f"the low end must be less than the high end, got [{low.written}, {high.written}]")
    return low, high


def _amount_or_ends(given: object) -> object:
    return Amount.read(given) if given is None or isinstance(given, str | int | float) else _ends(given)


def _no_truth_value(given: object) -> object:
    if isinstance(given, bool):
        raise ValueError("write a whole number")  # noqa: TRY004 - pydantic reports ValueError, not TypeError
    return given


def _texts(given: object) -> object:
    """One value or a list of them as a tuple of texts: YAML reads the id 42 as a number."""
    values = given if isinstance(given, list | tuple) else [given]
    if not values:
        raise ValueError("an empty list watches nothing: name at least one segment or leave the key out")
    unreadable = [value for value in values if isinstance(value, bool) or not isinstance(value, str | int)]
    if unreadable:
        raise ValueError(f"cannot read {unreadable[0]!r} as a segment: write a text, in quotes if need be")
    return tuple(str(value) for value in values)


def _a_list(given: object) -> object:
    if not isinstance(given, list | tuple):
        raise ValueError(f"write a list of channels, such as [{given}]")  # noqa: TRY004 - as above
    return given


def _none_for_all(given: object) -> object:
    return None if given == "all" else given


Range = Annotated[tuple[Amount, Amount], BeforeValidator(_ends), WithJsonSchema(_RANGE_SCHEMA)]
Recovery = Annotated[
    Amount | tuple[Amount, Amount],
    BeforeValidator(_amount_or_ends),
    WithJsonSchema({"anyOf": [_AMOUNT_SCHEMA, _RANGE_SCHEMA]}),
]
Count = Annotated[int, Field(ge=0), BeforeValidator(_no_truth_value)]
Periods = Annotated[int, Field(ge=1), BeforeValidator(_no_truth_value)]
Level = TypeVar("Level")


class Levels(BaseModel, Generic[Level]):
    """The value that warns and the value that is critical; at least one is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    warn: Level | None = None
    critical: Level | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if self.warn is None and self.critical is None:
            raise ValueError("give warn, critical or both")
        return self

    @property
    def by_severity(self) -> tuple[tuple[Severity, Level], ...]:
        """The levels that are given, the gravest first."""
        levels: tuple[tuple[Severity, Level | None], ...] = (("critical", self.critical), ("warn", self.warn))
        return tuple((severity, level) for severity, level in levels if level is not None)

    @property
    def mildest(self) -> Level:
        """The level that is crossed first."""
        return self.by_severity[-1][1]


class Bound(Levels[Amount]):
    """A bound on one side."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [_AMOUNT_SCHEMA, handler(schema)]}


class Outside(Levels[Range]):
    """A range to stay in."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [_RANGE_SCHEMA, handler(schema)]}


class Rule(BaseModel):
    """A KPI that is watched: which series, when an incident opens and closes, who is told.

    The condition keys `below`, `above` and `outside` take bounds in the KPI's own unit (fractions, seconds, currency)
    and fire strictly beyond them: `below: 0.8` does not fire at 0.8.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Annotated[
        str, Field(pattern=f"^{_NAME.pattern}$", description="the rule's own name, in letters, digits, - and _")
    ]
    kpi: Annotated[str, Field(description="the KPI that is watched")]
    grain: Annotated[Grain, Field(description="the length of a period")] = "week"
    by: Annotated[
        str | None,
        BeforeValidator(_none_for_all),
        Field(description="watch each segment of this dimension on its own; without it the KPI as a whole"),
    ] = None
    where: Annotated[
        dict[str, Annotated[tuple[str, ...], BeforeValidator(_texts), WithJsonSchema(_TEXTS_SCHEMA)]],
        Field(description="watch only these segments of the dimension in `by`"),
    ] = {}
    # Before the conditions, whose single numbers it stands for.
    severity: Annotated[Severity, Field(description="how grave crossing a single-number bound is")] = "warn"
    below: Annotated[Bound | None, Field(description="fires when the value is less than this")] = None
    above: Annotated[Bound | None, Field(description="fires when the value is more than this")] = None
    outside: Annotated[Outside | None, Field(description="fires when the value leaves this range")] = None
    for_: Annotated[Periods, Field(alias="for", description="periods in a row beyond the bound before it fires")] = 1
    clear: Annotated[
        Recovery | None,
        Field(description="the value that has to be reached again before the incident may resolve"),
    ] = None
    keep_firing: Annotated[Periods, Field(description="recovered periods in a row before it resolves")] = 1
    min_sample: Annotated[Count, Field(description="periods with a smaller sample are not judged")] = 0
    notify: Annotated[tuple[str, ...], BeforeValidator(_a_list), Field(description="the channels that are told")] = ()
    owner: Annotated[str | None, Field(description="who looks after it")] = None
    action: Annotated[str | None, Field(description="what to do when it fires: a text or a link")] = None

    @property
    def segment_type(self) -> str:
        """The `segment_type` of the series it watches."""
        return self.by or "all"

    @property
    def segments(self) -> tuple[str, ...] | None:
        """The segments it is restricted to; None if it watches all of them."""
        return self.where.get(self.by) if self.by else None

    @field_validator("name", mode="before")
    @classmethod
    def _name_is_speakable(cls, given: object) -> object:
        if isinstance(given, str) and _NAME.fullmatch(given) is None:
            raise ValueError(f"{given!r} cannot be a rule's name: write letters, digits, - and _, such as csat-floor")
        return given

    @field_validator("where", mode="after")
    @classmethod
    def _where_restricts_by(cls, where: dict[str, tuple[str, ...]], info: ValidationInfo) -> dict[str, tuple[str, ...]]:
        if "by" not in info.data:
            return where
        by = info.data["by"]
        for dimension in where:
            if by is None:
                raise ValueError(
                    f"`where` picks segments of the dimension in `by`: add `by: {dimension}` to watch them one by one"
                )
            if dimension != by:
                raise ValueError(
                    f"`where` can only pick segments of the dimension in `by`, which is {by}, not {dimension}: "
                    f"a KPI has no rows for {by} and {dimension} together"
                )
        return where

    @field_validator("below", "above", mode="before")
    @classmethod
    def _single_amount(cls, given: object, info: ValidationInfo) -> object:
        if given is None or isinstance(given, Mapping | Bound):
            return given
        return {info.data.get("severity", "warn"): Amount.read(given)}

    @field_validator("outside", mode="before")
    @classmethod
    def _single_range(cls, given: object, info: ValidationInfo) -> object:
        if given is None or isinstance(given, Mapping | Outside):
            return given
        return {info.data.get("severity", "warn"): _ends(given)}

    @field_validator("below", "above", mode="after")
    @classmethod
    def _critical_is_farther(cls, bound: Bound | None, info: ValidationInfo) -> Bound | None:
        if bound is None or bound.warn is None or bound.critical is None:
            return bound
        if info.field_name == "below" and bound.critical > bound.warn:
            raise ValueError(
                f"critical ({bound.critical.written}) must not be above warn ({bound.warn.written}): "
                "falling values meet warn first"
            )
        if info.field_name == "above" and bound.critical < bound.warn:
            raise ValueError(
                f"critical ({bound.critical.written}) must not be below warn ({bound.warn.written}): "
                "rising values meet warn first"
            )
        return bound

    @field_validator("outside", mode="after")
    @classmethod
    def _critical_contains_warn(cls, outside: Outside | None) -> Outside | None:
        if outside is None or outside.warn is None or outside.critical is None:
            return outside
        if outside.critical[0] > outside.warn[0] or outside.critical[1] < outside.warn[1]:
            raise ValueError(
                f"the critical range {_range_text(outside.critical)} must contain "
                f"the warn range {_range_text(outside.warn)}: a value that leaves the range meets warn first"
            )
        return outside

    @field_validator("clear", mode="after")
    @classmethod
    def _clear_is_on_the_good_side(
        cls, clear: Amount | tuple[Amount, Amount] | None, info: ValidationInfo
    ) -> Amount | tuple[Amount, Amount] | None:
        below, above, outside = (info.data.get(condition) for condition in ("below", "above", "outside"))
        if clear is None:
            return None
        if outside is not None:
            if not isinstance(clear, tuple):
                raise ValueError("with `outside`, `clear` is a range too: write [low, high]")
            low, high = outside.mildest
            if clear[0] < low or clear[1] > high:
                raise ValueError(f"{_range_text(clear)} must lie within {_range_text(outside.mildest)}")
        elif isinstance(clear, tuple):
            if below is not None or above is not None:
                raise ValueError("`clear` is a single value here; a range goes with `outside`")
        elif below is not None and clear < below.mildest:
            raise ValueError(
                f"{clear.written} lies on the bad side: it must be at least {below.mildest.written}, "
                "the value under which the rule fires"
            )
        elif above is not None and clear > above.mildest:
            raise ValueError(
                f"{clear.written} lies on the bad side: it must be at most {above.mildest.written}, "
                "the value over which the rule fires"
            )
        return clear

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        given = [condition for condition in CONDITIONS if getattr(self, condition) is not None]
        if not given:
            raise ValueError(f"the rule {self.name} says nothing to fire on: add one of {', '.join(CONDITIONS)}")
        if len(given) > 1:
            raise ValueError(
                f"the rule {self.name} has more than one condition ({', '.join(given)}): keep one, "
                "and write a rule of its own for each other"
            )
        levels: Levels[Amount] | Levels[Range] | None = self.below or self.above or self.outside
        if levels is not None and "severity" in self.model_fields_set:
            severities = [severity for severity, _ in levels.by_severity]
            if severities != [self.severity]:
                raise ValueError(
                    f"the rule {self.name} states its severity twice: `severity` goes with a single number, "
                    f"`{given[0]}` already says {' and '.join(severities)}"
                )
        return self


class Mistake(NamedTuple):
    """What is wrong with a rule in view of the catalogue; `key` is the path inside the rule."""

    key: tuple[str, ...]
    message: str
    allowed: tuple[str, ...] = ()
    given: str | None = None


def mistakes(rule: Rule, kpis: Mapping[str, Kpi]) -> list[Mistake]:
    """What the catalogue `kpis` (by name) does not allow: unknown names, bounds that do not fit the KPI's unit."""
    found = misnamed(rule.kpi, rule.by, kpis)
    if rule.kpi in kpis:
        for key, amount in _amounts(rule):
            message = misfit(amount, kpis[rule.kpi])
            if message is not None:
                found.append(Mistake(key, message, (), amount.written))
    return found


def misnamed(name: str, by: str | None, kpis: Mapping[str, Kpi]) -> list[Mistake]:
    """What is wrong with the names of a KPI and of a dimension of it, in view of the catalogue."""
    kpi = kpis.get(name)
    if kpi is None:
        return [Mistake(("kpi",), f"there is no KPI called {name}", tuple(sorted(kpis)), name)]
    if by is None or by in kpi.segments:
        return []
    choice = "it has no segments" if not kpi.segments else f"{kpi.name} is not broken down by it"
    return [Mistake(("by",), f"no segments of {kpi.name} by {by}: {choice}", kpi.segments, by)]


def _amounts(rule: Rule) -> Iterator[tuple[tuple[str, ...], Amount]]:
    """Each amount of a rule with the key that holds it.

    A level alone may have been written as a single number, so its key is that of the condition.
    """
    for condition, bound in (("below", rule.below), ("above", rule.above)):
        if bound is not None:
            for severity, amount in bound.by_severity:
                yield ((condition, severity) if len(bound.by_severity) > 1 else (condition,)), amount
    if rule.outside is not None:
        for severity, ends in rule.outside.by_severity:
            for amount in ends:
                yield (("outside", severity) if len(rule.outside.by_severity) > 1 else ("outside",)), amount
    if rule.clear is not None:
        for amount in rule.clear if isinstance(rule.clear, tuple) else (rule.clear,):
            yield ("clear",), amount


def misfit(amount: Amount, kpi: Kpi) -> str | None:
    """Why `amount` cannot be meant as a value of `kpi`, such as a percentage of seconds; None if it can."""
    if amount.form == "duration" and kpi.unit != "seconds":
        if kpi.unit == "days":
            return f"{kpi.name} is counted in days: write {amount / _SECONDS['d']:g} instead of {amount.written}"
        return f"{kpi.name} is {_UNITS[kpi.unit]}, not a duration: {amount.written} cannot be compared with it"
    if amount.form == "percent" and kpi.unit != "ratio":
        return f"{kpi.name} is {_UNITS[kpi.unit]}, not a percentage: {amount.written} cannot be compared with it"
    if amount.form == "number" and kpi.unit == "ratio" and abs(amount) > 1:
        return (
            f"{kpi.name} is {_UNITS[kpi.unit]}: did you mean {amount:g}% ({amount / 100:g})? "
            f"If it can really exceed 100 %, write {amount * 100:g}%"
        )
    return None


def _range_text(ends: tuple[Amount, Amount]) -> str:
    return f"[{ends[0].written}, {ends[1].written}]"


_UNITS: dict[Unit, str] = {
    "ratio": "a fraction of 1",
    "score": "a score in points",
    "seconds": "a duration (write 15m or a number of seconds)",
    "currency": "an amount of money",
    "count": "a number of things",
    "days": "a number of days",
}
