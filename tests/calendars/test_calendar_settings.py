"""Calendars in the settings: mistakes are reported together, each with its place."""

from datetime import date
from pathlib import Path

import pytest

from pipelines import settings as vigie_settings
from pipelines.calendars import Calendar
from pipelines.config import SettingsError
from pipelines.settings import Settings

CONTRACT = (
    'support: {timezone: Europe/Paris, hours: {mon-fri: ["09:00-12:30", "13:30-18:00"], sat: ["09:00-12:00"]},'
    " holidays: FR, closed: [2026-05-15], teams: [E-mail desk]}"
)


def load(folder: Path, *calendars: str) -> Settings:
    file = folder / "settings.yaml"
    lines = "".join(f"  {calendar}\n" for calendar in calendars)
    file.write_text(f"company: {{name: A}}\ncalendars:\n{lines}", encoding="utf-8")
    return vigie_settings.load(file, {}, {})


def problems(folder: Path, *calendars: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(folder, *calendars)
    return [str(problem).partition("settings.yaml:")[2] for problem in refused.value.problems]


def test_the_calendar_of_the_contract(tmp_path: Path) -> None:
    calendar = load(tmp_path, CONTRACT).calendars["support"]
    weekday = ((540, 750), (810, 1080))
    assert calendar.week == (weekday, weekday, weekday, weekday, weekday, ((540, 720),), ())
    assert (calendar.holidays, calendar.closed, calendar.teams) == ("FR", (date(2026, 5, 15),), ("E-mail desk",))


def test_settings_need_no_calendar(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("company: {name: A}", encoding="utf-8")
    assert vigie_settings.load(file, {}, {}).calendars == {}


def test_spans_may_touch_and_stand_in_any_order() -> None:
    calendar = Calendar(hours={"Mon": ("13:00-24:00", "9:00-13:00"), "tue": ()})
    assert calendar.week[:2] == (((540, 780), (780, 1440)), ())


@pytest.mark.parametrize(
    ("hours", "place", "message"),
    [
        ("{mo: ['09:00-12:00']}", "hours.mo", "mo is not a day; write days as mon or mon-fri"),
        ("{mon-: ['09:00-12:00'], -fri: []}", "hours.-fri", "-fri is not a day"),
        ("{fri-mon: ['09:00-12:00']}", "hours.fri-mon", "fri-mon ends before it begins"),
        ("{mon-fri: ['09:00-12:00'], wed: []}", "hours.wed", "wed has hours under mon-fri already"),
        ("{mon: ['09:00']}", "hours.mon[0]", "'09:00' is not a span of time; write it as 09:00-12:30"),
        ("{mon: ['18:00-09:00']}", "hours.mon[0]", "18:00-09:00 closes before it opens"),
        ("{mon: ['09:00-09:00']}", "hours.mon[0]", "09:00-09:00 closes before it opens"),
        ("{mon: ['09:00-24:01']}", "hours.mon[0]", "09:00-24:01 has a time that no clock shows"),
        ("{mon: ['09:60-12:00']}", "hours.mon[0]", "09:60-12:00 has a time that no clock shows"),
        ("{mon: ['09:00-12:00', '11:00-13:00']}", "hours.mon[1]", "11:00-13:00 overlaps 09:00-12:00"),
        ("{mon: []}", "hours", "it never opens"),
        ("{}", "hours", "it never opens"),
    ],
)
def test_hours_that_cannot_be(tmp_path: Path, hours: str, place: str, message: str) -> None:
    [*_, problem] = problems(tmp_path, f"default: {{hours: {hours}}}")
    assert problem.startswith(f"3: calendars.default.{place}: {message}")


def test_all_mistakes_are_reported(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "default: {hours: {mon: ['9-12'], xyz: ['09:00-12:00']}}",
        "other: {hours: {mon: ['09:00-12:00']}, holidays: QQ, teams: [Live]}",
    )
    assert [problem.partition(": ")[2].partition(":")[0] for problem in found] == [
        "calendars.default.hours.mon[0]",
        "calendars.default.hours.xyz",
        "calendars.other.holidays",
    ]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("holidays: QQ", "no holidays are known for QQ; write a country's ISO 3166 code such as FR"),
        ("holidays: France", "no holidays are known for France"),
        ("holidays: DE-XX", "no holidays are known for the part DE-XX of DE"),
        ("holidays: DE-", "no holidays are known for the part DE- of DE"),
        ("timezone: Europe/Pari", "Europe/Pari is not a time zone"),
        ("closed: [2026-02-30]", "a date such as 2024-01-31"),
    ],
)
def test_places_and_days_that_do_not_exist(tmp_path: Path, key: str, message: str) -> None:
    [problem] = problems(tmp_path, f"default: {{hours: {{mon: ['09:00-12:00']}}, {key}}}")
    assert message in problem


def test_the_nearest_part_of_a_country_is_suggested(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, "default: {hours: {mon: ['09:00-12:00']}, holidays: DE-BYY}")
    assert 'did you mean "DE-BY"?' in problem


def test_a_team_has_one_calendar(tmp_path: Path) -> None:
    hours = "hours: {mon: ['09:00-12:00']}"
    assert problems(tmp_path, f"a: {{{hours}, teams: [Live]}}", f"b: {{{hours}, teams: [Pro, ' live']}}") == [
        "4: calendars.b.teams[1]: live has the calendar a already; the first is calendars.a.teams[0] in line 3"
    ]


def test_a_calendar_without_teams_is_the_default_one(tmp_path: Path) -> None:
    hours = "hours: {mon: ['09:00-12:00']}"
    [problem] = problems(tmp_path, f"default: {{{hours}}}", f"office: {{{hours}}}")
    assert problem.startswith("4: calendars.office: no team works by it: name its teams, or call it default")


def test_there_is_one_default_calendar(tmp_path: Path) -> None:
    hours = "hours: {mon: ['09:00-12:00']}"
    found = problems(tmp_path, f"default: {{{hours}}}", f"Default: {{{hours}, teams: [Live]}}")
    assert found == ["4: calendars.Default: the name Default is taken by default; names differ by more than capitals"]
