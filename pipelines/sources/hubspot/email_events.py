"""What happened to marketing e-mails, recipient by recipient.

Events are listed from the newest to the oldest, and identify an e-mail by a campaign id of their own kind: each e-mail
knows its own. What belongs to no e-mail, such as letters of sales people, is not kept; should its e-mail turn up later,
its events are read then.

The list is read backwards, so that after an interruption it goes on before the oldest event that was read.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.marketing import read_emails
from pipelines.sources.hubspot.paging import ByCursor
from pipelines.sources.rest.fields import Field
from pipelines.sources.rest.resource import OVERLAP, Batch, Fetch, Resource

_PER_PAGE = 1_000
_MOST_UNKNOWN = 10_000
_EVENTS = {
    "SENT": "sent",
    "DELIVERED": "delivered",
    "BOUNCE": "bounce",
    "OPEN": "open",
    "CLICK": "click",
    "SPAMREPORT": "complaint",
}
_UNSUBSCRIBED = "UNSUBSCRIBED"


@dataclass(frozen=True, slots=True)
class _State:
    """How far the reading has come, in HubSpot's milliseconds since 1970.

    `since` is the newest event of the last complete window, `newest` that of the window that is being read, and `until`
    the oldest one that was read in it; None if none is being read. `unknown` are the campaign ids without an e-mail.
    """

    since: int | None = None
    newest: int | None = None
    until: int | None = None
    unknown: tuple[str, ...] = ()
    start_date: date | None = field(default=None, compare=False)

    @classmethod
    def of(cls, fetch: Fetch) -> "_State":
        stored = dict(fetch.position or {})
        unknown = tuple(stored.pop("unknown", ()))
        return cls(**stored, unknown=unknown, start_date=fetch.start_date)

    @property
    def position(self) -> Mapping[str, Any]:
        kept = asdict(self)
        del kept["start_date"]
        return {**kept, "unknown": list(self.unknown)}

    @property
    def window(self) -> dict[str, int]:
        """The parameters that limit what is read."""
        begin = self.since - int(OVERLAP.total_seconds() * 1000) if self.since is not None else None
        if begin is None and self.start_date is not None:
            begin = int(datetime.combine(self.start_date, time(), UTC).timestamp() * 1000)
        window = {} if begin is None else {"startTimestamp": begin}
        # Several events may have the oldest moment, and not all of them may have been read.
        return window if self.until is None else {**window, "endTimestamp": self.until + 1}


def _read(fetch: Fetch) -> Iterator[Batch]:
    emails = {
        str(campaign): str(email["id"])
        for email in read_emails(fetch.client)
        for campaign in email.get("allEmailCampaignIds") or ()
    }
    state = _State.of(fetch)
    for campaign in [each for each in state.unknown if each in emails]:
        for events in _pages(fetch.client, {**_State(start_date=fetch.start_date).window, "campaignId": campaign}):
            yield Batch(_of_emails(events, emails), state.position)
        state = replace(state, unknown=tuple(each for each in state.unknown if each != campaign))
        yield Batch((), state.position)
    was_interrupted = state.until is not None
    state = yield from _read_window(fetch.client, state, emails)
    if was_interrupted:
        # That window was opened in an earlier pass; what happened since then is in another one.
        yield from _read_window(fetch.client, state, emails)


def _read_window(client: RESTClient, state: _State, emails: Mapping[str, str]) -> Generator[Batch, None, _State]:
    for events in _pages(client, state.window):
        moments = [int(event["created"]) for event in events]
        unknown = {*state.unknown, *(_campaign(event) for event in events if _name(event) is not None)} - {*emails, ""}
        state = replace(
            state,
            newest=max(moments) if state.newest is None else max(state.newest, *moments),
            until=min(moments) if state.until is None else min(state.until, *moments),
            unknown=tuple(sorted(unknown)[-_MOST_UNKNOWN:]),
        )
        yield Batch(_of_emails(events, emails), state.position)
    newest = [moment for moment in (state.since, state.newest) if moment is not None]
    state = replace(state, since=max(newest, default=None), newest=None, until=None)
    yield Batch((), state.position)
    return state


def _pages(client: RESTClient, params: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    pages = client.paginate(
        "/email/public/v1/events",
        params={"limit": _PER_PAGE, **params},
        paginator=ByCursor("offset", "offset", more="hasMore", records="events"),
        data_selector="events",
    )
    return ([event for event in page if event] for page in pages if page)


def _of_emails(events: Sequence[Mapping[str, Any]], emails: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Returns the events of marketing e-mails that say something about the recipient."""
    return [
        {
            "id": event.get("id"),
            "email_id": emails[_campaign(event)],
            "recipient": event.get("recipient"),
            "event": _name(event),
            "created": event.get("created"),
            "filtered_event": event.get("filteredEvent"),
        }
        for event in events
        if _campaign(event) in emails and _name(event) is not None
    ]


def _name(event: Mapping[str, Any]) -> str | None:
    """Returns what happened in the words of the canonical entity, None for what none of them says."""
    if event.get("type") == "STATUSCHANGE":
        changes = [event.get("portalSubscriptionStatus")]
        changes += [each.get("status") for each in event.get("subscriptions") or () if isinstance(each, Mapping)]
        return "unsubscribe" if _UNSUBSCRIBED in changes else None
    return _EVENTS.get(str(event.get("type")))


def _campaign(event: Mapping[str, Any]) -> str:
    return str(event.get("emailCampaignId") or "")


EMAIL_EVENTS = Resource(
    name="email_events",
    fields=(
        Field("id"),
        Field("email_id"),
        Field("recipient"),
        Field("event"),
        Field("created", "moment"),
        Field("filtered_event", "flag"),
    ),
    key=("id",),
    entities={
        "email_event": ("event_id", "campaign_id", "email", "event", "occurred_at", "is_machine"),
    },
    fetch=_read,
    version="created",
)
