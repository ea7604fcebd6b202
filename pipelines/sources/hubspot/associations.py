"""Which contact a record belongs to: the search does not say it, the associations do."""

from collections.abc import Mapping, Sequence
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.access import ACCESS
from pipelines.sources.hubspot.crm import Record
from pipelines.sources.rest.errors import CredentialsError, ForbiddenError

_PER_READ = 1_000


def with_contacts(client: RESTClient, kind: str, records: Sequence[Record]) -> Sequence[Record]:
    """Returns records with the id of their contact as `contact_id`, None where there is none.

    Args:
        client: HubSpot's API.
        kind: the records' type, such as deals.
        records: the records.
    """
    contacts: dict[str, str] = {}
    for start in range(0, len(records), _PER_READ):
        inputs = [{"id": str(record["id"])} for record in records[start : start + _PER_READ]]
        path = f"/crm/v4/associations/{kind}/contacts/batch/read"
        try:
            answer = client.post(path, json={"inputs": inputs}).json()
        except ForbiddenError as error:
            raise CredentialsError(
                f"HubSpot refuses the contacts of {kind}: the token lacks the scope {ACCESS['contacts'].scope}. Grant"
                " it in the private app"
            ) from error
        for found in (answer or {}).get("results") or ():
            if found.get("to"):
                contacts[str(found["from"]["id"])] = _chosen(found["to"])
    return [{**record, "contact_id": contacts.get(str(record["id"]))} for record in records]


def _chosen(associated: Sequence[Mapping[str, Any]]) -> str:
    """Returns the contact that is labelled as primary, else the first one."""
    primary = [each for each in associated if any(_is_primary(label) for label in each.get("associationTypes") or ())]
    return str([*primary, *associated][0]["toObjectId"])


def _is_primary(label: Mapping[str, Any]) -> bool:
    return "primary" in str(label.get("label") or "").lower()
