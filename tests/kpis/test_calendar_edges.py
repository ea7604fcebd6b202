"""Where a day, an ISO week, a month and a year begin: each KPI that events date, on both sides of the moment.

The company is that of `two_moments`: what each KPI is on either side, and on both together, is worked out there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from pipelines.kpis import GRAINS, period_of
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.kpis.company_of_records import CompanyOfRecords, local, same, value_of
from tests.kpis.two_moments import EXPECTED, KNOWN_FROM_SECOND, PARAMETERS, of_two_moments

pytestmark = pytest.mark.slow

KPIS = load_catalogue(project_folder() / "target")
ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Boundary:
    """The first days of the periods that end with one day and that begin with the next; of a grain with one, it goes on."""

    midnight: datetime
    starts: tuple[tuple[str, tuple[date, ...]], ...]


def boundary(day: date, **starts: date | tuple[date, date]) -> Boundary:
    periods = {grain: start if isinstance(start, tuple) else (start,) for grain, start in starts.items()}
    days = (day - timedelta(days=1), day)
    assert periods.keys() == set(GRAINS) - {"day"}
    return Boundary(local(day.year, day.month, day.day), (("day", days), *periods.items()))


Y2020, Y2021, Y2024, Y2025, Y2026, Y2027 = (date(year, 1, 1) for year in (2020, 2021, 2024, 2025, 2026, 2027))

BOUNDARIES = {
    # Week 53 of 2020 has the first three days of 2021, and that of 2026 those of 2027.
    "2020|2021": boundary(
        Y2021, week=date(2020, 12, 28), month=(date(2020, 12, 1), Y2021), quarter=(date(2020, 10, 1), Y2021), year=(Y2020, Y2021)
    ),
    "2026|2027": boundary(
        Y2027, week=date(2026, 12, 28), month=(date(2026, 12, 1), Y2027), quarter=(date(2026, 10, 1), Y2027), year=(Y2026, Y2027)
    ),
    "W52|W53": boundary(
        date(2020, 12, 28), week=(date(2020, 12, 21), date(2020, 12, 28)), month=date(2020, 12, 1), quarter=date(2020, 10, 1), year=Y2020
    ),
    "W53|W01": boundary(date(2021, 1, 4), week=(date(2020, 12, 28), date(2021, 1, 4)), month=Y2021, quarter=Y2021, year=Y2021),
    "W53|W01 of 2027": boundary(
        date(2027, 1, 4), week=(date(2026, 12, 28), date(2027, 1, 4)), month=Y2027, quarter=Y2027, year=Y2027
    ),
    # The first week of 2025 begins in 2024.
    "W52|W01": boundary(
        date(2024, 12, 30), week=(date(2024, 12, 23), date(2024, 12, 30)), month=date(2024, 12, 1), quarter=date(2024, 10, 1), year=Y2024
    ),
    "28|29 February": boundary(
        date(2024, 2, 29), week=date(2024, 2, 26), month=date(2024, 2, 1), quarter=Y2024, year=Y2024
    ),
    "29 February|1 March": boundary(
        date(2024, 3, 1), week=date(2024, 2, 26), month=(date(2024, 2, 1), date(2024, 3, 1)), quarter=Y2024, year=Y2024
    ),
    # The nights before and after the days of 23 and of 25 hours.
    "before summer time": boundary(
        date(2025, 3, 30), week=date(2025, 3, 24), month=date(2025, 3, 1), quarter=Y2025, year=Y2025
    ),
    "after summer time has begun": boundary(
        date(2025, 3, 31), week=(date(2025, 3, 24), date(2025, 3, 31)), month=date(2025, 3, 1), quarter=Y2025, year=Y2025
    ),
    "before winter time": boundary(
        date(2025, 10, 26), week=date(2025, 10, 20), month=date(2025, 10, 1), quarter=date(2025, 10, 1), year=Y2025
    ),
    "after winter time has begun": boundary(
        date(2025, 10, 27), week=(date(2025, 10, 20), date(2025, 10, 27)), month=date(2025, 10, 1), quarter=date(2025, 10, 1), year=Y2025
    ),
}  # fmt: skip


@cache
def company_at(name: str) -> CompanyOfRecords:
    """The first events happen in the last second before midnight, the second ones at midnight."""
    midnight = BOUNDARIES[name].midnight
    records = of_two_moments(midnight - ONE_SECOND, midnight)
    return CompanyOfRecords.computed(records, midnight + timedelta(days=40), parameters=PARAMETERS)


@pytest.mark.parametrize("name", BOUNDARIES)
@pytest.mark.parametrize("kpi", EXPECTED)
def test_each_event_counts_on_its_side_of_midnight(name: str, kpi: str) -> None:
    company = company_at(name)
    before, after, together = EXPECTED[kpi]
    for grain, starts in BOUNDARIES[name].starts:
        if len(starts) == 1:
            company.expect(kpi, grain, starts[0], together)
        else:
            company.expect(kpi, grain, starts[0], before)
            company.expect(kpi, grain, starts[1], after)
            row = company.published(kpi, grain, starts[1])
            assert after is None or (row is not None and same(row.previous_value, value_of(before))), (grain, starts)


@pytest.mark.parametrize("name", BOUNDARIES)
def test_days_add_up_to_longer_periods(name: str) -> None:
    # Whatever KPIs there are: those that can be added up over time.
    additive = [kpi.name for kpi in KPIS.values() if kpi.is_additive]
    assert {"ticket_volume", "revenue", "new_customers"} <= set(additive)
    company = company_at(name)
    for kpi in additive:
        days = company.values(kpi, "day")
        for grain in set(GRAINS) - {"day"}:
            assert same(sum(company.values(kpi, grain).values()), sum(days.values())), (kpi, grain)


@pytest.mark.parametrize(
    ("first", "second", "is_day_compared"),
    [
        # 29 February is compared with the last day of February, and its week with the week 52 weeks before.
        (local(2023, 2, 28, 12), local(2024, 2, 29, 12), True),
        # 28 February after a leap year is compared with 28 February, on which nothing happened.
        (local(2024, 2, 29, 12), local(2025, 2, 28, 12), False),
        # Week 53 is compared with week 1 of the same ISO year.
        (local(2019, 12, 31, 12), local(2020, 12, 31, 12), True),
    ],
)
def test_the_same_period_a_year_before(first: datetime, second: datetime, is_day_compared: bool) -> None:
    company = CompanyOfRecords.computed(
        of_two_moments(first, second), second + timedelta(days=40), parameters=PARAMETERS
    )
    wrong, without_row = [], set()
    for kpi, (before, _, _) in EXPECTED.items():
        for grain in ("day", "week", "month"):
            row = company.published(kpi, grain, period_of(grain, second.date()))
            if row is None:
                without_row.add(kpi)
                continue
            expected = value_of(before)
            if grain == "day" and not is_day_compared:
                # A ticket was created 410 days before the second moment: from then on no ticket is a zero.
                expected = 0 if kpi == "ticket_volume" else None
            if not same(row.previous_year_value, expected):
                wrong.append((kpi, grain, row))
    assert wrong == []
    # After 90 days without a purchase nobody is a customer any more: at the start of the second period there is none.
    assert without_row <= {"email_click_rate", "retention_rate", "churn_rate", "repurchase_rate"}


@pytest.mark.parametrize(("days", "seconds"), [(0, -1), (0, 0), (3, -1), (3, 0), (30, 0)])
def test_a_period_is_complete_from_midnight_some_days_after_its_end(days: int, seconds: int) -> None:
    # The week ends with the day of 23 hours.
    last = local(2025, 3, 30, 23, 59, 59)
    as_of = local(2025, 3, 31) + timedelta(days=days)
    company = CompanyOfRecords.computed(
        of_two_moments(last, None), as_of + timedelta(seconds=seconds), parameters=PARAMETERS
    )
    wrong = []
    for kpi, (before, _, _) in EXPECTED.items():
        matured = KPIS[kpi].maturity_days + (0 if seconds == 0 else 1)
        for grain, start in (("day", date(2025, 3, 30)), ("week", date(2025, 3, 24))):
            row = company.published(kpi, grain, start)
            if kpi in KNOWN_FROM_SECOND or before is None:
                assert row is None
            # E-mails are opened an hour after their sending: until then there may be no row.
            elif (row is not None and row.is_complete) is not (matured <= days):
                wrong.append((kpi, grain, row))
    assert wrong == []
    # The day that begins at the moment of the run is not known yet; only the load happened on it.
    if days == 0:
        found = company.rows("SELECT DISTINCT kpi FROM fct_kpi WHERE grain = 'day' AND period_start > '2025-03-30'")
        assert {KPIS[kpi].family for (kpi,) in found} <= {"data quality"}


@pytest.mark.parametrize(
    ("zone", "last", "first"),
    [
        # In Santiago the clock goes from 23:59:59 to 1:00: the day has no midnight.
        ("America/Santiago", (2025, 9, 6, 23, 59, 59), (2025, 9, 7, 1)),
        # Clocks that are 14 hours, and 5:45 hours, ahead of UTC.
        ("Pacific/Kiritimati", (2024, 12, 31, 23, 59, 59), (2025, 1, 1)),
        ("Asia/Kathmandu", (2024, 2, 29, 23, 59, 59), (2024, 3, 1)),
    ],
)
def test_days_begin_by_the_clock_of_the_company(zone: str, last: tuple[int, ...], first: tuple[int, ...]) -> None:
    before, after = (datetime(*moment, tzinfo=ZoneInfo(zone)) for moment in (last, first))
    assert after.astimezone(UTC) - before.astimezone(UTC) == ONE_SECOND
    company = CompanyOfRecords.computed(
        of_two_moments(before, after), after + timedelta(days=40), timezone=zone, parameters=PARAMETERS
    )
    for kpi, (of_the_last, of_the_first, _) in EXPECTED.items():
        company.expect(kpi, "day", before.date(), of_the_last)
        company.expect(kpi, "day", after.date(), of_the_first)


@pytest.mark.parametrize(
    ("started_at", "ended_at", "days"),
    [
        # Over a leap day, over New Year, and over a day of 25 hours, to the last moment of the last day.
        (local(2024, 2, 28, 18), local(2024, 3, 1, 9), [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]),
        (local(2020, 12, 30), local(2021, 1, 1), [date(2020, 12, 30), date(2020, 12, 31), date(2021, 1, 1)]),
        (
            local(2025, 10, 25, 12),
            local(2025, 10, 27, 23, 59, 59),
            [date(2025, 10, 25), date(2025, 10, 26), date(2025, 10, 27)],
        ),
    ],
)
def test_the_cost_of_a_campaign_is_spread_over_days(started_at: datetime, ended_at: datetime, days: list[date]) -> None:
    records = {
        "campaign": [{"campaign_id": "k", "cost": "30.00", "started_at": started_at, "ended_at": ended_at}],
        # A sale of 40 on the second day.
        "order": [
            {"order_id": "o", "customer_id": "c", "ordered_at": started_at + timedelta(hours=24), "amount": "40.00"}
        ],
        "touchpoint": [
            {
                "touchpoint_id": "t",
                "customer_id": "c",
                "campaign_id": "k",
                "occurred_at": started_at + timedelta(hours=1),
            }
        ],
    }
    company = CompanyOfRecords.computed(records, ended_at + timedelta(days=20))
    for day, net_return in zip(days, (-10, 30, -10), strict=True):
        company.expect("campaign_roi", "day", day, (net_return, 10))
