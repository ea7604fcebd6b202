"""Calls, and answers to surveys."""

from collections.abc import Sequence

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.associations import with_contacts
from pipelines.sources.hubspot.crm import Completion, CrmObject, Record
from pipelines.sources.rest.fields import Field
from pipelines.sources.rest.resource import Resource

# Whether the caller gave up, by the status of an inbound call; of the other statuses nothing is known.
_ABANDONED = {"COMPLETED": False, "MISSED": True, "NO_ANSWER": True, "CANCELED": True, "BUSY": True}
# What surveys measure, and on which scale; the scale of satisfaction is the usual one. Others measure something else.
_SURVEYS = {"NPS": ("nps", 0, 10), "CES": ("ces", 1, 7), "CSAT": ("csat", None, None)}


def _prepare_calls(client: RESTClient) -> Completion:
    def complete(records: Sequence[Record]) -> Sequence[Record]:
        return [_call(record) for record in with_contacts(client, "calls", records)]

    return Completion(complete)


def _call(record: Record) -> Record:
    properties = record.get("properties") or {}
    direction = str(properties.get("hs_call_direction") or "").lower()
    status = str(properties.get("hs_call_status"))
    is_abandoned = _ABANDONED.get(status) if direction == "inbound" else None
    return {**record, "direction": direction, "is_abandoned": is_abandoned}


def _prepare_answers(client: RESTClient) -> Completion:
    def complete(records: Sequence[Record]) -> Sequence[Record]:
        return [
            _answer(record)
            for record in with_contacts(client, "feedback_submissions", records)
            if (record.get("properties") or {}).get("hs_survey_type") in _SURVEYS
        ]

    return Completion(complete)


def _answer(record: Record) -> Record:
    properties = record["properties"]
    kind, lowest, highest = _SURVEYS[properties["hs_survey_type"]]
    return {
        **record,
        "kind": kind,
        "scale_min": lowest,
        "scale_max": highest,
        "answered_at": properties.get("hs_submission_timestamp") or properties.get("hs_createdate"),
        "contact_id": record["contact_id"] or properties.get("hs_contact_id"),
    }


_CALL = CrmObject(
    "calls",
    properties=("hs_call_direction", "hs_call_status", "hs_timestamp", "hubspot_owner_id"),
    prepare=_prepare_calls,
)
CALLS = Resource(
    name="calls",
    fields=(
        Field("id"),
        Field("contact_id"),
        Field("direction"),
        Field("is_abandoned", "flag"),
        Field("hs_timestamp", "moment", "properties.hs_timestamp"),
        Field("hubspot_owner_id", path="properties.hubspot_owner_id"),
        Field("hs_lastmodifieddate", "moment", "properties.hs_lastmodifieddate"),
    ),
    key=("id",),
    entities={"call": ("call_id", "started_at", "direction", "is_abandoned", "agent_id", "customer_id")},
    fetch=_CALL.read,
    version="hs_lastmodifieddate",
)
_SUBMISSION = CrmObject(
    "feedback_submissions",
    properties=("hs_contact_id", "hs_createdate", "hs_submission_timestamp", "hs_survey_type", "hs_value"),
    prepare=_prepare_answers,
)
FEEDBACK_SUBMISSIONS = Resource(
    name="feedback_submissions",
    fields=(
        Field("id"),
        Field("contact_id"),
        Field("kind"),
        Field("hs_value", "number", "properties.hs_value"),
        Field("scale_min", "number"),
        Field("scale_max", "number"),
        Field("answered_at", "moment"),
        Field("hs_lastmodifieddate", "moment", "properties.hs_lastmodifieddate"),
    ),
    key=("id",),
    entities={
        "survey_response": (
            "response_id",
            "kind",
            "answered_at",
            "score",
            "scale_min",
            "scale_max",
            "customer_id",
        ),
    },
    fetch=_SUBMISSION.read,
    version="hs_lastmodifieddate",
)
