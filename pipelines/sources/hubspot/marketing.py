"""Marketing e-mails with HubSpot's own statistics, and campaigns with what was spent on them."""

from collections.abc import Iterator, Mapping
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.paging import ByCursor
from pipelines.sources.rest.errors import MissingError
from pipelines.sources.rest.fields import Field
from pipelines.sources.rest.resource import Batch, Fetch, Resource

_PER_PAGE = 100
_CAMPAIGN = ("hs_name", "hs_start_date", "hs_end_date")


def read_emails(client: RESTClient, **params: str) -> Iterator[Mapping[str, Any]]:
    """Yields the marketing e-mails, also those that are archived: their events are still there.

    Args:
        client: HubSpot's API.
        params: further parameters.
    """
    for is_archived in ("true", "false"):
        pages = client.paginate(
            "/marketing/v3/emails",
            params={"limit": _PER_PAGE, "archived": is_archived, **params},
            paginator=ByCursor(),
            data_selector="results",
        )
        yield from (email for page in pages for email in page if email)


def _emails(fetch: Fetch) -> Iterator[Batch]:
    found = {str(email["id"]): email for email in read_emails(fetch.client, includeStats="true")}
    yield Batch(list(found.values()), {}, scope={})


def _campaigns(fetch: Fetch) -> Iterator[Batch]:
    pages = fetch.client.paginate(
        "/marketing/v3/campaigns",
        params={"limit": _PER_PAGE, "properties": ",".join(_CAMPAIGN)},
        paginator=ByCursor(),
        data_selector="results",
    )
    campaigns = {str(campaign["id"]): campaign for page in pages for campaign in page if campaign}
    yield Batch([{**each, **_budget(fetch.client, key)} for key, each in campaigns.items()], {}, scope={})


def _budget(client: RESTClient, campaign: str) -> Mapping[str, Any]:
    try:
        totals = client.get(f"/marketing/v3/campaigns/{campaign}/budget/totals").json() or {}
    except MissingError:
        return {}
    return {"spend_total": totals.get("spendTotal"), "currency_code": totals.get("currencyCode")}


_COUNTERS = ("sent", "delivered", "bounce", "open", "click", "unsubscribed", "spamreport")
MARKETING_EMAILS = Resource(
    name="marketing_emails",
    fields=(
        Field("id"),
        Field("name"),
        Field("publish_date", "moment", "publishDate"),
        *(Field(name, "whole", f"stats.counters.{name}") for name in _COUNTERS),
    ),
    key=("id",),
    entities={
        "campaign": ("campaign_id", "name", "channel", "started_at"),
        "campaign_stat": (
            "campaign_id",
            "sent_at",
            "sent",
            "delivered",
            "bounced",
            "opened",
            "clicked",
            "unsubscribed",
            "complained",
        ),
    },
    fetch=_emails,
    is_reference=True,
)
CAMPAIGNS = Resource(
    name="campaigns",
    fields=(
        Field("id"),
        Field("name", path="properties.hs_name"),
        Field("start_date", "moment", "properties.hs_start_date"),
        Field("end_date", "moment", "properties.hs_end_date"),
        Field("spend_total", "number"),
        Field("currency_code"),
    ),
    key=("id",),
    entities={"campaign": ("campaign_id", "name", "started_at", "ended_at", "cost", "currency")},
    fetch=_campaigns,
    is_reference=True,
)
