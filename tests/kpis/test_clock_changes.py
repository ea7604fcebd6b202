"""Durations and windows over the nights in which the clocks of Europe/Paris are changed, and the hour that comes twice."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.kpis.company_of_records import CompanyOfRecords, local
from tests.kpis.small_company import Row

pytestmark = pytest.mark.slow

HOUR = 3600
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)


def again(*moment: int) -> datetime:
    """The second time of an hour that comes twice."""
    return local(*moment).replace(fold=1)


def night(day: date, first_response_at: datetime) -> dict[str, list[Row]]:
    """A ticket, a deal and a backlog over a night: by the clock every time is the same in spring and in autumn."""
    before, after = day - timedelta(days=1), day + timedelta(days=1)

    def at(of: date, *time: int) -> datetime:
        return local(of.year, of.month, of.day, *time)

    return {
        "ticket": [
            {
                "ticket_id": f"t{day}",
                "created_at": at(day, 1, 30),
                "first_response_at": first_response_at,
                "resolved_at": at(day, 4),
                "closed_at": at(after, 1, 30),
            },
            # Open for the whole day and longer.
            {
                "ticket_id": f"u{day}",
                "created_at": at(day, 0),
                "first_response_at": None,
                "resolved_at": None,
                "closed_at": None,
            },
        ],
        "deal": [
            {"deal_id": f"d{day}", "created_at": at(before, 12), "closed_at": at(day, 12), "is_won": True},
        ],
    }


@pytest.fixture(scope="module")
def company() -> CompanyOfRecords:
    spring, autumn = night(SPRING, local(2025, 3, 30, 3, 30)), night(AUTUMN, again(2025, 10, 26, 2, 30))
    records = {entity: [*spring[entity], *autumn[entity]] for entity in spring}
    # On one ticket, an answer in the first of the two hours and another one in the second, ten minutes earlier by the clock.
    records["survey_response"] = [
        {"response_id": name, "kind": "csat", "ticket_id": "t2025-10-26", "answered_at": moment, "score": score}
        for name, moment, score in (
            ("first", local(2025, 10, 26, 2, 30), 1),
            ("second", again(2025, 10, 26, 2, 20), 5),
        )
    ]
    records["call"] = [
        {"call_id": f"k{number}", "started_at": moment, "direction": "inbound", "is_abandoned": number == 1}
        for number, moment in enumerate(
            (
                # The first and the last moment of the day of 23 hours, and of the day of 25 hours.
                local(2025, 3, 30),
                local(2025, 3, 30, 23, 59, 59, 999999),
                local(2025, 10, 26),
                local(2025, 10, 26, 2, 30),
                again(2025, 10, 26, 2, 30),
                local(2025, 10, 26, 23, 59, 59, 999999),
            )
        )
    ]
    return CompanyOfRecords.computed(records, local(2025, 11, 3, 6))


def test_local_moments_are_those_of_the_clock() -> None:
    assert local(2025, 3, 31).astimezone(UTC) == datetime(2025, 3, 30, 22, tzinfo=UTC)
    assert local(2025, 10, 26, 2, 30).astimezone(UTC) == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert again(2025, 10, 26, 2, 30).astimezone(UTC) == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kpi", "spring", "autumn"),
    [
        # From 1:30 to 3:30 passes one hour; from 1:30 to the second 2:30 pass two.
        ("first_response_time", HOUR, 2 * HOUR),
        ("first_response_time_business", HOUR, 2 * HOUR),
        ("first_response_time_p50", HOUR, 2 * HOUR),
        ("first_response_time_p90", HOUR, 2 * HOUR),
        # From 1:30 to 4:00.
        ("resolution_time", 1.5 * HOUR, 3.5 * HOUR),
        ("resolution_time_business", 1.5 * HOUR, 3.5 * HOUR),
        ("resolution_time_p50", 1.5 * HOUR, 3.5 * HOUR),
        ("resolution_time_p90", 1.5 * HOUR, 3.5 * HOUR),
        # From noon to noon.
        ("sales_cycle", 23 / 24, 25 / 24),
    ],
)
def test_durations_are_of_elapsed_time(company: CompanyOfRecords, kpi: str, spring: float, autumn: float) -> None:
    assert company.value(kpi, "day", SPRING) == pytest.approx(spring, abs=1e-6)
    assert company.value(kpi, "day", AUTUMN) == pytest.approx(autumn, abs=1e-6)


def test_the_age_at_closing_is_of_elapsed_time(company: CompanyOfRecords) -> None:
    # From 1:30 to 1:30 on the next day.
    company.expect("ticket_age", "day", date(2025, 3, 31), (23 * HOUR, 1))
    company.expect("ticket_age", "day", date(2025, 10, 27), (25 * HOUR, 1))


def test_a_ticket_open_all_day_is_as_old_as_the_day_is_long(company: CompanyOfRecords) -> None:
    # By the end of the day the other ticket is resolved; on the day after, the open one is one day older.
    company.expect("backlog_age", "day", SPRING, (23 * HOUR, 1))
    company.expect("backlog_age", "day", date(2025, 3, 31), (47 * HOUR, 1))
    # The one of spring is 210 days older: from 30 March, 0:00, to 26 October, 0:00, pass 210 days less one hour.
    company.expect("backlog", "day", AUTUMN, (2, None))
    company.expect("backlog_age", "day", AUTUMN, (25 * HOUR + (210 * 24 - 1 + 25) * HOUR, 2))


def test_days_of_23_and_25_hours_have_all_of_their_events(company: CompanyOfRecords) -> None:
    company.expect("call_abandonment_rate", "day", SPRING, (1, 2))
    company.expect("call_abandonment_rate", "day", AUTUMN, (0, 4))
    company.expect("call_abandonment_rate", "day", date(2025, 3, 31), None)
    company.expect("call_abandonment_rate", "day", date(2025, 10, 27), None)


def test_of_two_answers_in_the_hour_that_comes_twice_the_later_one_counts(company: CompanyOfRecords) -> None:
    company.expect("csat", "day", AUTUMN, (1, 1))


def test_the_days_around_a_training_are_days_of_the_calendar() -> None:
    # 28 days before the training the clocks are another hour: the window begins at midnight all the same.
    answers = [
        (local(2025, 3, 12, 23, 59, 59), 5),  # too early
        (local(2025, 3, 13), 1),
        (local(2025, 4, 9, 23, 59, 59), 5),
        (local(2025, 4, 10), 5),
        (local(2025, 5, 7, 23, 59, 59), 5),
        (local(2025, 5, 8), 1),  # too late
    ]
    records = {
        "training": [{"training_id": "f", "agent_id": "a", "completed_at": local(2025, 4, 10, 9)}],
        "survey_response": [
            {"response_id": f"r{number}", "kind": "csat", "agent_id": "a", "answered_at": moment, "score": score}
            for number, (moment, score) in enumerate(answers)
        ],
    }
    company = CompanyOfRecords.computed(records, local(2025, 6, 1, 6))
    # 2 of 2 after it, 1 of 2 before.
    for grain, start in (("day", date(2025, 4, 10)), ("week", date(2025, 4, 7)), ("month", date(2025, 4, 1))):
        company.expect("training_effectiveness", grain, start, (0.5, 1))


@pytest.mark.parametrize(
    ("present", "hours"),
    [
        # A day of 23 hours, one of 25 hours, and a usual one, from midnight to midnight.
        (local(2025, 3, 31), 23),
        (local(2025, 10, 27), 25),
        (local(2025, 6, 2), 24),
    ],
)
def test_freshness_is_in_elapsed_hours(present: datetime, hours: int) -> None:
    # At the end of a day on which a file was loaded whose newest row is of the day's first moment.
    newest = datetime.combine(present.date() - timedelta(days=1), datetime.min.time(), present.tzinfo)
    company = CompanyOfRecords({"agent": [{"agent_id": "a"}]}, present)
    company.loaded("agent", until=newest, newest_at=newest)
    company.compute()
    company.expect("freshness", "day", newest.date(), (hours, None))
