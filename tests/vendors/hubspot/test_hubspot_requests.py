"""Every request of the HubSpot source, held against HubSpot's own OpenAPI files."""

from datetime import timedelta

import pytest

from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_openapi import SPEC, problems
from tests.vendors.hubspot.hubspot_server import HubSpotServer
from tests.vendors.vendor_server import Asked

BEGUN = NOW - timedelta(days=30)

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason=f"HubSpot's OpenAPI files are not at {SPEC}")


def test_requests_are_as_hubspot_describes_them(server: HubSpotServer, extract: Extract) -> None:
    kinds = ("contacts", "leads", "deals", "tickets", "calls", "feedback_submissions")
    for kind in kinds:
        for key in range(1, 251):
            server.put(kind, key, BEGUN)
        for key in range(1, 121):
            server.archive(kind, key)
    server.owners = [{"id": str(key)} for key in range(150)]
    server.emails = [{"id": str(key), "allEmailCampaignIds": [str(900 + key)]} for key in range(150)]
    server.campaigns = {"guid": {"campaign": {"id": "guid", "properties": {}}, "budget": {"spendTotal": 1}}}
    server.events = [
        {"id": str(key), "created": int(NOW.timestamp()) * 1000, "type": "SENT", "emailCampaignId": 900 + key % 200}
        for key in range(1_500)
    ]
    reports = extract.run(start_date="2024-01-01")
    assert {name: report.failures for name, report in reports.items() if report.failures} == {}
    for kind in kinds:
        server.objects[kind]["5"].archived_at = None
    server.emails.append({"id": "late", "allEmailCampaignIds": ["1099"]})
    extract.run()
    assert {asked.path.split("/")[1] for asked in server.asked} == {"crm", "marketing", "email"}
    assert {each for asked in server.asked for each in problems(asked)} == set()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked("GET", "/crm/v3/objects/contact", {}, {}), "no such path"),
        (Asked("GET", "/crm/v3/owners", {"page": "1"}, {}), "unknown parameter page"),
        (Asked("GET", "/crm/v3/owners", {"archived": "True"}, {}), "neither true nor false"),
        (Asked("POST", "/crm/v3/objects/deals/search", {}, {}, {"filters": []}), "unknown filters"),
        (Asked("POST", "/crm/v3/objects/deals/batch/read", {}, {}, {"inputs": []}), "lacks properties"),
    ],
)
def test_what_is_not_described_is_found(asked: Asked, message: str) -> None:
    assert message in " ".join(problems(asked))
