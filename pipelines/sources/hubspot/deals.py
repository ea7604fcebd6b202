"""Deals: won and lost by the meaning of their stages."""

from collections.abc import Mapping, Sequence
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.associations import with_contacts
from pipelines.sources.hubspot.crm import Completion, CrmObject, Record, merged_into
from pipelines.sources.hubspot.stages import read_stages
from pipelines.sources.rest.fields import Field, convert
from pipelines.sources.rest.resource import Resource


def _prepare(client: RESTClient) -> Completion:
    stages = read_stages(client, "deals")

    def complete(records: Sequence[Record]) -> Sequence[Record]:
        return [_judged(record, stages) for record in with_contacts(client, "deals", records)]

    meanings = {key: [meta.get("isClosed"), meta.get("probability")] for key, meta in stages.items()}
    return Completion(complete, meanings)


def _judged(record: Record, stages: Mapping[str, Mapping[str, Any]]) -> Record:
    """Returns a deal with whether it was won and when it was closed; both are empty while it is open.

    An open deal has the day on which it is expected to close where a closed one has that of its closing.
    """
    properties = record.get("properties") or {}
    stage = stages.get(str(properties.get("dealstage")), {})
    probability = _probability(stage.get("probability"))
    is_closed = _flag(stage.get("isClosed"))
    if is_closed is None:
        is_closed = _flag(properties.get("hs_is_closed"))
    if is_closed is None:
        is_closed = probability in {0.0, 1.0}
    is_won = _flag(properties.get("hs_is_closed_won")) if probability is None else probability == 1.0
    return {
        **record,
        "is_won": bool(is_won) if is_closed else None,
        "closed_at": properties.get("closedate") if is_closed else None,
    }


def _flag(value: Any) -> bool | None:
    return None if value is None or value == "" else str(value).lower() == "true"


def _probability(value: Any) -> float | None:
    try:
        return float(convert(value, "number"))
    except (ValueError, TypeError):
        return None


_DEAL = CrmObject(
    "deals",
    properties=(
        "amount",
        "closedate",
        "createdate",
        "deal_currency_code",
        "dealstage",
        "dealtype",
        "hs_is_closed",
        "hs_is_closed_won",
        "hs_merged_object_ids",
        "hubspot_owner_id",
    ),
    prepare=_prepare,
    gone=merged_into,
)
DEALS = Resource(
    name="deals",
    fields=(
        Field("id"),
        Field("contact_id"),
        Field("createdate", "moment", "properties.createdate"),
        Field("closed_at", "moment"),
        Field("is_won", "flag"),
        Field("amount", "number", "properties.amount"),
        Field("deal_currency_code", path="properties.deal_currency_code"),
        Field("dealtype", path="properties.dealtype"),
        Field("hubspot_owner_id", path="properties.hubspot_owner_id"),
        Field("hs_lastmodifieddate", "moment", "properties.hs_lastmodifieddate"),
    ),
    key=("id",),
    entities={
        "deal": (
            "deal_id",
            "created_at",
            "customer_id",
            "closed_at",
            "is_won",
            "amount",
            "currency",
            "deal_type",
            "owner_id",
        ),
    },
    fetch=_DEAL.read,
    version="hs_lastmodifieddate",
)
