"""HubSpot's own recorded answers, as they are."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import HubSpotServer
from tests.vendors.vendor_server import Answer, Asked

RECORDED = Path(__file__).parents[4] / "shared/vendor/hubspot/sample_amplabs"

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason=f"HubSpot's recorded answers are not at {RECORDED}")


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


class RecordedServer(HubSpotServer):
    """Answers what was recorded."""

    def route(self, asked: Asked) -> Answer:
        """Returns the recorded answer to a request; an empty list where none was recorded."""
        page = "2-last-page" if "after" in asked.query else "1-first-page"
        if asked.query.get("archived") == "true":
            return Answer({"results": []})
        if asked.path == "/marketing/v3/campaigns":
            return Answer(recorded(f"read/campaigns/{page}.json"))
        if asked.path == "/marketing/v3/emails":
            return Answer(recorded(f"read/marketing-emails/{page}.json"))
        if asked.path == "/crm/v3/pipelines/deals":
            return Answer(recorded("metadata-deals-external-pipelines.json"))
        if asked.path == "/crm/v3/objects/contacts/search":
            is_first = '"GT", "value": "0"' in json.dumps(asked.body)
            return Answer(recorded(f"search/contacts/{'1-first' if is_first else '2-second'}-page.json"))
        if asked.path.startswith("/crm/v4/associations/"):
            return Answer(recorded("search/contacts/contacts-to-companies.json"), 207)
        if asked.path.endswith("/search"):
            stages = ["closedwon", "closedlost", "contractsent"]
            return Answer(
                {"results": [_deal(key, stage) for key, stage in zip(("501", "502", "503"), stages, strict=True)]}
            )
        return Answer({}, 404)


def _deal(key: str, stage: str) -> dict[str, Any]:
    properties = {
        "dealstage": stage,
        "closedate": "2026-01-01T00:00:00Z",
        "hs_lastmodifieddate": "2026-01-02T00:00:00Z",
    }
    return {"id": key, "properties": properties}


@pytest.fixture
def server() -> Iterator[HubSpotServer]:
    server = RecordedServer(NOW - timedelta(minutes=1))
    with server.running():
        yield server


def test_recorded_answers_are_read(extract: Extract) -> None:
    reports = extract.run("contacts", "deals", "campaigns", "marketing_emails")
    assert {name: report.failures for name, report in reports.items() if report.failures} == {}
    assert extract.rows("contacts", "id, email, createdate::date::varchar") == [
        ("501", "johnnie77@hotmail.com", "2023-12-14"),
        ("103107104018", "kaseyweissnat@volkman.biz", "2025-03-01"),
    ]
    assert extract.rows("deals", "id, is_won, contact_id") == [
        ("501", True, "29022297485"), ("502", False, None), ("503", None, None),
    ]  # fmt: skip
    names = [name for (name,) in extract.rows("campaigns", "name")]
    assert names == ["Clothing Promotion", "Breaking news", "Inbound"]
    assert extract.rows("marketing_emails", "name, sent")[:2] == [
        ("A new marketing email", None),
        ("Product Launch", None),
    ]
