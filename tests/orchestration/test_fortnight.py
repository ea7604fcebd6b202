"""A fortnight of daily passes in which the sources go wrong in turn: each is reported once, and once when it is well.

None of it may look like a bad KPI.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.orchestration.company import Company

# Later than the real time, so that what a pass reads counts as loaded up to its own time.
FIRST = datetime(2131, 3, 5, 6, 0, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)

SETTINGS = """
company: {name: Company, timezone: UTC, currency: EUR}
sources:
  - {name: shop, type: files, tables: [{entity: order, path: extracts/orders-*.csv}]}
  - {name: bank, type: files, tables: [{entity: fx_rate, path: extracts/rates.csv}]}
  - {name: surveys, type: files, expect_every: 2d, tables: [{entity: survey_response, path: extracts/answers-*.csv}]}
  - {name: desk, type: files, tables: [{entity: ticket, path: extracts/tickets-*.csv}]}
  - name: phone
    type: files
    tables:
      - entity: call
        path: extracts/calls-*.csv
        columns: {call_id: Id, started_at: Start, answered_at: Answered, direction: Direction}
rules:
  - {name: revenue-floor, kpi: revenue, grain: day, below: 190, notify: [log]}
  - {name: csat-floor, kpi: csat, grain: day, below: 60%, notify: [log]}
  - {name: tickets-floor, kpi: ticket_volume, grain: day, below: 20, notify: [log]}
  - {name: unanswered, kpi: call_abandonment_rate, grain: day, above: 60%, notify: [log]}
channels:
  log: {type: file, path: out/messages.jsonl}
  operators: {type: file, path: out/operators.jsonl}
"""

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]


def day_of(day: int) -> date:
    return (FIRST + day * DAY).date()


def extracts(day: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yields what the sources deliver on the morning after `day`: everything that happened on it."""
    at = day_of(day).isoformat()
    currency = "USD" if day >= 8 else "EUR"
    yield (
        f"orders-{day:02}.csv",
        [
            {"order_id": f"{day}-{n}", "customer_id": f"c{n}", "ordered_at": f"{at}T10:00:00", "amount": 100,
             "currency": currency if n else "EUR"}
            for n in range(2)
        ],
    )  # fmt: skip
    # The surveys are silent for four days, and then deliver what was missing.
    if not 2 <= day <= 5:
        days = range(2, 7) if day == 6 else [day]
        yield (
            f"answers-{day:02}.csv",
            [
                {"response_id": f"{each}-{n}", "kind": "csat", "answered_at": f"{day_of(each)}T10:00:00", "score": 5}
                for each in days
                for n in range(20)
            ],
        )
    # One morning most tickets have a date that cannot be read; the next morning the file is corrected.
    yield (f"tickets-{day:02}.csv", tickets(day, broken=day == 4))
    if day == 5:
        yield ("tickets-04.csv", tickets(4))
    # The telephone system renames a column, and takes that back two days later.
    began = "Begin" if day in (9, 10) else "Start"
    yield (f"calls-{day:02}.csv", calls(day, began))
    if day == 11:
        yield from ((f"calls-{each:02}.csv", calls(each)) for each in (9, 10))


def tickets(day: int, *, broken: bool = False) -> list[dict[str, Any]]:
    return [
        {"ticket_id": f"{day}-{n}", "created_at": "soon" if broken and n % 4 else f"{day_of(day)}T09:00:00"}
        for n in range(40)
    ]


def calls(day: int, began: str = "Start") -> list[dict[str, Any]]:
    at = f"{day_of(day)}T09:00:00"
    return [{"Id": f"{day}-{n}", began: at, "Answered": at, "Direction": "inbound"} for n in range(10)]


def subject(message: dict[str, Any]) -> str:
    """Returns what failed or works again, without how long that took in real time."""
    return re.split(r" failed$| works again", message["title"].partition(": ")[2])[0]


def test_what_goes_wrong_is_reported_once_and_no_kpi_is_blamed(tmp_path_factory: pytest.TempPathFactory) -> None:
    company = Company(tmp_path_factory.mktemp("company"))
    company.write_settings(SETTINGS)
    company.write_extract("rates.csv", [{"date": "2131-01-01", "currency": "GBP", "rate": 1.2}])
    reported: dict[int, list[tuple[str, str]]] = {}
    known = 0
    for day in range(14):
        morning = FIRST + (day + 1) * DAY
        for name, rows in extracts(day):
            company.write_extract(name, rows)
            os.utime(company.folder / "extracts" / name, (morning.timestamp(), morning.timestamp()))
        if day == 11:
            rates = [{"date": "2131-01-01", "currency": currency, "rate": 1.2} for currency in ("GBP", "USD")]
            company.write_extract("rates.csv", rates)
        company.run(morning + timedelta(hours=1))
        messages = company.messages("operators")
        reported[day] = [(message["status"], subject(message)) for message in messages[known:]]
        known = len(messages)

    assert {day: found for day, found in reported.items() if found} == {
        3: [("firing", "Source surveys")],
        4: [("firing", "Source desk ticket")],
        5: [("resolved", "Source desk ticket")],
        6: [("resolved", "Source surveys")],
        8: [("firing", "Conversion of USD")],
        9: [("firing", "Source phone call")],
        11: [("resolved", "Source phone call"), ("resolved", "Conversion of USD")],
    }
    # Its rule waits meanwhile, and says so once; no KPI is reported.
    assert [(message["kind"], message["title"]) for message in company.messages()] == [
        ("pipeline", "Waiting: 1 rule waits for data from surveys"),
        ("pipeline", "Resumed: Source surveys delivers again"),
    ]
    values = company.published("""
        select kpi, min(value), count(*) from fct_kpi
        where grain = 'day' and segment_type = 'all' and is_complete and period_start >= date '2131-03-05'
            and kpi in ('revenue', 'csat', 'ticket_volume') group by kpi order by kpi
    """)
    assert [(kpi, float(lowest), days) for kpi, lowest, days in values] == [
        ("csat", 1.0, 14), ("revenue", 200.0, 14), ("ticket_volume", 40.0, 14),
    ]  # fmt: skip
