"""Mailchimp, as a server on loopback answers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.raw import RawStore
from pipelines.sources import ExtractContext, StreamReport
from pipelines.sources.mailchimp.settings import MailchimpSettings
from pipelines.sources.mailchimp.source import MailchimpSource
from tests.vendors.mailchimp.mailchimp_server import KEY, Campaign, MailchimpServer
from tests.vendors.vendor_server import Answer, Asked, Fault

NOW = datetime(2025, 11, 3, 7, tzinfo=UTC)
SENT = datetime(2025, 10, 20, 8, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[MailchimpServer]:
    server = MailchimpServer()
    with server.running():
        yield server


class Extract:
    """Extracts of an account into a home."""

    def __init__(self, server: MailchimpServer, home: Path) -> None:
        self.server = server
        self.store = RawStore(home)

    def source(self, **settings: Any) -> MailchimpSource:
        given = {"api_key": KEY, **settings}
        return MailchimpSource(MailchimpSettings(name="mail", type="mailchimp", base_url=self.server.base_url, **given))

    def probe(self) -> list[str]:
        return self.source().probe(self._context())

    def _context(self) -> ExtractContext:
        return ExtractContext(self.store, Path(), "Europe/Paris", NOW, NOW)

    def run(self, **settings: Any) -> dict[str, StreamReport]:
        """Extracts everything; returns the reports by stream."""
        source, context = self.source(**settings), self._context()
        return {report.stream: report for report in source.extract([each.name for each in source.streams()], context)}

    def rows(self, stream: str, columns: str) -> list[tuple[Any, ...]]:
        """The rows of raw in the order in which they were loaded."""
        rows, _ = self.store.files("mail", stream, self.store.loads("mail", stream))
        paths = [str(file.path) for file in rows]
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(
                f"SELECT {columns} FROM read_parquet($paths) ORDER BY _load_sequence, _row", {"paths": paths}
            ).fetchall()


@pytest.fixture
def extract(server: MailchimpServer, tmp_path: Path) -> Extract:
    return Extract(server, tmp_path)


def campaign(number: int, recipients: int = 3, sent: datetime = SENT) -> Campaign:
    return Campaign(
        {
            "id": f"c{number}",
            "send_time": sent.isoformat(),
            "settings": {"title": f"Issue {number}"},
            "emails_sent": recipients,
        },
        [
            {"email_id": f"p{person}", "email_address": f"p{person}@example.com", "status": "sent"}
            for person in range(recipients)
        ],
    )


def order(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number), "store_id": "shop", "customer": {"id": "7", "email_address": "p1@example.com"},
        "processed_at_foreign": SENT.isoformat(), "order_total": 19.9, "currency_code": "EUR", "financial_status": "paid",
        "cancelled_at_foreign": "", **fields,
    }  # fmt: skip


def test_recipients_have_the_first_moment_of_what_they_did(server: MailchimpServer, extract: Extract) -> None:
    sent = campaign(1)
    later = [(SENT + timedelta(hours=hours)).isoformat() for hours in range(5)]
    sent.activity = {
        "p0": [
            {"action": "open", "timestamp": later[3]},
            {"action": "open", "timestamp": later[1]},
            {"action": "click", "timestamp": later[2]},
        ]
    }
    sent.sent_to[1]["status"] = "soft"
    sent.unsubscribed = [{"email_id": "p2", "timestamp": later[4], "reason": "too many letters"}]
    sent.abuse = [{"email_id": "p2", "date": later[4]}]
    server.campaigns["c1"] = sent

    reports = extract.run()

    assert {name: report.failures for name, report in reports.items()} == {"campaigns": [], "sent_to": [], "orders": []}
    moment = [SENT + timedelta(hours=hours) for hours in range(5)]
    columns = "send_id, email, sent_at, bounced_at, first_opened_at, first_clicked_at, unsubscribed_at, complained_at"
    assert extract.rows("sent_to", columns) == [
        ("c1/p0", "p0@example.com", SENT, None, moment[1], moment[2], None, None),
        ("c1/p1", "p1@example.com", SENT, SENT, None, None, None, None),
        ("c1/p2", "p2@example.com", SENT, None, None, None, moment[4], moment[4]),
    ]
    assert extract.rows("campaigns", "id, title, send_time") == [("c1", "Issue 1", SENT)]
    assert [load.newest_at for load in reports["sent_to"].new_loads] == [moment[4]]


def test_what_has_not_changed_is_not_loaded_again(server: MailchimpServer, extract: Extract) -> None:
    server.campaigns["c1"] = campaign(1)
    server.orders["1"] = order(1)
    extract.run()

    assert {report.unchanged for report in extract.run().values()} == {1}

    server.campaigns["c1"].activity["p1"] = [{"action": "open", "timestamp": NOW.isoformat()}]
    server.orders["1"]["financial_status"] = "refunded"
    changed = extract.run()
    assert {name: report.rows for name, report in changed.items()} == {"campaigns": 0, "sent_to": 1, "orders": 1}


def test_an_order_that_is_gone_is_deleted_and_comes_back(server: MailchimpServer, extract: Extract) -> None:
    server.orders = {"1": order(1), "2": order(2)}
    extract.run()
    gone = server.orders.pop("1")
    assert [load.deleted for load in extract.run()["orders"].new_loads] == [1]
    assert extract.run()["orders"].new_loads == []
    server.orders["1"] = gone
    assert [load.rows for load in extract.run()["orders"].new_loads] == [1]


def test_a_list_that_moves_while_it_is_read_is_read_again(server: MailchimpServer, extract: Extract) -> None:
    server.orders = {str(number): order(number) for number in range(1_500)}
    moves = iter([True])

    def one_goes_to_the_front(asked: Asked) -> None:
        if asked.path.endswith("/orders") and asked.query["offset"] == "1000" and next(moves, False):
            server.orders = {"new": order(1_500, id="new")} | server.orders
            server.orders.pop("1499")
            server.orders.pop("3")
            server.orders["3"] = order(3)

    server.before = one_goes_to_the_front
    extract.run()
    assert {key for (key,) in extract.rows("orders", "id")} == set(server.orders)


def test_two_stores_may_number_their_orders_alike(server: MailchimpServer, extract: Extract) -> None:
    server.orders = {"a": order(1), "b": order(1, store_id="outlet")}
    extract.run()
    assert extract.rows("orders", "store_id, id") == [("shop", "1"), ("outlet", "1")]


def test_a_list_that_is_counted_otherwise_by_the_vendor_is_read_all_the_same(
    server: MailchimpServer, extract: Extract
) -> None:
    server.orders = {"1": order(1), "2": order(2)}
    server.uncounted = 1
    assert extract.run()["orders"].failures == []
    assert len(extract.rows("orders", "id")) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Answer("Too many requests", 429, {"Content-Type": "text/plain"})),
        Fault(Answer({}, 429, {"Retry-After": "0"})),
        Fault(Answer({"title": "limit reached"}, 403)),
        Fault(Answer({}, 500)),
        Fault(hangs_up=True),
        Fault(is_cut=True),
    ],
    ids=["429", "429 after", "403", "500", "hang up", "cut"],
)
def test_a_fault_that_passes_costs_nothing_but_time(server: MailchimpServer, extract: Extract, fault: Fault) -> None:
    server.campaigns["c1"] = campaign(1)
    server.faults = [fault]
    reports = extract.run()
    assert [report.failures for report in reports.values()] == [[], [], []]
    assert len(extract.rows("sent_to", "send_id")) == 3


def test_a_revoked_key_fails_with_what_to_do_and_without_the_key(server: MailchimpServer, extract: Extract) -> None:
    server.key = "another"
    failures = [report.failures for report in extract.run().values()]
    assert failures[0][0] == (
        "Mailchimp refuses /3.0/campaigns (HTTP 401): create a new API key under Profile, Extras, API keys, and put it"
        " into the environment variable"
    )
    assert KEY not in str(failures)


def test_a_record_that_is_not_valid_is_quarantined(server: MailchimpServer, extract: Extract) -> None:
    server.orders = {"1": order(1), "2": order(2, order_total="a lot")}
    report = extract.run()["orders"]
    assert (report.rows, report.quarantined) == (1, 1)
    [rejected] = report.rejections.values()
    assert (rejected.column, rejected.reason) == ("order_total", "a lot is no number")


def test_neither_subjects_nor_reasons_nor_addresses_of_machines_are_asked_for(
    server: MailchimpServer, extract: Extract
) -> None:
    server.campaigns["c1"] = campaign(1)
    server.orders["1"] = order(1)
    extract.run()
    asked = {field.rpartition(".")[2] for each in server.asked for field in each.query["fields"].split(",")}
    assert not asked & {"subject_line", "reason", "ip", "address", "first_name", "last_name", "sms_phone_number"}
    assert all("fields" in each.query for each in server.asked)


def test_the_doctor_is_given_what_the_credentials_lack(server: MailchimpServer, extract: Extract) -> None:
    assert extract.probe() == []
    server.key = "another"
    [problem] = extract.probe()
    assert "HTTP 401" in problem
    assert "create a new API key" in problem
    assert KEY not in problem


def test_what_was_sent_or_ordered_before_the_start_date_is_not_loaded(
    server: MailchimpServer, extract: Extract
) -> None:
    server.campaigns = {"c1": campaign(1), "c2": campaign(2, sent=SENT - timedelta(days=30))}
    server.orders = {"1": order(1), "2": order(2, processed_at_foreign=(SENT - timedelta(days=30)).isoformat())}
    extract.run(start_date=SENT.date(), resources=("sent_to", "orders"))
    assert {name for (name,) in extract.rows("sent_to", "campaign_id")} == {"c1"}
    assert extract.rows("orders", "id") == [("1",)]
    assert extract.store.loads("mail", "campaigns") == []


def test_an_answer_of_another_form_fails_its_resource_alone(server: MailchimpServer, extract: Extract) -> None:
    server.orders = {"1": order(1)}
    server.faults = [Fault(Answer({"campaigns": ["one"], "total_items": 1}))]
    reports = extract.run()
    assert reports["campaigns"].failures == [
        "the answer for campaigns has not the form that was expected (AttributeError): the API may have changed; look for"
        " a newer version of Vigie, or report it"
    ]
    assert reports["orders"].rows == 1
