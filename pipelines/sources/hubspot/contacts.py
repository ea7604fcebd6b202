"""Contacts, with those that were merged into them."""

from collections.abc import Sequence

from pipelines.sources.hubspot.crm import CrmObject, Record, ids_in
from pipelines.sources.rest.fields import Field
from pipelines.sources.rest.resource import Resource


def _merged(record: Record) -> Sequence[Record]:
    """Returns a record for each contact that was merged into one: they are in no list any more.

    HubSpot keeps their addresses with the survivor, without saying which was whose. Whoever has one is the same person.
    """
    properties = record.get("properties") or {}
    ids = [key for key in ids_in(properties.get("hs_merged_object_ids")) if key != str(record["id"])]
    addresses = [*ids_in(properties.get("hs_additional_emails")), *[None] * len(ids)]
    return [
        {
            "id": key,
            "merged_into": record["id"],
            "archivedAt": record.get("archivedAt"),
            "updatedAt": record.get("updatedAt"),
            "properties": {"email": address, "lastmodifieddate": properties.get("lastmodifieddate")},
        }
        for key, address in zip(ids, addresses, strict=False)
    ]


_CONTACT = CrmObject(
    "contacts",
    properties=(
        "email",
        "firstname",
        "lastname",
        "country",
        "hs_analytics_source",
        "createdate",
        "hs_lifecyclestage_customer_date",
        "hubspot_owner_id",
        "hs_merged_object_ids",
        "hs_additional_emails",
    ),
    version="lastmodifieddate",
    others=_merged,
)
CONTACTS = Resource(
    name="contacts",
    fields=(
        Field("id"),
        Field("email", path="properties.email"),
        Field("firstname", path="properties.firstname"),
        Field("lastname", path="properties.lastname"),
        Field("country", path="properties.country"),
        Field("hs_analytics_source", path="properties.hs_analytics_source"),
        Field("createdate", "moment", "properties.createdate"),
        Field("hs_lifecyclestage_customer_date", "moment", "properties.hs_lifecyclestage_customer_date"),
        Field("hubspot_owner_id", path="properties.hubspot_owner_id"),
        Field("lastmodifieddate", "moment", "properties.lastmodifieddate"),
        Field("merged_into"),
    ),
    key=("id",),
    entities={
        "customer": (
            "customer_id",
            "email",
            "name",
            "country",
            "acquisition_channel",
            "created_at",
            "became_customer_at",
            "owner_id",
            "updated_at",
            "merged_into",
        ),
    },
    fetch=_CONTACT.read,
    version="lastmodifieddate",
    is_reference=True,
)
