"""Warnings: what is probably wrong with rows that could be read."""

import json
from datetime import date, timedelta

import pytest

from pipelines.raw import Load
from pipelines.sources.files.warnings import far_years
from pipelines.sources.health import warnings_in_force
from tests.sources.shop import Shop

ORDERS = "order_id,customer_id,ordered_at,amount,status\n"


def _warnings(shop: Shop, entity: str, text: str, **table: object) -> dict[str, str]:
    """Returns the messages of a load of `text`, by column and problem."""
    shop.write("extract.csv", text)
    report = shop.load(entity, path="extract.csv", **table)
    assert report.failures == []
    (load,) = report.new_loads
    assert Load.from_json(load.to_json()) == load
    return {f"{warning.column} {warning.problem}": warning.message for warning in load.warnings}


def _order(number: int, at: str, customer: str = "c", status: str = "paid") -> str:
    return f"o{number},{customer},{at},10,{status}\n"


def test_usual_rows_give_no_warning(shop: Shop) -> None:
    days = (date(2029, 1, 1) + timedelta(days=3 * number) for number in range(150))
    rows = "".join(_order(number, f"{day}T10:00:00Z", f"c{number % 7}") for number, day in enumerate(days))
    assert _warnings(shop, "order", ORDERS + rows) == {}


@pytest.mark.parametrize(("stray", "named"), [("1900-01-01", "1900"), ("2199-12-31", "2199")])
def test_dates_far_from_the_rest(shop: Shop, stray: str, named: str) -> None:
    rows = "".join(_order(number, f"2029-{number % 5 + 1:02}-15") for number in range(40))
    found = _warnings(shop, "order", ORDERS + rows + _order(99, stray))
    assert found == {
        "ordered_at far_dates": f"1 of 41 rows are of {named}, far from the rest (2029): if that means that there is no"
        " date, add what the file has there to null_values"
    }


def test_what_is_far() -> None:
    assert far_years({1900: 3, 2019: 900, 2020: 1000, 2099: 2}) == [1900, 2099]
    assert far_years({2019: 900, 2020: 1000}) == []
    assert far_years({1997: 400, 2020: 600}) == []
    assert far_years({1970: 1, 2020: 1}) == []
    assert far_years({2020: 5}) == []
    assert far_years({}) == []


def test_dates_in_the_future(shop: Shop) -> None:
    rows = "".join(_order(number, "2030-05-15") for number in range(9))
    found = _warnings(shop, "order", ORDERS + rows + _order(9, "2030-09-30") + _order(10, "2030-06-01T23:00:00Z"))
    assert found == {
        "ordered_at future_dates": "1 of 11 rows are in the future, the last on 2030-09-30: they do not count before"
        " that day; if they are only planned or expected, map the column of the real date"
    }


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Sao_Paulo", "Asia/Kathmandu"])
@pytest.mark.parametrize("end", ["9999-12-31T23:59:59Z", "9999-12-31 23:59:59", "9999-12-31"])
def test_the_end_of_the_calendar_is_a_date(shop: Shop, zone: str, end: str) -> None:
    # Many systems write it where there is no end. In some zones it is a day of the year 10000.
    rows = "".join(_order(number, "2029-05-15") for number in range(9))
    found = _warnings(shop, "order", ORDERS + rows + _order(9, end), timezone=zone)
    assert list(found) == ["ordered_at far_dates"]


def test_day_and_month_that_changed_places(shop: Shop) -> None:
    dates = [f"{number % 12 + 1:02}/{number % 28 + 1:02}/2029" for number in range(84)]
    rejected = sum(date[3:5] > "12" for date in dates)
    rows = "".join(_order(number, date) for number, date in enumerate(dates))
    assert _warnings(shop, "order", ORDERS + rows, datetime_format="%d/%m/%Y") == {
        "ordered_at exchanged_dates": f"{rejected} of {rejected} rows that were rejected are dates if day and month"
        " change places (%m/%d/%Y): then the accepted rows are wrong as well; correct datetime_format"
    }


def test_no_day_after_the_twelfth(shop: Shop) -> None:
    rows = "".join(_order(number, f"2029-{number % 9 + 1:02}-{number % 12 + 1:02}") for number in range(80))
    assert _warnings(shop, "order", ORDERS + rows) == {
        "ordered_at exchanged_dates": "none of 80 dates is after the 12th of a month: day and month have probably"
        " changed places; compare some with the system, and correct datetime_format or the export"
    }


def test_the_first_of_each_month_is_no_exchange(shop: Shop) -> None:
    rows = "".join(_order(number, f"2029-{number % 9 + 1:02}-01") for number in range(80))
    assert _warnings(shop, "order", ORDERS + rows) == {}


def test_garbled_text(shop: Shop) -> None:
    shop.write("extract.csv", "customer_id,name\n1,Zoé\n2,Ann\n")
    (load,) = shop.load("customer", path="extract.csv", encoding="latin-1").new_loads
    assert [warning.message for warning in load.warnings] == [
        '1 of 2 rows have garbled characters, such as "ZoÃ©": the file is UTF-8; set encoding: utf-8'
    ]
    (load,) = shop.load("customer", path="extract.csv").new_loads
    assert load.warnings == ()
    shop.write("twice.csv", "customer_id,name\n1,ZoÃ©\n2,Zo\ufffd\n")
    (load,) = shop.load("customer", path="twice.csv").new_loads
    assert "the file was written so" in load.warnings[0].message


def test_several_ids_in_a_cell(shop: Shop) -> None:
    text = "ID,When,Contacts,Note\n" + "".join(f"{number},2029-01-15,12;{number},a; b\n" for number in range(5))
    columns = {"ticket_id": "ID", "created_at": "When", "customer_id": "Contacts", "category": "Note"}
    assert _warnings(shop, "ticket", text, columns=columns) == {
        "customer_id several_ids": '5 of 5 rows hold several ids, such as "12;0", which match no other record: take'
        ' one with customer_id: {from: "Contacts", split: ";", take: first}'
    }


@pytest.mark.parametrize(
    ("cell", "separator"), [("C-1, C-{n}", ","), ("a@x.com,b{n}@x.com", ","), ("ann|bo{n}", "|"), ("12; {n};", ";")]
)
def test_codes_and_addresses_in_a_cell_are_several(shop: Shop, cell: str, separator: str) -> None:
    rows = "".join(f'{n},2029-01-15,"{cell.format(n=n)}"\n' for n in range(5))
    (message,) = _warnings(shop, "ticket", "ticket_id,created_at,customer_id\n" + rows).values()
    assert f'split: "{separator}", take: first' in message


@pytest.mark.parametrize(
    "name", ["Fabrikam, Inc.", "Contoso,Ltd", "Müller, Maier & Co. KG", "3M, Inc.", "Lee, Ann", "Acme; Sons & Co"]
)
def test_a_name_with_a_comma_is_one_id(shop: Shop, name: str) -> None:
    rows = "".join(f'{n},2029-01-15,"{name}"\n' for n in range(5))
    assert _warnings(shop, "ticket", "ticket_id,created_at,customer_id\n" + rows) == {}


def test_values_off_a_list_with_their_counts(shop: Shop) -> None:
    text = "Id,Start,Richtung\n" + "".join(
        f"{number},2029-01-15,{'ein' if number % 3 else 'aus'}\n" for number in range(6)
    )
    columns = {"call_id": "Id", "started_at": "Start", "direction": "Richtung"}
    assert _warnings(shop, "call", text, columns=columns) == {
        "direction unlisted_values": '6 rejected rows have values that are not one of inbound, outbound: "ein" (4),'
        ' "aus" (2); map them with direction: {from: "Richtung", map: {"ein": …, "aus": …}}'
    }


def test_statuses_in_another_language(shop: Shop) -> None:
    text = ORDERS + "".join(_order(number, "2029-01-15", status="Bezahlt") for number in range(3))
    found = _warnings(shop, "order", text + _order(9, "2029-01-15", status="Storniert"))
    assert found == {
        "status foreign_statuses": 'none of the statuses is a known English or French word: "Bezahlt" (3), "Storniert" (1);'
        " what does not count (cancelled, test, spam, deleted) is found by such words: map them with status:"
        ' {from: "status", map: {"Bezahlt": …, "Storniert": …}}, or name those in kpis.revenue.excluded_statuses'
    }


def test_english_and_french_statuses_and_codes_give_no_warning(shop: Shop) -> None:
    rows = "".join(_order(number, "2029-01-15", status=f"{number % 3}") for number in range(9))
    assert _warnings(shop, "order", ORDERS + rows) == {}
    for status in ("wc-on-hold", "Payée", "En attente", "En cours de traitement"):
        rows = "".join(_order(number, "2029-01-15", status=status) for number in range(8))
        assert _warnings(shop, "order", ORDERS + rows) == {}


def test_a_problem_of_many_loads_is_named_once(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.write(f"orders-{number}.csv", ORDERS + _order(number, "2029-01-15", status=f"Bezahlt {number}"))
        shop.load("order", path="orders-*.csv")
    (line,) = warnings_in_force(shop.loads("order"))
    assert line.startswith("order status, orders-3.csv (and 2 more loads): none of the statuses")


def test_loads_of_a_version_without_warnings_can_be_read(shop: Shop) -> None:
    shop.write("orders.csv", ORDERS + _order(1, "2029-01-15"))
    (load,) = shop.load("order", path="orders.csv").new_loads
    entry = json.loads(json.dumps(load.to_json()))
    del entry["warnings"]
    assert Load.from_json(entry) == load
