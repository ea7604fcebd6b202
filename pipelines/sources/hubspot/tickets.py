"""Tickets, with the contacts who asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.associations import with_contacts
from pipelines.sources.hubspot.crm import Completion, CrmObject, Record, merged_into
from pipelines.sources.hubspot.stages import read_stages
from pipelines.sources.rest.fields import Field
from pipelines.sources.rest.resource import Resource


def _prepare(client: RESTClient) -> Completion:
    states = {key: meta.get("ticketState") for key, meta in read_stages(client, "tickets").items()}

    def complete(records: Sequence[Record]) -> Sequence[Record]:
        return [_with_state(record, states) for record in with_contacts(client, "tickets", records)]

    return Completion(complete, states)


def _with_state(record: Record, states: Mapping[str, Any]) -> Record:
    """Returns a ticket with whether its stage is an open or a closed one."""
    stage = (record.get("properties") or {}).get("hs_pipeline_stage")
    return {**record, "ticket_state": states.get(str(stage))}


_TICKET = CrmObject(
    "tickets",
    properties=(
        "createdate",
        "closed_date",
        "first_agent_reply_date",
        "hs_merged_object_ids",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
        "hubspot_owner_id",
        "source_type",
    ),
    prepare=_prepare,
    gone=merged_into,
)
TICKETS = Resource(
    name="tickets",
    fields=(
        Field("id"),
        Field("contact_id"),
        Field("createdate", "moment", "properties.createdate"),
        Field("closed_date", "moment", "properties.closed_date"),
        Field("first_agent_reply_date", "moment", "properties.first_agent_reply_date"),
        Field("ticket_state"),
        Field("hs_ticket_category", path="properties.hs_ticket_category"),
        Field("hs_ticket_priority", path="properties.hs_ticket_priority"),
        Field("hubspot_owner_id", path="properties.hubspot_owner_id"),
        Field("source_type", path="properties.source_type"),
        Field("hs_lastmodifieddate", "moment", "properties.hs_lastmodifieddate"),
    ),
    key=("id",),
    entities={
        "ticket": (
            "ticket_id",
            "created_at",
            "customer_id",
            "channel",
            "priority",
            "category",
            "agent_id",
            "first_response_at",
            "resolved_at",
            "closed_at",
            "status",
            "updated_at",
        ),
    },
    fetch=_TICKET.read,
    version="hs_lastmodifieddate",
)
