"""Owners: the people to whom records are assigned, also those who have left."""

from collections.abc import Iterator, Mapping
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.paging import ByCursor
from pipelines.sources.rest.fields import Field
from pipelines.sources.rest.resource import Batch, Fetch, Resource

_PER_PAGE = 100


def _read(fetch: Fetch) -> Iterator[Batch]:
    owners = {str(each["id"]): each for is_archived in (True, False) for each in _listed(fetch.client, is_archived)}
    yield Batch([_named(owner) for owner in owners.values()], {}, scope={})


def _listed(client: RESTClient, is_archived: bool) -> Iterator[Mapping[str, Any]]:
    pages = client.paginate(
        "/crm/v3/owners",
        params={"limit": _PER_PAGE, "archived": str(is_archived).lower()},
        paginator=ByCursor(),
        data_selector="results",
    )
    return (owner for page in pages for owner in page if owner)


def _named(owner: Mapping[str, Any]) -> Mapping[str, Any]:
    names = [owner.get("firstName"), owner.get("lastName")]
    teams = sorted(owner.get("teams") or (), key=lambda team: not team.get("primary"))
    return {
        "id": owner["id"],
        "name": " ".join(name for name in names if name) or None,
        "team": teams[0].get("name") if teams else None,
    }


OWNERS = Resource(
    name="owners",
    fields=(Field("id"), Field("name"), Field("team")),
    key=("id",),
    entities={"agent": ("agent_id", "name", "team")},
    fetch=_read,
    is_reference=True,
)
