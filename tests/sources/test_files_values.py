"""Values of `columns` that need no SQL: constants, maps, durations, and one of several values in a cell."""

import io
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml

from tests.sources.shop import Shop, utc

DEAL = {"deal_id": "Deal ID", "created_at": "Create Date"}
HEADER = "Deal ID,Create Date,Stage,Contacts,Wait\n"


def deals(shop: Shop, rows: str, header: str = HEADER, **table: Any) -> Any:
    """Loads deals; `rows` follow the header."""
    shop.write("deals.csv", header + rows)
    columns = {**DEAL, **table.pop("columns", {})}
    report = shop.load("deal", path="deals.csv", columns=columns, **table)
    assert report.failures == []
    return report


def reasons(shop: Shop, entity: str = "deal") -> list[tuple[int, str, str]]:
    return [(each["row"], each["column"], each["reason"]) for each in shop.quarantine(entity)]


# ----------------------------------------------------------------------------------------------------------- constants


def test_a_constant_is_on_each_row_in_the_type_of_its_column(shop: Shop) -> None:
    constants = {
        "deal_type": {"const": "New"},
        "is_won": {"const": True},
        "amount": {"const": 12.5},
        "owner_id": {"const": 7},
        "closed_at": {"const": "2024-07-01T10:00"},
        "currency": {"const": "it's"},
    }
    # The notation of the file is not that of the settings.
    notation = {"decimal": ",", "thousands": ".", "datetime_format": "%d/%m/%Y"}
    deals(shop, "1,31/01/2024,,,\n2,31/01/2024,,,\n", columns=constants, **notation)
    row = ("new", True, Decimal("12.5"), "7", utc("2024-07-01T08:00"), "it's")
    assert shop.rows("deal", *constants) == [row, row]
    assert shop.loads("deal")[0].columns == ("deal_id", "created_at", "closed_at", "is_won", "amount", "currency",
                                             "deal_type", "owner_id")  # fmt: skip


@pytest.mark.parametrize(("kind", "score", "expected"), [("csat", 4, (4.0, None)), ("csat", "Good", (1.0, 1.0))])
def test_a_constant_may_be_the_kind_and_the_score_of_a_survey(
    shop: Shop, kind: str, score: object, expected: tuple[float, float | None]
) -> None:
    shop.write("answers.csv", "id;at\n1;2024-01-31\n")
    columns = {"response_id": "id", "answered_at": "at", "kind": {"const": kind}, "score": {"const": score}}
    assert shop.load("survey_response", path="answers.csv", columns=columns, decimal=",").failures == []
    assert shop.rows("survey_response", "kind", "score", "scale_max") == [(kind, *expected)]


# ---------------------------------------------------------------------------------------------------------------- maps


WON = {"from": "Stage", "map": {"Closed won": True, " closed LOST ": False}}


def test_a_map_compares_texts_without_blanks_and_letter_case(shop: Shop) -> None:
    deals(shop, "1,2024-01-31, closed won ,,\n2,2024-01-31,CLOSED LOST,,\n3,2024-01-31,,,\n", columns={"is_won": WON})
    assert shop.rows("deal", "is_won") == [True, False, None]


def test_what_is_not_in_the_map_is_rejected_by_its_name(shop: Shop) -> None:
    report = deals(
        shop, "1,2024-01-31,Closed won,,\n2,2024-01-31,Demo,,\n3,2024-01-31,Call,,\n", columns={"is_won": WON}
    )
    words = "is not in the map of is_won; add it to `map`, or set `default`"
    assert reasons(shop) == [(3, "is_won", f'"Demo" {words}'), (4, "is_won", f'"Call" {words}')]
    # Both are the same problem.
    (rejection,) = report.rejections.values()
    assert (rejection.rows, rejection.problem, rejection.file_column) == (2, words, "Stage")


@pytest.mark.parametrize(("default", "expected"), [(None, None), (False, False), ("yes", True)])
def test_with_a_default_any_other_value_becomes_it_and_an_empty_cell_stays_empty(
    shop: Shop, default: object, expected: bool | None
) -> None:
    columns = {"is_won": {**WON, "default": default}}
    deals(shop, "1,2024-01-31,Demo,,\n2,2024-01-31,Closed won,,\n3,2024-01-31,,,\n4,2024-01-31,-,,\n", columns=columns,
          null_values=["", "-"])  # fmt: skip
    assert shop.rows("deal", "is_won") == [expected, True, None, None]


def test_mapped_values_have_the_type_of_the_column(shop: Shop) -> None:
    columns = {
        "amount": {"from": "Stage", "map": {"A": 1.5, "b": "2", "1": None}},
        "closed_at": {"from": "Stage", "map": {"A": "2024-01-31", "b": "2024-01-31T10:00Z"}, "default": "2030-01-01"},
        "deal_type": {"from": "expr: substr(Stage, 1, 1)", "map": {"a": "Renewal"}, "default": "upsell"},
    }
    deals(shop, "1,2024-01-31,A,,\n2,2024-01-31,B,,\n3,2024-01-31,1,,\n", columns=columns, decimal=",")
    assert shop.rows("deal", "amount", "closed_at", "deal_type") == [
        (Decimal("1.5"), utc("2024-01-30T23:00"), "renewal"),
        (Decimal(2), utc("2024-01-31T10:00"), "upsell"),
        (None, utc("2029-12-31T23:00"), "upsell"),
    ]


def test_a_map_finds_numbers_and_truth_values_of_typed_files(shop: Shop) -> None:
    shop.write("deals.jsonl", '{"id": 1, "at": "2024-01-31", "stage": 3.0, "won": true, "code": 10}\n')
    columns = {
        "deal_id": "id",
        "created_at": "at",
        "owner_id": {"from": "stage", "map": {"3": "Ann"}},
        "is_won": {"from": "won", "map": {"true": False}},
        "campaign_id": {"from": "code", "map": {"10": "ten"}},
    }
    assert shop.load("deal", path="deals.jsonl", columns=columns).failures == []
    assert shop.rows("deal", "owner_id", "is_won", "campaign_id") == [("Ann", False, "ten")]


def test_a_map_may_give_words_for_scores(shop: Shop) -> None:
    shop.write("answers.csv", "id,at,face\n1,2024-01-31,:-)\n2,2024-01-31,:-(\n3,2024-01-31,5\n")
    score = {"from": "face", "map": {":-)": "good", ":-(": "bad", "5": 1}}
    columns = {"response_id": "id", "answered_at": "at", "kind": {"const": "csat"}, "score": score}
    shop.load("survey_response", path="answers.csv", columns=columns)
    assert shop.rows("survey_response", "score", "scale_min", "scale_max") == [(1, 0, 1), (0, 0, 1), (1, None, None)]


def test_a_required_column_may_not_be_mapped_to_nothing(shop: Shop) -> None:
    shop.write("leads.csv", "id,at\na,2024-01-31\nb,2024-01-31\nc,2024-01-31\n")
    columns = {"lead_id": {"from": "id", "map": {"a": "A", "b": None}}, "created_at": "at"}
    shop.load(path="leads.csv", columns=columns)
    assert shop.rows("lead", "lead_id") == ["A"]
    assert reasons(shop, "lead") == [
        (3, "lead_id", "lead_id is empty"),
        (4, "lead_id", '"c" is not in the map of lead_id; add it to `map`, or set `default`'),
    ]


@pytest.mark.parametrize("text", ["'; DROP TABLE x; --", '"', "\\", "${HOME}", "İ", "ẞ", "{{ 1 }}", "x" * 5_000])
def test_hostile_texts_in_maps_and_constants_are_data(shop: Shop, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    columns = {"owner_id": {"from": "Stage", "map": {text: text}}, "campaign_id": {"const": text}}
    deals(shop, f"1,2024-01-31,{quoted},,\n", columns=columns)
    assert shop.rows("deal", "owner_id", "campaign_id") == [(text, text)]


# --------------------------------------------------------------------------------------------------------------- split


@pytest.mark.parametrize(
    ("take", "expected"), [("first", ["c1", "c4", None, None]), ("last", ["c3", "c4", None, None])]
)
def test_one_of_several_values_in_a_cell(shop: Shop, take: str, expected: list[str | None]) -> None:
    columns = {"customer_id": {"from": "Contacts", "split": ";", "take": take}}
    deals(
        shop, "1,2024-01-31,, ;c1; c2 ;c3;,\n2,2024-01-31,,c4,\n3,2024-01-31,, ; ;,\n4,2024-01-31,,,\n", columns=columns
    )
    assert shop.rows("deal", "customer_id") == expected


def test_one_of_several_values_may_be_mapped(shop: Shop) -> None:
    columns = {"is_won": {"from": "Stage", "split": " > ", "take": "last", "map": {"won": True}}}
    deals(shop, "1,2024-01-31,Open > Won,,\n2,2024-01-31,Won > Open,,\n", columns=columns)
    assert shop.rows("deal", "is_won") == [True]
    assert reasons(shop)[0][2].startswith('"Open" is not in the map of is_won')


def test_a_list_of_a_typed_file_is_not_split_as_text(shop: Shop) -> None:
    shop.write("deals.jsonl", '{"id": 1, "at": "2024-01-31", "contacts": ["a", "b"]}\n')
    columns = {"deal_id": "id", "created_at": "at", "customer_id": {"from": "contacts", "split": ";", "take": "first"}}
    (failure,) = shop.load("deal", path="deals.jsonl", columns=columns).failures
    assert failure == (
        "deals.jsonl: columns.customer_id comes from a nested value (VARCHAR[]); select a part of it with `expr:`"
    )


# ----------------------------------------------------------------------------------------------------------- durations


START = utc("2024-01-31T09:00")


@pytest.mark.parametrize(
    ("written", "unit", "expected"),
    [
        ("90", "minutes", timedelta(minutes=90)),
        ("1,5", "hours", timedelta(minutes=90)),
        ("1.000", "seconds", timedelta(seconds=1000)),
        ("2", "days", timedelta(days=2)),
        ("0", "days", timedelta()),
        ("0,000001", "seconds", timedelta(microseconds=1)),
        ("26:30:05", None, timedelta(hours=26, minutes=30, seconds=5)),
        ("126:30:05", "minutes", timedelta(hours=126, minutes=30, seconds=5)),
        ("0:00:01.25", None, timedelta(milliseconds=1250)),
        ("1d 2h 3m", None, timedelta(days=1, hours=2, minutes=3)),
        ("1 day, 2 hours", None, timedelta(days=1, hours=2)),
        ("3 Min 20 sec", None, timedelta(minutes=3, seconds=20)),
        ("1,5h", None, timedelta(minutes=90)),
        ("45s", "hours", timedelta(seconds=45)),
    ],
)
def test_a_duration_counts_from_another_moment(shop: Shop, written: str, unit: str | None, expected: timedelta) -> None:
    value = {"from": "Wait", "after": "created_at", **({"unit": unit} if unit else {})}
    rows = f'1;2024-01-31 10:00;;;"{written}"\n2;2024-01-31 10:00;;;\n'
    deals(shop, rows, HEADER.replace(",", ";"), columns={"closed_at": value}, decimal=",", thousands=".")
    assert shop.rows("deal", "closed_at") == [START + expected, None]


@pytest.mark.parametrize(
    ("written", "unit", "reason"),
    [
        ("-5", "minutes", "is negative: a duration counts forward"),
        ("-00:00:01", None, "is negative: a duration counts forward"),
        ("90", None, "has no unit; set `unit`, for instance to minutes"),
        ("soon", None, "is not a duration: 26:30:00 (hours, minutes, seconds) or 1d 2h 3m"),
        ("soon", "hours", "is not a duration: a number of hours, 26:30:00 (hours, minutes, seconds) or 1d 2h 3m"),
        ("12:30", "hours", "is not a duration: a number of hours, 26:30:00 (hours, minutes, seconds) or 1d 2h 3m"),
        ("1:99:00", None, "is not a duration: 26:30:00 (hours, minutes, seconds) or 1d 2h 3m"),
        ("2m 1h", None, "is not a duration: 26:30:00 (hours, minutes, seconds) or 1d 2h 3m"),
        ("1e300", "days", "is too long"),
        ("inf", "days", "is too long"),
        ("nan", "days", "is too long"),
    ],
)
def test_what_is_no_duration_is_rejected(shop: Shop, written: str, unit: str | None, reason: str) -> None:
    value = {"from": "Wait", "after": "created_at", **({"unit": unit} if unit else {})}
    deals(shop, f"1,2024-01-31,,,{written}\n", columns={"closed_at": value})
    assert reasons(shop) == [(2, "closed_at", f'"{written}" {reason}')]
    assert shop.quarantine("deal")[0]["errors"][0]["file_column"] == "Wait"


def test_durations_may_count_from_each_other_in_any_order(shop: Shop) -> None:
    shop.write("tickets.csv", "id,at,first,solve,close\n1,2024-01-31 10:00,1,2,3\n2,2024-01-31 10:00,,2,\n3,x,1,,\n")
    columns = {
        "ticket_id": "id",
        "closed_at": {"from": "close", "after": "resolved_at", "unit": "hours"},
        "resolved_at": {"from": "solve", "after": "first_response_at", "unit": "hours"},
        "first_response_at": {"from": "first", "after": "created_at", "unit": "hours"},
        "created_at": "at",
    }
    assert shop.load("ticket", path="tickets.csv", columns=columns).failures == []
    hours = [(START + timedelta(hours=h)) for h in (1, 3, 6)]
    assert shop.rows("ticket", "first_response_at", "resolved_at", "closed_at") == [tuple(hours)]
    assert [[error["reason"] for error in each["errors"]] for each in shop.quarantine("ticket")] == [
        ["first_response_at is empty, from which resolved_at counts"],
        ['"x" is not an ISO 8601 date; set datetime_format'],
    ]


def test_durations_of_typed_files(shop: Shop) -> None:
    shop.write(
        "deals.jsonl", '{"id": 1, "at": "2024-01-31T10:00", "wait": 1.5}\n{"id": 2, "at": "2024-01-31", "wait": -1}\n'
    )
    columns = {
        "deal_id": "id",
        "created_at": "at",
        "closed_at": {"from": "wait", "after": "created_at", "unit": "hours"},
    }
    shop.load("deal", path="deals.jsonl", columns=columns, decimal=",")
    assert shop.rows("deal", "closed_at") == [START + timedelta(hours=1.5)]
    assert reasons(shop) == [(2, "closed_at", '"-1" is negative: a duration counts forward')]


def test_a_duration_in_a_workbook_counts_days(shop: Shop) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "at", "wait"])
        sheet.write_row(1, 0, ["1", "2024-01-31 10:00"])
        sheet.write_number(1, 2, 1.25, book.add_format({"num_format": "[h]:mm:ss"}))
    shop.write("deals.xlsx", content.getvalue())
    columns = {
        "deal_id": "id",
        "created_at": "at",
        "closed_at": {"from": "wait", "after": "created_at", "unit": "days"},
    }
    assert shop.load("deal", path="deals.xlsx", columns=columns).failures == []
    assert shop.rows("deal", "closed_at") == [START + timedelta(days=1.25)]


def test_a_duration_may_decide_which_row_is_the_latest(shop: Shop) -> None:
    shop.write("tickets.csv", "id,at,age\n1,2024-01-31 10:00,2\n")
    columns = {
        "ticket_id": "id",
        "created_at": "at",
        "updated_at": {"from": "age", "after": "created_at", "unit": "days"},
    }
    shop.load("ticket", path="tickets.csv", columns=columns)
    assert shop.rows("ticket", "_version_at") == [START + timedelta(days=2)]


# ---------------------------------------------------------------------------------------------------------- the manual


def test_the_example_of_the_manual_loads_what_it_says(shop: Shop) -> None:
    page = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
    [snippet] = [each for each in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "helpdesk" in each]
    [table] = yaml.safe_load(snippet)["sources"][0]["tables"]
    header = (
        "Ticket ID,Created At,Brand,Group Name,Resolution SLA,First reply time (minutes),Resolution time,"
        "Associated Contact IDs"
    )
    rows = [
        "1,2024-01-31 10:00,Lumen,Support,within sla,90,26:30:00,c1;c2",
        "2,2024-01-31 10:00,Lumen,Sales,Not applicable,,,",
        "3,2024-01-31 10:00,Lumen,Test,SLA Violated,,,",
        "4,2024-01-31 10:00,Other,Sales,SLA Violated,,,",
        header,
        "Total,4",
        "",
        "created by the helpdesk",
    ]
    shop.write("extracts/tickets-1.csv", "\n".join([header, *rows]))
    report = shop.load("ticket", {key: value for key, value in table.items() if key != "entity"})
    assert (report.failures, report.quarantined, report.new_loads[0].filtered) == ([], 0, 3)
    assert shop.rows("ticket", "ticket_id", "channel", "sla_met", "first_response_at", "resolved_at", "customer_id",
                     "team") == [
        ("1", "email", True, START + timedelta(minutes=90), START + timedelta(hours=26.5), "c1", "Support"),
        ("2", "email", None, None, None, None, "Sales"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "where",
    ["where: '\"Pipeline\" = ''Sales'''", 'where: "\\"Pipeline\\" = \'Sales\'"', "where: >-\n  \"Pipeline\" = 'Sales'"],
)
def test_names_in_double_quotes_within_the_quotes_of_yaml(where: str) -> None:
    assert yaml.safe_load(where) == {"where": "\"Pipeline\" = 'Sales'"}
