"""The resources of Zendesk: fields, and how they are fetched."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipelines.sources.rest.errors import ApiError, ForbiddenError, MissingError
from pipelines.sources.rest.fields import Field, convert, value_at
from pipelines.sources.rest.resource import Batch, Fetch, Resource
from pipelines.sources.zendesk.comments import comments_of
from pipelines.sources.zendesk.paging import BEGINNING, Export, export_pages, list_records, start_of

_API = "/api/v2"
_TICKETS = Export(
    f"{_API}/incremental/tickets/cursor", "tickets", ("generated_timestamp", "updated_at"), True, "metric_sets"
)
# Without the sideload of comments an event says that there was one, and not what it says.
_EVENTS = Export(f"{_API}/incremental/ticket_events", "ticket_events", ("timestamp", "created_at"), False)
_USERS = Export(f"{_API}/incremental/users/cursor", "users", ("updated_at",), True)
_CALLS = Export(f"{_API}/channels/voice/stats/incremental/calls", "calls", ("updated_at", "created_at"), False)
_STAFF = frozenset({"agent", "admin"})
_RATINGS = frozenset({"good", "bad"})
# No call and no wait takes longer than twenty years.
_LONGEST = 20 * 366 * 86_400


def _tickets(fetch: Fetch) -> Iterator[Batch]:
    for answer, position in export_pages(_TICKETS, fetch, fetch.start_date):
        metrics = {str(each.get("ticket_id")): each for each in answer.get("metric_sets") or ()}
        since = position["since"]
        yield Batch([_ticket(each, metrics, since) for each in answer.get("tickets") or ()], position)


def _ticket(ticket: Mapping[str, Any], metrics: Mapping[str, Any], since: int) -> dict[str, Any]:
    """Returns a ticket with its metric set; `since` is the first moment of which everything is fetched."""
    metric = ticket.get("metric_set") or metrics.get(str(ticket.get("id")))
    metric = metric if isinstance(metric, Mapping) else {}
    tags = ticket.get("tags")
    created_at = _moment(ticket.get("created_at"))
    # A ticket that is older may have earlier comments.
    has_all_comments = created_at is None or created_at.timestamp() >= since or since == BEGINNING
    return {
        **ticket,
        "metric_set": metric,
        "changed_at": ticket.get("generated_timestamp") or ticket.get("updated_at"),
        "is_merged": isinstance(tags, list) and "closed_by_merge" in tags,
        "has_all_comments": has_all_comments,
        "counted_first_reply_at": _first_reply(created_at, metric),
    }


def _first_reply(created_at: datetime | None, metric: Mapping[str, Any]) -> str | None:
    """Returns the first reply by Zendesk's own count, which is in minutes for most channels."""
    seconds = value_at(metric, "reply_time_in_seconds.calendar")
    minutes = value_at(metric, "reply_time_in_minutes.calendar")
    waited = seconds or (minutes * 60 if isinstance(minutes, int | float) else None)
    return _after(created_at, waited) if metric.get("replies") else None


def _after(moment: datetime | None, seconds: Any) -> str | None:
    """Returns the moment so many seconds later; None if that is not known."""
    if moment is None or not isinstance(seconds, int | float) or not 0 <= seconds < _LONGEST:
        return None
    # Further than this the calendar of Python does not reach.
    return (moment + timedelta(seconds=seconds)).isoformat() if moment.year < 9_000 else None


def _moment(value: Any) -> datetime | None:
    try:
        found = convert(value, "moment")
    except ValueError:
        return None
    return found if isinstance(found, datetime) else None


def _ticket_events(fetch: Fetch) -> Iterator[Batch]:
    for answer, position in export_pages(_EVENTS, fetch, fetch.start_date):
        yield Batch([each for event in answer.get("ticket_events") or () for each in comments_of(event)], position)


def _users(fetch: Fetch) -> Iterator[Batch]:
    # Whoever writes now may have been there long before the first day wanted.
    for answer, position in export_pages(_USERS, fetch, None):
        yield Batch([_user(each) for each in answer.get("users") or ()], position)


def _user(user: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a person; of customers no more than the address, by which they are the customers of other systems."""
    return {**user, "name": user.get("name") if user.get("role") in _STAFF else None}


def _groups(fetch: Fetch) -> Iterator[Batch]:
    yield Batch(list(list_records(fetch.client, f"{_API}/groups", "groups")), {}, scope={})


def _satisfaction_ratings(fetch: Fetch) -> Iterator[Batch]:
    # A rating may be changed after weeks, and what is asked for by time is the time of the first answer.
    since = {} if fetch.start_date is None else {"start_time": start_of(fetch.start_date)}
    found = list_records(fetch.client, f"{_API}/satisfaction_ratings", "satisfaction_ratings", **since)
    yield Batch([each for each in found if str(each.get("score")).lower() in _RATINGS], {}, scope={})


def _calls(fetch: Fetch) -> Iterator[Batch]:
    for answer, position in export_pages(_CALLS, fetch, fetch.start_date):
        yield Batch([_call(each) for each in answer.get("calls") or ()], position)


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **call,
        "ended_at": _after(_moment(call.get("created_at")), call.get("duration")),
        "is_abandoned": str(call.get("completion_status")).lower().startswith("abandoned"),
    }


GROUPS = Resource(
    name="groups",
    fields=(Field("id"), Field("name")),
    key=("id",),
    entities={"ticket": ("team",), "call": ("queue",)},
    fetch=_groups,
    is_reference=True,
)
USERS = Resource(
    name="users",
    fields=(Field("id"), Field("role"), Field("name"), Field("email"), Field("updated_at", "moment")),
    key=("id",),
    entities={"agent": ("agent_id", "name"), "ticket": ("email",)},
    fetch=_users,
    version="updated_at",
    is_reference=True,
)
TICKET_EVENTS = Resource(
    name="ticket_events",
    fields=(
        Field("id"),
        Field("ticket_id"),
        Field("created_at", "moment"),
        Field("author_id"),
        Field("is_public", "flag"),
        Field("is_machine", "flag"),
        Field("is_creation", "flag"),
    ),
    key=("id",),
    entities={"ticket": ("first_response_at", "agent_reply_count", "interaction_count")},
    fetch=_ticket_events,
    version="created_at",
    is_reference=True,
)
TICKETS = Resource(
    name="tickets",
    fields=(
        Field("id"),
        Field("created_at", "moment"),
        Field("updated_at", "moment"),
        Field("changed_at", "moment"),
        Field("status"),
        Field("is_merged", "flag"),
        Field("type"),
        Field("priority"),
        Field("channel", path="via.channel"),
        Field("requester_id"),
        Field("assignee_id"),
        Field("group_id"),
        Field("solved_at", "moment", "metric_set.solved_at"),
        Field("status_updated_at", "moment", "metric_set.status_updated_at"),
        Field("reopens", "whole", "metric_set.reopens"),
        Field("replies", "whole", "metric_set.replies"),
        Field("assignee_stations", "whole", "metric_set.assignee_stations"),
        Field("group_stations", "whole", "metric_set.group_stations"),
        Field("counted_first_reply_at", "moment"),
        Field("has_all_comments", "flag"),
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
            "resolved_at",
            "closed_at",
            "status",
            "reopen_count",
            "reassignment_count",
            "updated_at",
        )
    },
    fetch=_tickets,
    version="changed_at",
)
SATISFACTION_RATINGS = Resource(
    name="satisfaction_ratings",
    fields=(
        Field("id"),
        Field("ticket_id"),
        Field("score"),
        Field("created_at", "moment"),
        Field("requester_id"),
        Field("assignee_id"),
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
            "ticket_id",
            "agent_id",
        )
    },
    fetch=_satisfaction_ratings,
)
CALLS = Resource(
    name="calls",
    fields=(
        Field("id"),
        Field("created_at", "moment"),
        Field("updated_at", "moment"),
        Field("ended_at", "moment"),
        Field("direction"),
        Field("is_abandoned", "flag"),
        Field("agent_id"),
        Field("customer_id"),
        Field("call_group_id"),
    ),
    key=("id",),
    entities={"call": ("call_id", "started_at", "direction", "ended_at", "is_abandoned", "agent_id", "customer_id")},
    fetch=_calls,
    version="updated_at",
)
RESOURCES = (GROUPS, USERS, TICKETS, TICKET_EVENTS, SATISFACTION_RATINGS, CALLS)
# Not every account has Talk, nor this kind of ratings.
_OPTIONAL = frozenset({"satisfaction_ratings", "calls"})


def where_it_is_there(resource: Resource) -> Resource:
    """Returns a resource that has no records in accounts without the product, where Zendesk has that as an option.

    What was delivered once and is refused now is a failure all the same.
    """
    if resource.name not in _OPTIONAL:
        return resource

    def fetch_if_there(fetch: Fetch) -> Iterator[Batch]:
        try:
            yield from resource.fetch(fetch)
        except (ForbiddenError, MissingError) as error:
            if fetch.position is not None:
                raise ApiError(
                    f"{error}. It delivered {resource.name} before; if the account has them no more, name the other"
                    " resources under `resources`"
                ) from error

    return replace(resource, fetch=fetch_if_there)
