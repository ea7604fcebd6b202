"""HubSpot's calls and answers to surveys, as a server on loopback answers."""

from datetime import timedelta

from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import HubSpotServer, iso

BEGUN = NOW - timedelta(days=30)


def test_inbound_calls_are_abandoned_by_their_status(server: HubSpotServer, extract: Extract) -> None:
    calls = [
        ("INBOUND", "COMPLETED"), ("INBOUND", "MISSED"), ("OUTBOUND", "NO_ANSWER"), ("INBOUND", "FAILED"), (None, None),
    ]  # fmt: skip
    for key, (direction, status) in enumerate(calls, start=1):
        server.put(
            "calls", key, hs_call_direction=direction, hs_call_status=status, hs_timestamp=iso(BEGUN),
            hs_call_body="She asked for her order", hs_call_from_number="+33 1",
        )  # fmt: skip
    server.associate("calls", 1, 101)
    assert extract.run("calls")["calls"].failures == []
    assert extract.rows("calls", "id, direction, is_abandoned, hs_timestamp, contact_id") == [
        ("1", "inbound", False, BEGUN, "101"),
        ("2", "inbound", True, BEGUN, None),
        ("3", "outbound", None, BEGUN, None),
        ("4", "inbound", None, BEGUN, None),
        ("5", None, None, BEGUN, None),
    ]
    asked = {name for each in server.asked for name in (each.body or {}).get("properties", [])}
    assert not asked & {"hs_call_body", "hs_call_from_number", "hs_call_to_number"}


def test_answers_have_the_scale_of_their_survey(server: HubSpotServer, extract: Extract) -> None:
    for key, (kind, value) in enumerate([("NPS", "9"), ("CES", "6"), ("CSAT", "4"), ("CUSTOM", "1")], start=1):
        server.put("feedback_submissions", key, BEGUN, hs_survey_type=kind, hs_value=value, hs_contact_id="101")
    assert extract.run("feedback_submissions")["feedback_submissions"].failures == []
    columns = "id, kind, hs_value::int, scale_min::int, scale_max::int, answered_at, contact_id"
    assert extract.rows("feedback_submissions", columns) == [
        ("1", "nps", 9, 0, 10, BEGUN, "101"),
        ("2", "ces", 6, 1, 7, BEGUN, "101"),
        ("3", "csat", 4, None, None, BEGUN, "101"),
    ]


def test_a_field_that_vanishes_or_changes_its_type_stops_nothing(server: HubSpotServer, extract: Extract) -> None:
    server.put("deals", 1, BEGUN, amount="12.5")
    server.put("deals", 2, BEGUN, amount={"value": 3})
    server.put("deals", 3, BEGUN, amount="much")
    server.put("deals", 4, BEGUN, amount="")
    del server.put("deals", 5, BEGUN).properties["createdate"]
    report = extract.run("deals")["deals"]
    assert (report.failures, report.rows, report.quarantined) == ([], 3, 2)
    assert extract.rows("deals", "id, amount::double") == [("1", 12.5), ("4", None), ("5", None)]
    server.before = lambda asked: server.put("deals", 6, amount=7) and None
    assert extract.run("deals")["deals"].failures == []


def test_an_answer_of_another_form_is_a_failure_in_words(server: HubSpotServer, extract: Extract) -> None:
    server.put("contacts", 1, BEGUN)
    server.owners = [{"name": "without an id"}]
    reports = extract.run("owners", "contacts")
    assert reports["owners"].failures == [
        "the answer for owners has not the form that was expected (KeyError): the API may have changed; look for a"
        " newer version of Vigie, or report it"
    ]
    assert reports["contacts"].rows == 1
