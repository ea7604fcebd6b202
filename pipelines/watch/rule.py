"""A rule: which series of a KPI are watched, when an incident opens and resolves, and which channels are notified."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Grain, Kpi
from pipelines.kpis.formatting import Language
from pipelines.watch.amount import Amount, Duration, read_range
from pipelines.watch.conditions import CONDITIONS
from pipelines.watch.conditions.condition import Condition
from pipelines.watch.limit import Severity
from pipelines.watch.mistake import Mistake
from pipelines.watch.mute import QuietTimes
from pipelines.watch.wording import Wording

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_CONFIDENCES = (0.5, 0.999)
_CONFIDENCE_SCHEMA: JsonSchemaValue = {
    "anyOf": [
        {"type": "number", "minimum": 0.5, "maximum": 0.999},
        {"type": "string", "pattern": r"^\s*(\d+\.?\d*|\.\d+)\s*%?\s*$"},
        {"type": "null"},
    ]
}
_TEXTS_SCHEMA: JsonSchemaValue = {
    "anyOf": [
        {"type": ["string", "number"]},
        {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
    ]
}


def _no_truth_value(given: object) -> object:
    if isinstance(given, bool):
        raise ValueError("write a whole number")  # noqa: TRY004 - pydantic reports ValueError, not TypeError
    return given


def _texts(given: object) -> object:
    """Returns one value or a list of them as a tuple of texts: YAML reads the id 42 as a number."""
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


def _confidence(given: object) -> object:
    if given is None:
        return None
    confidence = Amount.read(given)
    low, high = _CONFIDENCES
    if confidence.form == "duration" or not low <= confidence <= high:
        raise ValueError(f"write how sure it has to be, from {low} to {high}, such as 95% or 0.95, instead of {given}")
    return float(confidence)


Count = Annotated[int, Field(ge=0), BeforeValidator(_no_truth_value)]
Periods = Annotated[int, Field(ge=1), BeforeValidator(_no_truth_value)]


class Active(BaseModel):
    """The days on which a version of a rule is in effect, both included; a period counts by its first day."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: Annotated[date | None, Field(alias="from", description="the first day")] = None
    to: Annotated[date | None, Field(description="the last day")] = None

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if self.from_ is None and self.to is None:
            raise ValueError("give from, to or both")
        if self.first > self.last:
            raise ValueError(f"it ends ({self.to}) before it begins ({self.from_})")
        return self

    @property
    def first(self) -> date:
        """The first day; the first of all days if it has no beginning."""
        return self.from_ or date.min

    @property
    def last(self) -> date:
        """The last day; the last of all days if it has no end."""
        return self.to or date.max


class _Subject(BaseModel):
    """The keys of a rule that come before its condition."""

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
    # Before the conditions, whose validators read it.
    severity: Annotated[Severity, Field(description="the severity of a threshold that is written as one value")] = (
        "warn"
    )

    @field_validator("name", mode="before")
    @classmethod
    def _name_has_allowed_characters(cls, given: object) -> object:
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


def _expand_shorthand(condition: type[Condition]) -> Callable[[object, ValidationInfo], object]:
    """Returns the validator that reads a shorthand of a condition with the rule's severity."""

    def expand(given: object, info: ValidationInfo) -> object:
        if given is None or isinstance(given, condition):
            return given
        severity = info.data.get("severity", "warn")
        if isinstance(given, Mapping):
            return condition.complete(given, severity)
        return condition.expand(given, severity)

    return expand


if TYPE_CHECKING:
    _WithConditions = _Subject
else:
    # The keys of the conditions are those of the modules in `conditions`, so the fields are made from them.
    _WithConditions = create_model(
        "_WithConditions",
        __base__=_Subject,
        **{
            condition.key: (
                Annotated[
                    condition | None,
                    BeforeValidator(_expand_shorthand(condition)),
                    Field(description=condition.description),
                ],
                None,
            )
            for condition in CONDITIONS
        },
    )


def _clear_schema() -> JsonSchemaValue:
    schemas: list[JsonSchemaValue] = []
    for condition in CONDITIONS:
        if condition.clear_schema is not None and condition.clear_schema not in schemas:
            schemas.append(condition.clear_schema)
    return {"anyOf": [*schemas, {"type": "null"}]}


class Rule(_WithConditions):
    """A KPI that is watched: which series, when an incident opens and resolves, which channels are notified.

    Exactly one key of a condition is given. Thresholds are in the KPI's own unit (fractions, seconds, currency) and
    are breached strictly beyond them: `below: 0.8` does not fire at 0.8.
    """

    for_: Annotated[
        Periods, Field(alias="for", description="periods in a row that breach a threshold before it fires")
    ] = 1
    clear: Annotated[
        Any,
        WithJsonSchema(_clear_schema()),
        Field(description="the value that has to be reached again before the incident may resolve"),
    ] = None
    keep_firing: Annotated[Periods, Field(description="recovered periods in a row before it resolves")] = 1
    reopen_within: Annotated[
        Count,
        Field(description="a relapse so few periods after it resolved reopens the incident; 0 for a new one each time"),
    ] = 2
    mute: Annotated[
        QuietTimes,
        Field(description="quiet times by days, in the company's time zone: messages wait until they end"),
    ] = {}
    no_data: Annotated[
        Literal["alert", "ignore"] | None,
        Field(description="whether periods without a value raise an alert; by default where they usually have one"),
    ] = None
    repeat_every: Annotated[
        Duration | None,
        Field(description="how often an alert that still fires is reported again, unless somebody acknowledged it"),
    ] = None
    min_sample: Annotated[Count, Field(description="periods with a smaller sample are not evaluated")] = 0
    confidence: Annotated[
        float | None,
        BeforeValidator(_confidence),
        WithJsonSchema(_CONFIDENCE_SCHEMA),
        Field(
            description="it fires only if the whole interval of the value at this confidence is beyond the threshold"
        ),
    ] = None
    active: Annotated[
        Active | None,
        Field(
            description="the days on which it is in effect; rules of one name with other days are its other versions"
        ),
    ] = None
    notify: Annotated[
        tuple[str, ...], BeforeValidator(_a_list), Field(description="the channels that are notified")
    ] = ()
    title: Annotated[
        Wording | None, Field(description="the title of its messages, a text or one a language: {en: …, fr: …}")
    ] = None
    owner: Annotated[
        Wording | None, Field(description="who is responsible for it, a text or one a language: {en: …, fr: …}")
    ] = None
    action: Annotated[
        Wording | None,
        Field(description="what to do when it fires: a text or a link, or one a language: {en: …, fr: …}"),
    ] = None

    @property
    def segment_type(self) -> str:
        """The `segment_type` of the series it watches."""
        return self.by or "all"

    @property
    def segments(self) -> tuple[str, ...] | None:
        """The segments it is restricted to; None if it watches all of them."""
        return self.where.get(self.by) if self.by else None

    @property
    def first_day(self) -> date:
        """The first day on which a period that it evaluates may begin."""
        return date.min if self.active is None else self.active.first

    @property
    def last_day(self) -> date:
        """The last day on which a period that it evaluates may begin."""
        return date.max if self.active is None else self.active.last

    @property
    def condition(self) -> Condition:
        """The one condition that is given."""
        [condition] = _given_conditions({key: getattr(self, key) for key in _CONDITION_KEYS})
        return condition

    @field_validator("clear", mode="before")
    @classmethod
    def _clear_fits_the_condition(cls, given: object, info: ValidationInfo) -> object:
        if given is None:
            return None
        conditions = _given_conditions(info.data)
        if len(conditions) == 1:
            return conditions[0].read_clear(given)
        # The condition has a mistake of its own: whether `clear` can be read is reported all the same.
        return Amount.read(given) if isinstance(given, str | int | float) else read_range(given)

    @model_validator(mode="after")
    def _has_one_condition(self) -> Self:
        given = [key for key in _CONDITION_KEYS if getattr(self, key) is not None]
        if not given:
            raise ValueError(f"the rule {self.name} says nothing to fire on: add one of {', '.join(_CONDITION_KEYS)}")
        if len(given) > 1:
            raise ValueError(
                f"the rule {self.name} has more than one condition ({', '.join(given)}): keep one, "
                "and write a rule of its own for each other"
            )
        for key in ("min_sample", "confidence"):
            if not self.condition.measures_kpi and getattr(self, key):
                raise ValueError(f"`{key}` cannot be used with `{given[0]}`, which has no sample: leave it out")
        severities = self.condition.severities
        if "severity" in self.model_fields_set and severities != (self.severity,):
            raise ValueError(
                f"the rule {self.name} states its severity twice: `severity` goes with a single number, "
                f"`{given[0]}` already says {' and '.join(severities)}"
            )
        return self


_CONDITION_KEYS = tuple(condition.key for condition in CONDITIONS)


def _given_conditions(values: Mapping[str, Any]) -> list[Condition]:
    return [values[key] for key in _CONDITION_KEYS if values.get(key) is not None]


def mistakes(rule: Rule, kpis: Mapping[str, Kpi]) -> list[Mistake]:
    """Returns what the catalogue `kpis` (by name) does not allow: unknown names, amounts in a unit of another KPI."""
    found = name_mistakes(rule.kpi, rule.by, kpis)
    if rule.kpi in kpis:
        kpi = kpis[rule.kpi]
        found += rule.condition.mistakes(kpi, rule.grain, rule.clear)
        if rule.confidence is not None and kpi.interval == "none":
            message = (
                f"{kpi.name} has no interval that says how sure its values are: use min_sample or baseline instead"
            )
            found.append(Mistake(("confidence",), message, (), f"{rule.confidence:g}"))
    return found


def language_mistakes(rule: Rule, language: Language) -> list[Mistake]:
    """Returns the texts of a rule that the readers of its messages, in the company's language, would not get."""
    texts: Mapping[str, Wording | None] = {"title": rule.title, "owner": rule.owner, "action": rule.action}
    return [
        Mistake((key,), f"there is no text in the company's language: add `{language}: …`, or write one text for all")
        for key, wording in texts.items()
        if wording is not None and wording.text(language) is None
    ]


def name_mistakes(name: str, by: str | None, kpis: Mapping[str, Kpi]) -> list[Mistake]:
    """Returns what is wrong with the names of a KPI and of one of its dimensions, in view of the catalogue."""
    kpi = kpis.get(name)
    if kpi is None:
        return [Mistake(("kpi",), f"there is no KPI called {name}", tuple(sorted(kpis)), name)]
    if by is None or by in kpi.segments:
        return []
    choice = "it has no segments" if not kpi.segments else f"{kpi.name} is not broken down by it"
    return [Mistake(("by",), f"no segments of {kpi.name} by {by}: {choice}", kpi.segments, by)]
