"""Leads, with the contacts whom they are about."""

from collections.abc import Sequence

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.associations import with_contacts
from pipelines.sources.hubspot.crm import Completion, CrmObject, Record
from pipelines.sources.rest.fields import Field
from pipelines.sources.rest.resource import Resource


def _prepare(client: RESTClient) -> Completion:
    def complete(records: Sequence[Record]) -> Sequence[Record]:
        return with_contacts(client, "leads", records)

    return Completion(complete)


_LEAD = CrmObject("leads", properties=("hs_createdate", "hubspot_owner_id"), prepare=_prepare)
LEADS = Resource(
    name="leads",
    fields=(
        Field("id"),
        Field("contact_id"),
        Field("hs_createdate", "moment", "properties.hs_createdate"),
        Field("hubspot_owner_id", path="properties.hubspot_owner_id"),
        Field("hs_lastmodifieddate", "moment", "properties.hs_lastmodifieddate"),
    ),
    key=("id",),
    entities={"lead": ("lead_id", "created_at", "customer_id", "owner_id")},
    fetch=_LEAD.read,
    version="hs_lastmodifieddate",
)
