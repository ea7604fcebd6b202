"""HubSpot's credentials, scopes and limits, as a server on loopback enforces them."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.sources import ExtractContext
from pipelines.sources.hubspot.settings import HubSpotSettings
from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import REFRESH, SECRET, TOKEN, HubSpotServer
from tests.vendors.vendor_server import Answer, Asked, Fault

BEGUN = NOW - timedelta(days=30)
APP = {"client_id": "app", "client_secret": SECRET, "refresh_token": REFRESH}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "give a token, or client_id, client_secret and refresh_token"),
        ({"token": "pat", "client_id": "app"}, "give either token, or client_id"),
        ({"client_id": "app", "refresh_token": "r"}, "an OAuth app needs client_secret too"),
        ({"token": "pat", "resources": ["contacts", "deal"]}, "resources: deal is none of owners, contacts"),
        ({"token": "pat", "base_url": "http://api.example.com"}, "the credentials would be sent unencrypted"),
    ],
)
def test_settings_that_cannot_work_are_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HubSpotSettings(name="crm", type="hubspot", **keys)


def test_an_access_token_that_expires_midway_is_renewed(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 1_001):
        server.put("contacts", key, BEGUN)

    def expires(asked: Asked) -> None:
        if server.searches in {2, 4}:
            server.token = f"unknown-{server.searches}"
            server.searches += 1

    server.before = expires
    assert extract.run("contacts", **APP)["contacts"].failures == []
    assert server.issued == 3
    assert len(extract.rows("contacts", "id")) == 1_000


def test_a_refresh_token_that_was_revoked_fails_without_secrets(server: HubSpotServer, extract: Extract) -> None:
    reports = extract.run("contacts", **{**APP, "refresh_token": "another"})
    assert reports["contacts"].failures == [
        "HubSpot refuses to renew the access token: create a new access token in the private app, or install the OAuth"
        " app again, and put it into the environment variable; docs/connect-hubspot.md shows how"
    ]


def test_a_revoked_token_fails_with_what_to_do_and_without_the_token(server: HubSpotServer, extract: Extract) -> None:
    server.token = "another"
    failures = extract.run("contacts")["contacts"].failures
    assert failures == [
        "HubSpot refuses /crm/v3/objects/contacts/search (HTTP 401): create a new access token in the private app, or"
        " install the OAuth app again, and put it into the environment variable; docs/connect-hubspot.md shows how"
    ]
    assert TOKEN not in str(failures)


def test_a_missing_scope_is_named_and_stops_no_other_resource(server: HubSpotServer, extract: Extract) -> None:
    server.put("contacts", 1, BEGUN)
    server.forbidden = {"deals", "owners"}
    reports = extract.run("owners", "contacts", "deals")
    lacks = {
        name: f"HubSpot refuses {name}: the token lacks the scope crm.objects.{name}.read. Grant it in the private app,"
        " or name the other resources in the settings (resources: [contacts, deals])"
        for name in ("owners", "deals")
    }
    assert reports["owners"].failures == [lacks["owners"]]
    assert reports["deals"].failures == [lacks["deals"]]
    assert reports["contacts"].rows == 1
    source = extract.source(resources=("owners", "contacts", "deals"))
    context = ExtractContext(extract.store, Path(), "Europe/Paris", NOW, NOW)
    assert source.probe(context) == [lacks["owners"], lacks["deals"]]


def test_the_scope_of_contacts_is_named_where_deals_need_it(server: HubSpotServer, extract: Extract) -> None:
    server.put("deals", 1, BEGUN)
    server.forbidden = {"associations"}
    assert extract.run("deals")["deals"].failures == [
        "HubSpot refuses the contacts of deals: the token lacks the scope crm.objects.contacts.read. Grant it in the"
        " private app"
    ]


@pytest.mark.parametrize("content", [{}, {"status": "error"}, ""], ids=["empty", "error", "no content"])
def test_an_answer_without_records_deletes_nothing(server: HubSpotServer, extract: Extract, content: object) -> None:
    server.owners = [{"id": "1"}]
    server.put("contacts", 1, BEGUN)
    extract.run("owners", "contacts")
    server.before = lambda asked: server.faults.append(Fault(Answer(content)))
    server.faults = [Fault(Answer(content))]
    reports = extract.run("owners", "contacts")
    assert reports["owners"].failures == ["HubSpot answered without results; the next run asks again"]
    assert extract.deleted("owners", "id") == extract.deleted("contacts", "id") == []
    server.before, server.faults = lambda _: None, []
    assert extract.run("owners", "contacts")["contacts"].failures == []


def test_a_product_that_the_account_lacks_has_no_records(server: HubSpotServer, extract: Extract) -> None:
    server.absent = {"leads", "owners"}
    for _ in range(2):
        reports = extract.run("owners", "leads")
        assert [(report.failures, report.rows) for report in reports.values()] == [([], 0)] * 2
    server.absent = set()
    server.put("leads", 1, BEGUN)
    assert extract.run("leads")["leads"].rows == 1
    assert extract.run("owners")["owners"].failures == []
    # Whoever had an answer before, and everybody with contacts, has the product.
    server.absent = {"leads", "contacts", "owners"}
    assert all(report.failures for report in extract.run("leads", "contacts", "owners").values())


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Answer({"category": "RATE_LIMITS", "policyName": "SECONDLY"}, 429)),
        Fault(Answer({"category": "RATE_LIMITS"}, 429, {"Retry-After": "1"})),
        Fault(Answer("Too many requests", 429, {"Content-Type": "text/plain"})),
        Fault(Answer("<html>Bad gateway</html>", 502, {"Content-Type": "text/html"})),
        Fault(Answer({}, 503)),
        Fault(hangs_up=True),
        Fault(is_cut=True),
    ],
    ids=["429", "429 after", "429 text", "502", "503", "hang up", "cut"],
)
def test_faults_that_pass_cost_nothing_but_time(server: HubSpotServer, extract: Extract, fault: Fault) -> None:
    server.put("contacts", 1, BEGUN)
    server.faults = [fault] * 2
    assert extract.run("contacts")["contacts"].failures == []
    assert len(extract.rows("contacts", "id")) == 1


def test_requests_stay_inside_the_limits_and_use_them(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 4_001):
        server.put("contacts", key, BEGUN + timedelta(seconds=key))
    server.limits = [(100, 10.0, ""), (4, 1.0, "/search")]
    begun = time.monotonic()
    assert extract.run("contacts")["contacts"].failures == []
    assert server.refused == 0
    assert server.searches == 21
    assert time.monotonic() - begun < 21 / 4 * 1.3 + 1
