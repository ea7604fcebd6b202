"""The resources of Mailchimp.

Lists are paged by offset and have no order that stays: a page may miss what moved while the one before was read. A list
is read again until it has as many records as the vendor says, or until two readings found the same records: then it is
the vendor who counts otherwise.

Reports go on changing after a campaign was sent. Those of the last weeks are read at each fetch, and older ones when
their summary has changed.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import OffsetPaginator

from pipelines.sources.rest.errors import LaterError, MissingError
from pipelines.sources.rest.fields import Field, convert
from pipelines.sources.rest.resource import Batch, Fetch, Resource

_PER_PAGE = 1_000
_READINGS = 4
# What is asked for of each: nothing personal but the address, no subject, no reason, no IP address.
_CAMPAIGN = ("id", "send_time", "settings.title", "emails_sent")
_SENT_TO = ("email_id", "email_address", "status")
_ACTIVITY = ("email_id", "activity.action", "activity.timestamp")
_UNSUBSCRIBED = ("email_id", "timestamp")
_ABUSE = ("email_id", "date")
_ORDER = (
    "id", "store_id", "customer.id", "customer.email_address", "processed_at_foreign", "updated_at_foreign",
    "cancelled_at_foreign", "order_total", "currency_code", "financial_status", "campaign_id",
)  # fmt: skip
_PERSON = ("email_id",)
_SUMMARY = ("emails_sent", "bounces", "opens", "clicks", "unsubscribed", "abuse_reports")
ALWAYS_READ_FOR = timedelta(days=90)


def all_records(
    client: RESTClient, path: str, name: str, key: tuple[str, ...], fields: tuple[str, ...], **params: Any
) -> list[Any]:
    """Returns all records of a list.

    Args:
        client: Mailchimp's API.
        path: the list.
        name: the key of the records in an answer.
        key: the fields that identify a record in the list.
        fields: what is asked for of each.
        params: further parameters.

    Raises:
        LaterError: the list changed in each of several readings.
        ApiError: it cannot be read.
    """
    asked = ",".join(("total_items", *(f"{name}.{field}" for field in fields)))
    before: set[tuple[str, ...]] | None = None
    for _ in range(_READINGS):
        found: dict[tuple[str, ...], Any] = {}
        total = 0
        paginator = OffsetPaginator(limit=_PER_PAGE, limit_param="count", total_path="total_items")
        for page in client.paginate(path, params={"fields": asked, **params}, paginator=paginator, data_selector="$"):
            [answer] = page or [None]
            total = int((answer or {}).get("total_items") or 0)
            for record in (answer or {}).get(name) or ():
                found[tuple(str(record.get(field)) for field in key)] = record
        if len(found) >= total or found.keys() == before:
            return list(found.values())
        before = set(found)
    raise LaterError(f"Mailchimp's list {path} changed each time it was read; the next run reads it again")


def sent_campaigns(fetch: Fetch) -> list[Mapping[str, Any]]:
    """Returns the campaigns that were sent, the first one first."""
    since = {} if fetch.start_date is None else {"since_send_time": f"{fetch.start_date.isoformat()}T00:00:00+00:00"}
    order = {"sort_field": "send_time", "sort_dir": "ASC"}
    return all_records(fetch.client, "/campaigns", "campaigns", ("id",), _CAMPAIGN, status="sent", **order, **since)


def _campaigns(fetch: Fetch) -> Iterator[Batch]:
    yield Batch(sent_campaigns(fetch), {}, scope={})


def _sent_to(fetch: Fetch) -> Iterator[Batch]:
    known = dict((fetch.position or {}).get("summaries", {}))
    campaigns = sent_campaigns(fetch)
    moments = {campaign["id"]: convert(campaign.get("send_time"), "moment") for campaign in campaigns}
    newest = max((moment for moment in moments.values() if moment is not None), default=None)
    for campaign in campaigns:
        name, sent_at = campaign["id"], moments[campaign["id"]]
        summary = _summary(fetch.client, name)
        is_recent = sent_at is None or newest is None or newest - sent_at <= ALWAYS_READ_FOR
        if not is_recent and summary is not None and known.get(name) == summary:
            continue
        known[name] = summary
        yield Batch(list(_recipients(fetch.client, campaign)), {"summaries": dict(known)}, scope={"campaign_id": name})


def _summary(client: RESTClient, campaign: str) -> Any:
    """Returns the counts of a campaign's report, None where there is no report."""
    try:
        return client.get(f"/reports/{campaign}", params={"fields": ",".join(_SUMMARY)}).json()
    except MissingError:
        return None


def _recipients(client: RESTClient, campaign: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields a record for each recipient of a campaign, with the first moment of all that happened."""
    path = f"/reports/{campaign['id']}"
    activity = {
        each["email_id"]: each.get("activity") or ()
        for each in all_records(client, f"{path}/email-activity", "emails", _PERSON, _ACTIVITY)
    }
    left = {
        each["email_id"]: each.get("timestamp")
        for each in all_records(client, f"{path}/unsubscribed", "unsubscribes", _PERSON, _UNSUBSCRIBED)
    }
    complained: dict[str, Any] = {}
    answer = client.get(
        f"{path}/abuse-reports", params={"fields": ",".join(f"abuse_reports.{field}" for field in _ABUSE)}
    ).json()
    for each in (answer or {}).get("abuse_reports") or ():
        complained[each["email_id"]] = each.get("date")
    for sent in all_records(client, f"{path}/sent-to", "sent_to", _PERSON, _SENT_TO):
        person = sent["email_id"]
        happened = activity.get(person, ())
        is_bounced = sent.get("status") in {"hard", "soft"}
        yield {
            "send_id": f"{campaign['id']}/{person}",
            "campaign_id": campaign["id"],
            "email": sent.get("email_address"),
            "status": sent.get("status"),
            "sent_at": campaign.get("send_time"),
            # A bounce without a moment of its own was returned at once.
            "bounced_at": (_first(happened, "bounce") or campaign.get("send_time")) if is_bounced else None,
            "first_opened_at": _first(happened, "open"),
            "first_clicked_at": _first(happened, "click"),
            "unsubscribed_at": left.get(person),
            "complained_at": complained.get(person),
        }


def _first(activity: Any, action: str) -> str | None:
    moments = [each["timestamp"] for each in activity if each.get("action") == action and each.get("timestamp")]
    return min(moments, key=lambda text: convert(text, "moment"), default=None)


def _orders(fetch: Fetch) -> Iterator[Batch]:
    found = all_records(fetch.client, "/ecommerce/orders", "orders", ("store_id", "id"), _ORDER)
    since = fetch.start_date
    yield Batch([each for each in found if since is None or _day_of(each) >= since.isoformat()], {}, scope={})


def _day_of(order: Mapping[str, Any]) -> str:
    # What has no moment is no order that counts, and is quarantined rather than dropped.
    return str(order.get("processed_at_foreign") or "9999")[:10]


CAMPAIGNS = Resource(
    name="campaigns",
    fields=(
        Field("id"),
        Field("title", path="settings.title"),
        Field("send_time", "moment"),
        Field("emails_sent", "whole"),
    ),
    key=("id",),
    entities={"campaign": ("campaign_id", "name", "started_at")},
    fetch=_campaigns,
    is_reference=True,
)
SENT_TO = Resource(
    name="sent_to",
    fields=(
        Field("send_id"),
        Field("campaign_id"),
        Field("email"),
        Field("status"),
        Field("sent_at", "moment"),
        Field("bounced_at", "moment"),
        Field("first_opened_at", "moment"),
        Field("first_clicked_at", "moment"),
        Field("unsubscribed_at", "moment"),
        Field("complained_at", "moment"),
    ),
    key=("send_id",),
    entities={
        "email_send": (
            "send_id",
            "campaign_id",
            "email",
            "sent_at",
            "bounced_at",
            "first_opened_at",
            "first_clicked_at",
            "unsubscribed_at",
            "complained_at",
        ),
    },
    fetch=_sent_to,
)
ORDERS = Resource(
    name="orders",
    fields=(
        Field("id"),
        Field("store_id"),
        Field("customer_id", path="customer.id"),
        Field("email", path="customer.email_address"),
        Field("processed_at_foreign", "moment"),
        Field("updated_at_foreign", "moment"),
        Field("cancelled_at_foreign", "moment"),
        Field("order_total", "number"),
        Field("currency_code"),
        Field("financial_status"),
        Field("campaign_id"),
    ),
    key=("store_id", "id"),
    entities={"order": ("order_id", "customer_id", "ordered_at", "amount", "currency", "status", "campaign_id")},
    fetch=_orders,
)
RESOURCES = (CAMPAIGNS, SENT_TO, ORDERS)
