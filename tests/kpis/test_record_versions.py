"""Records that come twice, are corrected, deleted, merged or come late: each KPI is what the valid ones say.

The company is that of `two_moments`, at each of which every KPI has a value that is worked out there.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pipelines.entities import ENTITIES
from tests.kpis.company_of_records import CompanyOfRecords, Parts, local
from tests.kpis.small_company import Row
from tests.kpis.two_moments import EXPECTED, PARAMETERS, of_two_moments

pytestmark = pytest.mark.slow

FIRST, SECOND = local(2025, 1, 14, 10), local(2025, 3, 11, 10)
AS_OF = local(2025, 4, 13, 6)
JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
Records = dict[str, list[Row]]


def computed(records: Mapping[str, list[Row]]) -> CompanyOfRecords:
    return CompanyOfRecords.computed(records, AS_OF, parameters=PARAMETERS)


def expect_both(company: CompanyOfRecords) -> None:
    for kpi, (first, second, _) in EXPECTED.items():
        company.expect(kpi, "month", JANUARY, first)
        company.expect(kpi, "month", MARCH, second)


def both(change: Any) -> Records:
    """The records of both moments, each of them replaced by what `change` yields for its entity and row."""
    return {
        entity: [changed for row in rows for changed in change(entity, row)]
        for entity, rows in of_two_moments(FIRST, SECOND).items()
    }


def renamed(records: Mapping[str, list[Row]], prefix: str) -> Records:
    """The same records of other people, tickets, campaigns …: every id and address has a prefix."""

    def other(name: str, value: object) -> object:
        is_name = name.endswith("_id") or name in ("email", "referred_by")
        return f"{prefix}{value}" if is_name and value is not None else value

    return {
        entity: [{name: other(name, row[name]) for name in row} for row in rows] for entity, rows in records.items()
    }


def test_a_record_that_is_loaded_again_counts_once() -> None:
    def again(_: str, row: Row) -> Iterator[Row]:
        yield row
        # In the same file, and in a later load.
        yield {**row, "_row": 2}
        yield {**row, "_load_sequence": 2}

    expect_both(computed(both(again)))


def test_a_correction_replaces_what_was_said_before() -> None:
    def corrected(entity: str, row: Row) -> Iterator[Row]:
        # First every moment was in February, every number another, and every other column empty.
        key = {*ENTITIES[entity].key, "source"}
        before: dict[str, object] = {name: value for name, value in row.items() if name in key}
        for column in ENTITIES[entity].columns:
            if column.name not in key and (column.required or column.name in row):
                before[column.name] = {
                    "timestamp": local(2025, 2, 11, 10), "money": "777.00", "number": 777.0, "integer": 777, "boolean": True,
                }.get(column.kind, row.get(column.name) if column.required else None)  # fmt: skip
        yield before
        yield {**row, "_load_sequence": 2}

    company = computed(both(corrected))
    expect_both(company)
    company.expect("ticket_volume", "month", FEBRUARY, (0, None))
    company.expect("revenue", "month", FEBRUARY, (0, None))
    company.expect("csat", "month", FEBRUARY, None)


def test_a_correction_that_comes_before_its_predecessor_is_still_the_later_one() -> None:
    def out_of_order(entity: str, row: Row) -> Iterator[Row]:
        yield {**row, "_version_at": local(2025, 4, 2)}
        if entity == "order":
            yield {**row, "amount": "777.00", "_version_at": local(2025, 4, 1), "_load_sequence": 2}
        # What will be corrected after the present is not yet.
        if entity == "survey_response":
            yield {**row, "score": 3.0, "_version_at": AS_OF + timedelta(seconds=1), "_load_sequence": 3}

    expect_both(computed(both(out_of_order)))


def test_deleted_records_of_every_entity_count_nowhere() -> None:
    records = of_two_moments(FIRST, SECOND)
    # The same again, of other people and things, all of which are deleted later.
    for entity, rows in renamed(of_two_moments(FIRST, SECOND), "gone-").items():
        key = ENTITIES[entity].key
        for row in rows:
            # Of days without ids: another channel.
            identified = (
                row if any(name.endswith("_id") for name in key) and entity != "spend" else {**row, "channel": "gone"}
            )
            records[entity].append(identified)
            tombstone = {name: identified.get(name) for name in (*key, "source") if name in identified}
            records[entity].append({**tombstone, "_is_deleted": True, "_load_sequence": 2})
    expect_both(computed(records))


def test_what_is_deleted_after_the_present_is_not_deleted_yet() -> None:
    def deleted_later(entity: str, row: Row) -> Iterator[Row]:
        yield row
        key = {name: row.get(name) for name in (*ENTITIES[entity].key, "source") if name in row}
        yield {**key, "_is_deleted": True, "_load_sequence": 2, "_version_at": AS_OF + timedelta(seconds=1)}

    expect_both(computed(both(deleted_later)))


def test_void_and_merged_records_count_nowhere() -> None:
    records = of_two_moments(FIRST, SECOND)
    for moment in (FIRST, SECOND):
        for number, status in enumerate(("spam", "Deleted", " test ", "merged", "fusionné", None)):
            # The last one says only into which one it was merged.
            merged = None if status else "old1"
            records["ticket"].append(
                {
                    "ticket_id": f"void{number}-{moment}", "created_at": moment, "first_response_at": moment,
                    "resolved_at": moment, "closed_at": moment, "reopen_count": 1, "interaction_count": 9,
                    "status": status, "merged_into": merged,
                }
            )  # fmt: skip
        # What was said on spam, deleted and test tickets was not said by customers.
        for number in range(3):
            on = {"ticket_id": f"void{number}-{moment}"}
            name = f"on-{on['ticket_id']}"
            for kind in ("csat", "nps", "ces", "employee"):
                records["survey_response"].append(
                    {**on, "response_id": f"{name}-{kind}", "kind": kind, "answered_at": moment, "score": 2.0}
                )
            records["interaction"].append({**on, "interaction_id": name, "occurred_at": moment, "channel": "mail"})
            records["quality_review"].append({**on, "review_id": name, "reviewed_at": moment, "errors": 9})
        for number, status in enumerate(("cancelled", "Annulée", "REMBOURSEE", "corbeille", "test", "spam")):
            records["order"].append(
                {
                    "order_id": f"void{number}-{moment}", "customer_id": f"nobody{number}", "ordered_at": moment,
                    "amount": "777.00", "status": status,
                }
            )  # fmt: skip
        # An open deal closes nothing, whatever date it is expected to close on, and makes nobody a customer.
        records["deal"].append(
            {
                "deal_id": f"open-{moment}",
                "created_at": moment,
                "customer_id": "nobody",
                "closed_at": moment,
                "is_won": None,
            }
        )
    # The first customer was two records, of which one was merged into the other; the orders still have the former id.
    records["customer"].append(
        {"customer_id": "former", "merged_into": "c1", "created_at": FIRST - timedelta(days=900), "referred_by": None}
    )
    records["order"][0] = {**records["order"][0], "customer_id": "former"}
    expect_both(computed(records))


# Whoever came late stays a customer: in March there are three, of whom two were there at its start and did not buy.
IN_MARCH: dict[str, Parts] = {
    "active_customers": (3, None), "arpu": (80, 3), "retention_rate": (2, 2), "churn_rate": (0, 2),
    "repurchase_rate": (0, 2), "recommendation_rate": (1, 3),
}  # fmt: skip
IN_FEBRUARY: dict[str, Parts] = {
    "active_customers": (2, None), "arpu": (100, 2), "retention_rate": (1, 1), "churn_rate": (0, 1),
    "repurchase_rate": (0, 1), "recommendation_rate": (0, 2),
}  # fmt: skip


def test_late_records_change_their_own_period_alone() -> None:
    records = of_two_moments(FIRST, SECOND)
    late = renamed(of_two_moments(local(2025, 2, 11, 10), None), "late-")
    for entity, rows in late.items():
        records[entity] += [{**row, "_load_sequence": 2} for row in rows]
    company = computed(records)
    for kpi, (first, second, _) in EXPECTED.items():
        company.expect(kpi, "month", JANUARY, first)
        company.expect(kpi, "month", FEBRUARY, IN_FEBRUARY.get(kpi, first))
        company.expect(kpi, "month", MARCH, IN_MARCH.get(kpi, second))


def test_records_after_the_present_have_not_happened_yet() -> None:
    records = of_two_moments(FIRST, SECOND)
    future = renamed(of_two_moments(AS_OF + timedelta(seconds=1), AS_OF + timedelta(days=40)), "later-")
    # An older date of the same record is no secret: a ticket that is resolved later is known, and open.
    future["ticket"] = [row for row in future["ticket"] if row["created_at"] > AS_OF]
    future["deal"] = [row for row in future["deal"] if row["created_at"] > AS_OF]
    future["touchpoint"] = [row for row in future["touchpoint"] if row["occurred_at"] > AS_OF]
    for entity, rows in future.items():
        days = ("ad_stat", "agent_time", "spend", "web_stat")
        records[entity] += [
            # Days have no moments: the next one is the first that has not come yet.
            {**row, "date": max(row["date"], AS_OF.date() + timedelta(days=1))} if entity in days else row
            for row in rows
        ]
    company = computed(records)
    expect_both(company)
    assert company.rows(f"SELECT * FROM fct_kpi WHERE period_start > '{AS_OF.date()}'") == []


@pytest.mark.parametrize("moment", [FIRST, SECOND])
def test_moments_of_one_record_are_in_no_order_that_is_assumed(moment: datetime) -> None:
    # Answered, resolved and closed before it was created: it counts, and its durations do not.
    records = {
        "ticket": [
            {
                "ticket_id": "t", "created_at": moment, "first_response_at": moment - timedelta(hours=1),
                "resolved_at": moment - timedelta(hours=2), "closed_at": moment - timedelta(hours=3),
            }
        ],
        "deal": [
            {"deal_id": "d", "created_at": moment, "closed_at": moment - timedelta(hours=1), "is_won": True},
        ],
    }  # fmt: skip
    company = computed(records)
    day = moment.date()
    company.expect("ticket_volume", "day", day, (1, None))
    company.expect("win_rate", "day", day, (1, 1))
    for kpi in (
        "first_response_time",
        "first_response_time_p50",
        "resolution_time",
        "resolution_time_p90",
        "ticket_age",
        "sales_cycle",
    ):
        company.expect(kpi, "day", day, None)
    company.expect("backlog", "day", day, (0, None))
