"""The settings of a calendar: opening hours, holidays, closed days, and the teams that work by it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelines.config import Mistake, SettingsModel, TimeZone, refuse
from pipelines.week.hours import WEEKDAYS, Times, parse_days, parse_times

# The calendar of every team that no calendar names, and of tickets without a team.
DEFAULT = "default"


def _known_region(value: str) -> str:
    # The library is imported where a calendar has holidays: it costs each command a quarter of a second.
    import holidays  # noqa: PLC0415

    country, _, subdivision = value.partition("-")
    try:
        # The library knows names of its classes as well, such as France.
        found = holidays.country_holidays(country) if re.fullmatch("[A-Z]{2,3}", country) else None
    except NotImplementedError:
        found = None
    if found is None:
        raise PydanticCustomError(
            "unknown_country",
            "no holidays are known for {given}; write a country's ISO 3166 code such as FR, or a part of one such as"
            " DE-BY",
            {"given": country, "allowed": sorted(holidays.list_supported_countries())},
        )
    if "-" in value and subdivision not in found.subdivisions:
        raise PydanticCustomError(
            "unknown_subdivision",
            "no holidays are known for the part {given} of {country}",
            {"given": value, "country": country, "allowed": [f"{country}-{part}" for part in found.subdivisions]},
        )
    return value


class Calendar(SettingsModel):
    """The business hours of some teams."""

    timezone: TimeZone | None = Field(
        default=None, description="IANA name of the time zone of the hours; the company's if not given."
    )
    hours: Mapping[str, tuple[str, ...]] = Field(
        description="Opening hours by day (mon) or days (mon-fri): a list of spans such as 09:00-12:30. Days that are"
        " not named are closed."
    )
    holidays: Annotated[str, AfterValidator(_known_region)] | None = Field(
        default=None,
        description="Public holidays on which it is closed: a country's ISO 3166 code (FR), or a part of it (DE-BY).",
    )
    closed: tuple[date, ...] = Field(default=(), description="Further days on which it is closed.")
    teams: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(),
        description="The teams that work by it, as tickets name them. The calendar default is that of all others.",
    )

    @property
    def week(self) -> tuple[tuple[Times, ...], ...]:
        """The spans of each day of the week from Monday on, in minutes since midnight, in order."""
        week: list[list[Times]] = [[] for _ in WEEKDAYS]
        for days, spans in self.hours.items():
            for day in parse_days(days):
                week[day] += map(parse_times, spans)
        return tuple(tuple(sorted(spans)) for spans in week)

    @model_validator(mode="after")
    def _check_hours(self) -> Self:
        refuse(_hours_mistakes(self.hours))
        if not any(self.week):
            refuse([Mistake(("hours",), "it never opens: write hours such as mon-fri: [09:00-18:00]")])
        return self


def _hours_mistakes(hours: Mapping[str, tuple[str, ...]]) -> Iterator[Mistake]:
    named: dict[int, str] = {}
    for days, spans in hours.items():
        try:
            for day in parse_days(days):
                if day in named:
                    message = f"{WEEKDAYS[day]} has hours under {named[day]} already"
                    yield Mistake(("hours", days), message)
                    break
                named[day] = days
        except ValueError as error:
            yield Mistake(("hours", days), str(error))
        yield from _span_mistakes(days, spans)


def _span_mistakes(days: str, spans: tuple[str, ...]) -> Iterator[Mistake]:
    earlier: list[tuple[Times, str]] = []
    for position, span in enumerate(spans):
        key = ("hours", days, position)
        try:
            times = parse_times(span)
        except ValueError as error:
            yield Mistake(key, str(error))
            continue
        for (opens, closes), written in earlier:
            if times[0] < closes and opens < times[1]:
                yield Mistake(key, f"{span} overlaps {written}")
                break
        earlier.append((times, span))


def mistakes(calendars: Mapping[str, Calendar]) -> Iterator[Mistake]:
    """Returns what does not fit between calendars: each team has one, and each has teams or is the default one."""
    names: dict[str, str] = {}
    owners: dict[str, tuple[str, int]] = {}
    for name, calendar in calendars.items():
        if name.lower() in names:
            message = f"the name {name} is taken by {names[name.lower()]}; names differ by more than capitals"
            yield Mistake(("calendars", name), message)
        names.setdefault(name.lower(), name)
        if not calendar.teams and name != DEFAULT:
            message = f"no team works by it: name its teams, or call it {DEFAULT} for all teams that no calendar names"
            yield Mistake(("calendars", name), message)
        for position, team in enumerate(calendar.teams):
            # The tables compare teams without regard to capitals and outer spaces.
            plain = team.strip().lower()
            key = ("calendars", name, "teams", position)
            if plain in owners:
                owner, first = owners[plain]
                yield Mistake(
                    key, f"{team.strip()} has the calendar {owner} already", first=("calendars", owner, "teams", first)
                )
            owners.setdefault(plain, (name, position))
