"""From cells to the entity's types, and the reasons why a cell is rejected."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.sources.shop import Shop, utc


def leads(shop: Shop, *moments: str, **settings: Any) -> dict[str, datetime]:
    """The moments that were loaded, by their text; rejected ones are missing."""
    quoted = ['"' + moment.replace('"', '""') + '"' for moment in moments]
    shop.write("leads.csv", "lead_id,created_at\n" + "".join(f"{text},{text}\n" for text in quoted))
    report = shop.load(path="leads.csv", **settings)
    assert report.failures == []
    return dict(shop.rows("lead", "lead_id", "created_at"))


def reasons(shop: Shop, entity: str = "lead") -> list[str]:
    return [record["reason"] for record in shop.quarantine(entity)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-01-31", "2024-01-30T23:00"),
        ("2024-07-31", "2024-07-30T22:00"),
        ("2024-01-31 10:00", "2024-01-31T09:00"),
        ("2024-01-31T10:00:59", "2024-01-31T09:00:59"),
        ("2024-01-31t10:00:59.5", "2024-01-31T09:00:59.500000"),
        ("2024-01-31 10:00:59,123456789", "2024-01-31T09:00:59.123456"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00"),
        ("2024-01-31T10:00:00.123Z", "2024-01-31T10:00:00.123000"),
        ("2024-01-31T10:00Z", "2024-01-31T10:00"),
        ("2024-01-31 10:00:00 UTC", "2024-01-31T10:00"),
        ("2024-01-31T10:00:00+00:00", "2024-01-31T10:00"),
        ("2024-01-31T10:00:00+02:00", "2024-01-31T08:00"),
        ("2024-01-31T10:00-0530", "2024-01-31T15:30"),
        ("2024-01-31 10:00+02", "2024-01-31T08:00"),
        ("20240131", "2024-01-30T23:00"),
        ("20240131T1030", "2024-01-31T09:30"),
        ("20240131T103059", "2024-01-31T09:30:59"),
        ("20240131T103059Z", "2024-01-31T10:30:59"),
        ("20240131T1030+01:00", "2024-01-31T09:30"),
        ("20240131T103059-0130", "2024-01-31T12:00:59"),
        ("2013-02-26 10:30:00 +0100", "2013-02-26T09:30"),
        ("2026-05-01T07:25:37.000+0000", "2026-05-01T07:25:37"),
        ("9999-12-31", "9999-12-30T23:00"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00"),
        ("2024-02-29", "2024-02-28T23:00"),
    ],
)
def test_iso_8601_by_default(shop: Shop, moment: str, expected: str) -> None:
    assert leads(shop, moment, f"  {moment} ") == {moment: utc(expected)}


def test_other_texts_are_not_iso_8601(shop: Shop) -> None:
    wrong = [
        "31/12/2024", "12/11/10", "2024/01/31", "2024-1-5", "2024-01", "24-01-05", "2024-02-30", "2023-02-29",
        "2024-13-01", "20241301", "20240131T25", "20240131T2500", "02024013", "20240131T10+99", "202401", "2024-W05-3",
        "infinity", "-infinity", "epoch", "now", "today", "2024-01-31T", "2024-01-31 10", "2024-01-31 25:00",
        "2024-01-31 (BC)", "2024-01-31  (BC)", "2024-01-31T10:00:00 Europe/Paris", "2024-01-31T10:00:00 fooZ",
        "2024-01-31 10:00:00+99", "20240-01-01", "-024-01-01", "1706659200", "45322.5", "NaN", "２０２４-01-31",
    ]  # fmt: skip
    assert leads(shop, *wrong) == {}
    assert reasons(shop) == [f'"{moment}" is not an ISO 8601 date; set datetime_format' for moment in wrong]


def test_dates_that_mean_never(shop: Shop) -> None:
    assert leads(shop, "0001-01-01", "0001-01-01T00:00:00Z", "0000-00-00") == {}
    assert all("is before the year 1000; if it means nothing, add it to null_values" in each for each in reasons(shop))
    shop.write("customers.csv", "customer_id,churned_at\na,1900-01-01\nb,n/a\nc,?\nd,\ne,2024-01-31\n")
    shop.load("customer", path="customers.csv", null_values=["1900-01-01", "n/a", "?"])
    assert shop.rows("customer", "churned_at") == [None, None, None, None, utc("2024-01-30T23:00")]


@pytest.mark.parametrize(
    ("settings", "moment", "expected"),
    [
        ({"datetime_format": "%d/%m/%Y %H:%M"}, "29/2/2016 01:16", "2016-02-29T00:16"),
        ({"datetime_format": "%m/%d/%y %I:%M %p"}, "02/23/26 08:55 PM", "2026-02-23T19:55"),
        ({"datetime_format": "%b %d, %Y %I:%M %p"}, "Jun 09, 2018 09:30 pm", "2018-06-09T19:30"),
        ({"datetime_format": "%Y%m%d"}, "19970101", "1996-12-31T23:00"),
        ({"datetime_format": ["%d/%m/%Y", "%Y-%m-%d"]}, "2024-01-31", "2024-01-30T23:00"),
        ({"datetime_format": "%Y-%m-%d %H:%M:%S%z"}, "2024-01-31 10:00:00+0500", "2024-01-31T05:00"),
        ({"datetime_format": ["%d.%m.%Y", "%d.%m.%Y %H:%M %Z"]}, "31.01.2024 10:00 Asia/Tokyo", "2024-01-31T01:00"),
        ({"datetime_format": "%d/%m/%Y", "timezone": "America/Sao_Paulo"}, "31/01/2018", "2018-01-31T02:00"),
    ],
)
def test_other_formats(shop: Shop, settings: dict[str, Any], moment: str, expected: str) -> None:
    assert leads(shop, moment, **settings) == {moment: utc(expected)}


def test_a_text_without_the_format_is_rejected(shop: Shop) -> None:
    assert (
        leads(shop, "31/02/2024", "infinity", "2024-01-31", "31/12/2024 x", datetime_format=["%d/%m/%Y", "%d.%m.%y"])
        == {}
    )
    assert reasons(shop)[0] == (
        '"31/02/2024" is not a date written as "%d/%m/%Y" or "%d.%m.%y"; fix the cell, or add its format to datetime_format'
    )
    assert len(reasons(shop)) == 4


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Europe/Paris", "2024-03-31 01:59:59", "2024-03-31T00:59:59"),
        ("Europe/Paris", "2024-03-31 02:30:00", "2024-03-31T01:30"),
        ("Europe/Paris", "2024-03-31 03:00:00", "2024-03-31T01:00"),
        ("Europe/Paris", "2024-10-27 01:59:59", "2024-10-26T23:59:59"),
        ("Europe/Paris", "2024-10-27 02:30:00", "2024-10-27T01:30"),
        ("Europe/Paris", "2024-10-27 03:00:00", "2024-10-27T02:00"),
        ("America/New_York", "2024-11-03 12:00:00", "2024-11-03T17:00"),
        ("Asia/Kolkata", "2024-01-01 00:00:00", "2023-12-31T18:30"),
        ("UTC", "2024-03-31 02:30:00", "2024-03-31T02:30"),
        ("Europe/Paris", "1975-07-01 00:00:00", "1975-06-30T23:00"),
        ("Europe/Paris", "2060-07-01 00:00:00", "2060-06-30T22:00"),
    ],
)
def test_clocks_that_change(shop: Shop, zone: str, moment: str, expected: str) -> None:
    assert leads(shop, moment, timezone=zone) == {moment: utc(expected)}


def test_dates_are_days_in_the_tables_zone(shop: Shop) -> None:
    shop.write(
        "spend.csv",
        "date,category,amount\n2024-01-31,sales,1\n2024-01-31T23:30:00Z,Sales,2\n2024-01-31 23:30,SALES,3\n",
    )
    shop.load("spend", path="spend.csv")
    assert shop.rows("spend", "date", "category") == [
        (date(2024, 1, 31), "sales"),
        (date(2024, 2, 1), "sales"),
        (date(2024, 1, 31), "sales"),
    ]


NUMBERS = {
    "1234.5": "1234.5", "-0.5": "-0.5", "+7": "7", ".5": "0.5", "5.": "5", "1e3": "1000", " 12 ": "12", "0": "0",
    "999999999999.999999": "999999999999.999999", "1.0000004": "1",
}  # fmt: skip
NO_NUMBERS = [
    "1_000",
    "1,5",
    "1,234.5",
    "1 000",
    "12%",
    "€ 5",
    "5 EUR",
    "NaN",
    "inf",
    "-Infinity",
    "0x1F",
    "--5",
    "abc",
    "1.2.3",
    "1e999",
]


def orders(shop: Shop, amounts: list[str], **settings: Any) -> list[Decimal]:
    quoted = ['"' + amount.replace('"', '""') + '"' for amount in amounts]
    body = "".join(f"{number},c,2024-01-31,{text}\n" for number, text in enumerate(quoted))
    shop.write("orders.csv", "order_id,customer_id,ordered_at,amount\n" + body)
    assert shop.load("order", path="orders.csv", **settings).failures == []
    return shop.rows("order", "amount")


def test_money(shop: Shop) -> None:
    assert orders(shop, list(NUMBERS)) == [Decimal(number) for number in NUMBERS.values()]
    orders(shop, NO_NUMBERS)
    assert len(shop.quarantine("order")) == len(NO_NUMBERS)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (
            "1,234.5",
            "is not a number with the decimal mark '.' and no marks between thousands; check decimal and thousands",
        ),
        ("€ 5", "has a sign beside the number; remove it with `expr: replace(…)`"),
        ("12 %", "has a sign beside the number"),
        ("5 EUR", "has a sign beside the number"),
        ("NaN", "is not a finite number"),
        ("1e15", "is too large for an amount of money"),
        ("1000000000000", "is too large for an amount of money"),
        ("twelve", '"twelve" is not a number'),
    ],
)
def test_reasons_why_a_text_is_no_amount(shop: Shop, amount: str, words: str) -> None:
    assert orders(shop, [amount]) == []
    assert words in reasons(shop, "order")[0]


@pytest.mark.parametrize(
    ("settings", "good", "bad"),
    [
        ({"decimal": ","}, {"1,5": "1.5", "-3": "-3"}, ["1.5", "1.234,5", "1,2,3"]),
        ({"thousands": ","}, {"1,234.50": "1234.5", "12": "12", "1,234,567": "1234567", "1234.5": "1234.5"}, ["1,2,3", "12,34.5", ",5", "1,2345", "1.234,5"]),
        ({"decimal": ",", "thousands": "."}, {"1.234,50": "1234.5", "-1.234": "-1234"}, ["1.2", "1,234.5", "12.34,5"]),
        ({"decimal": ",", "thousands": " "}, {"1 234,50": "1234.5", "1\u00a0234": "1234", "1\u202f234,5": "1234.5"}, ["12 34,5", "1.5"]),
        ({"thousands": "'"}, {"1'234.5": "1234.5", "1\u2019234": "1234"}, ["1,5"]),
        ({"thousands": "_"}, {"1_234.5": "1234.5"}, ["1_2"]),
    ],
)  # fmt: skip
def test_decimal_and_thousands_marks(
    shop: Shop, settings: dict[str, Any], good: dict[str, str], bad: list[str]
) -> None:
    assert orders(shop, [*good, *bad], **settings) == [Decimal(number) for number in good.values()]
    assert [record["value"] for record in shop.quarantine("order")] == bad


def test_whole_numbers(shop: Shop) -> None:
    good = {"3": 3, "3.0": 3, "-7": -7, "1e3": 1000, "9223372036854775807": 9223372036854775807}
    bad = ["3.5", "9223372036854775808", "0x1F", "1_000", "three"]
    body = "".join(f"o,{text}\n" for text in [*good, *bad])
    shop.write("lines.csv", "order_id,line_number\n" + body)
    shop.load("order_line", path="lines.csv")
    assert shop.rows("order_line", "line_number") == list(good.values())
    assert reasons(shop, "order_line")[0] == '"3.5" is not a whole number'
    assert [record["value"] for record in shop.quarantine("order_line")] == bad


def test_numbers_are_finite(shop: Shop) -> None:
    shop.write("lines.csv", "order_id,line_number,quantity\no,1,1e308\no,2,NaN\no,3,Infinity\no,4,1e400\no,5,0.1\n")
    shop.load("order_line", path="lines.csv")
    assert shop.rows("order_line", "quantity") == [1e308, 0.1]


COUNTS = 'date,campaign_id,clicks,conversions,cost\n2030-01-01,k,"0","0.5",-3\n2030-01-02,k,"-1",1,1\n2030-01-03,k,1,"-0,5",1\n'


def test_nothing_is_counted_below_zero_but_an_amount_may_be(shop: Shop) -> None:
    shop.write("ads.csv", COUNTS.replace("-0,5", "-0.5"))
    shop.load("ad_stat", path="ads.csv")
    assert shop.rows("ad_stat", "clicks", "conversions", "cost") == [(0, 0.5, Decimal(-3))]
    assert [(each["file"], each["row"], each["column"], each["reason"]) for each in shop.quarantine("ad_stat")] == [
        ("ads.csv", 3, "clicks", '"-1" is below 0; if it means unknown, add it to null_values'),
        ("ads.csv", 4, "conversions", '"-0.5" is below 0; if it means unknown, add it to null_values'),
    ]


def test_a_count_that_stands_for_unknown_is_unknown(shop: Shop) -> None:
    shop.write("ads.csv", COUNTS.replace("0.5", "0,5"))
    shop.load("ad_stat", path="ads.csv", decimal=",", null_values=["-1", "-0,5"])
    assert shop.rows("ad_stat", "clicks", "conversions") == [(0, 0.5), (None, 1), (1, None)]
    assert shop.quarantine("ad_stat") == []


def test_numbers_of_json_and_expressions_are_not_below_zero_either(shop: Shop) -> None:
    shop.write(
        "ads.json",
        '[{"day": "2030-01-01", "k": "k", "n": -1, "x": 5}, {"day": "2030-01-02", "k": "k", "n": 1, "x": -2.5}]',
    )
    shop.load(
        "ad_stat",
        path="ads.json",
        decimal=",",
        columns={"date": "day", "campaign_id": "k", "clicks": "n", "conversions": "expr: x * 2"},
    )
    assert shop.rows("ad_stat") == []
    assert reasons(shop, "ad_stat") == [
        '"-1" is below 0; if it means unknown, add it to null_values',
        '"-5" is below 0; if it means unknown, add it to null_values',
    ]


def test_booleans(shop: Shop) -> None:
    words = {
        "true": True, "TRUE": True, "1": True, "yes": True, "Y": True, "t": True, "Oui": True, "VRAI": True, "": None,
        "false": False, "0": False, "No": False, "n": False, "F": False, "non": False, "Faux": False,
    }  # fmt: skip
    body = "".join(f"d{number},2024-01-31,{word}\n" for number, word in enumerate([*words, "maybe", "2"]))
    shop.write("deals.csv", "deal_id,created_at,is_won\n" + body)
    shop.load("deal", path="deals.csv")
    assert shop.rows("deal", "is_won") == list(words.values())
    assert reasons(shop, "deal") == [
        f'"{word}" is neither true nor false; map it with `map`' for word in ("maybe", "2")
    ]


def test_allowed_values_are_accepted_in_any_letter_case(shop: Shop) -> None:
    shop.write(
        "calls.csv", "call_id,started_at,direction\n1,2024-01-31,Inbound\n2,2024-01-31, OUTBOUND \n3,2024-01-31,in\n"
    )
    shop.load("call", path="calls.csv")
    assert shop.rows("call", "direction") == ["inbound", "outbound"]
    assert reasons(shop, "call") == ['"in" is not one of inbound, outbound; map it with `map`']


def test_text_is_stripped_and_never_empty(shop: Shop) -> None:
    body = 'a,2024-01-31, two  words \nb,2024-01-31,"\t\n x\n"\nc,2024-01-31,"\u00a0n\u00a0"\nd,2024-01-31,"  "\n" ",2024-01-31,x\n'
    shop.write("leads.csv", "lead_id,created_at,channel\n" + body)
    shop.load(path="leads.csv", null_values=["?"])
    assert shop.rows("lead", "channel") == ["two  words", "x", "n", None]
    assert reasons(shop) == ["lead_id is empty"]


def test_odd_blanks_late_in_a_large_file_are_stripped_too(shop: Shop) -> None:
    plain = "".join(f"{number},2024-01-31,web\n" for number in range(20_000))
    shop.write("leads.csv", f"lead_id,created_at,channel\n{plain}x,2024-01-31\t,mail\u00a0\n")
    assert shop.load(path="leads.csv").quarantined == 0
    assert shop.rows("lead", "channel")[-1] == "mail"


def test_null_values_apply_to_every_column(shop: Shop) -> None:
    shop.write(
        "leads.csv",
        "lead_id,created_at,channel,converted_at\n1,2024-01-31, N/A ,?\nN/A,2024-01-31,web,\n3,2024-01-31,n/a,\n",
    )
    shop.load(path="leads.csv", null_values=["", "?", "N/A"])
    assert shop.rows("lead", "lead_id", "channel", "converted_at") == [("1", None, None), ("3", "n/a", None)]
    assert reasons(shop) == ["lead_id is empty"]


def test_one_of_a_group_must_be_filled(shop: Shop) -> None:
    header = "event_id,campaign_id,email,customer_id,event,occurred_at\n"
    shop.write("events.csv", header + "1,c,a@b.c,,open,2024-01-31\n2,c,,7,open,2024-01-31\n3,c,,,open,2024-01-31\n")
    shop.load("email_event", path="events.csv")
    assert shop.rows("email_event", "event_id") == ["1", "2"]
    assert reasons(shop, "email_event") == ["email and customer_id are both empty"]


def answers(
    shop: Shop, *rows: str, header: str = "response_id,kind,answered_at,score,scale_min,scale_max"
) -> list[Any]:
    shop.write("answers.csv", header + "\n" + "".join(f"{number},{row}\n" for number, row in enumerate(rows)))
    assert shop.load("survey_response", path="answers.csv").failures == []
    return shop.rows("survey_response", "kind", "score", "scale_min", "scale_max")


def test_scores_have_a_scale(shop: Shop) -> None:
    good = [
        "csat,2024-01-31,5,,",
        "NPS,2024-01-31,0,,",
        "ces,2024-01-31,7,,",
        "employee,2024-01-31,9,1,10",
        "csat,2024-01-31,-1,-2,2",
    ]
    bad = [
        "csat,2024-01-31,0,,",
        "csat,2024-01-31,6,,",
        "nps,2024-01-31,11,,",
        "ces,2024-01-31,8,,",
        "employee,2024-01-31,6,,",
        "csat,2024-01-31,3,,2",
        "nps,2024-01-31,5,5,5",
    ]
    assert answers(shop, *good, *bad) == [
        ("csat", 5, None, None), ("nps", 0, None, None), ("ces", 7, None, None), ("employee", 9, 1, 10), ("csat", -1, -2, 2),
    ]  # fmt: skip
    assert reasons(shop, "survey_response") == [
        '"0" is off the scale from 1 to 5; set scale_min and scale_max',
        '"6" is off the scale from 1 to 5; set scale_min and scale_max',
        '"11" is off the scale from 0 to 10; set scale_min and scale_max',
        '"8" is off the scale from 0 to 7; set scale_min and scale_max',
        '"6" is off the scale from 1 to 5; set scale_min and scale_max',
        '"3" is off the scale from 1 to 2; set scale_min and scale_max',
        '"5" is off the scale from 5 to 5; set scale_min and scale_max',
    ]


def test_zendesks_words_are_scores_from_0_to_1(shop: Shop) -> None:
    rows = ["csat,2024-01-31,Good,,", "csat,2024-01-31, bad ,1,5", "csat,2024-01-31,offered,,", "csat,2024-01-31,4,,"]
    assert answers(shop, *rows) == [("csat", 1, 0, 1), ("csat", 0, 0, 1), ("csat", 4, None, None)]
    assert reasons(shop, "survey_response") == ['"offered" is not a number']


def test_scores_without_columns_for_the_scale(shop: Shop) -> None:
    assert answers(shop, "csat,2024-01-31,GOOD", "csat,2024-01-31,9", header="response_id,kind,answered_at,score") == [
        ("csat", 1, 0, 1)
    ]


def test_long_values_are_cut_in_words_but_not_in_the_raw_row(shop: Shop) -> None:
    leads(shop, "x" * 500)
    (record,) = shop.quarantine()
    assert record["reason"] == f'"{"x" * 80}…" is not an ISO 8601 date; set datetime_format'
    assert record["raw"]["created_at"] == "x" * 500
