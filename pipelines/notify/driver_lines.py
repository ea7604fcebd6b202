"""What drove a change, as lines that people read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from babel import Locale

from pipelines.kpis import Grain, Kpi
from pipelines.kpis.dimensions import dimension_label, unknown_label
from pipelines.kpis.formatting import Language, ValueFormat, format_change
from pipelines.notify import message
from pipelines.notify.message import Lines
from pipelines.notify.sanitize import is_plain_name, readable
from pipelines.notify.translations import TRANSLATIONS
from pipelines.watch.drivers import Driver

_NAME_LENGTH = 80
_KEY_LENGTH = 255
_MOST_EXTRA_PRECISION = 3


def driver_lines(drivers: Sequence[Driver], kpi: Kpi, grain: Grain, language: Language, currency: str) -> Lines:
    """Returns a line for each driver: the segment, its effect, and what changed in it."""
    texts = TRANSLATIONS[language]
    return Lines(
        label=texts.drivers.format(before=texts.before[grain]),
        lines=tuple(_line(driver, kpi, language, currency) for driver in drivers),
    )


def message_drivers(drivers: Sequence[Driver]) -> tuple[message.Driver, ...]:
    """Returns the drivers as the public record has them."""
    return tuple(
        message.Driver(
            segment_type=readable(driver.segment_type),
            segment=readable(driver.segment, _KEY_LENGTH),
            effect=driver.effect,
            kind=driver.kind,
        )
        for driver in drivers
    )


def _line(driver: Driver, kpi: Kpi, language: Language, currency: str) -> str:
    texts = TRANSLATIONS[language]
    # A share is written as a percentage whatever the unit of the KPI.
    unit = "ratio" if driver.kind == "mix" else kpi.unit
    numbers = _distinct(
        ValueFormat.for_values(unit, language, currency, [driver.earlier, driver.later]), driver.earlier, driver.later
    )
    template = texts.driver_of_sum if driver.kind == "contribution" else texts.driver
    what: Literal["rate", "value", "share"] = (
        "share" if driver.kind == "mix" else "rate" if kpi.unit == "ratio" else "value"
    )
    return template.format(
        segment=_name(driver, language),
        effect=format_change(driver.effect, kpi.shown_unit, language, currency),
        reason=texts.driver_reasons[what, driver.later > driver.earlier],
        earlier=numbers.format(driver.earlier),
        later=numbers.format(driver.later),
    )


def _distinct(numbers: ValueFormat, one: float, other: float) -> ValueFormat:
    """Returns the coarsest format that does not write two numbers alike, as far as they differ."""
    for extra in range(_MOST_EXTRA_PRECISION + 1):
        numbers = replace(numbers, extra_precision=extra)
        if numbers.format(one) != numbers.format(other):
            break
    return numbers


def _name(driver: Driver, language: Language) -> str:
    """Returns what a segment is called: `channel chat`, `Belgium`, `unknown team`."""
    if driver.segment == "unknown":
        return unknown_label(driver.segment_type, language)
    territories = Locale(language).territories
    if driver.segment_type == "country" and len(driver.segment) == 2 and driver.segment in territories:
        return str(territories[driver.segment])
    name = readable(driver.name or driver.segment, _NAME_LENGTH)
    quoted = name if is_plain_name(name) else TRANSLATIONS[language].quoted.format(name)
    return f"{readable(dimension_label(driver.segment_type, language))} {quoted}"
