"""How Zendesk pages: incremental exports by cursor or by time, and lists.

An export gives what changed since a moment, in the order of the changes, and leaves the last minute out. A fetch begins
some minutes before the newest change that was seen: what an export showed too late is read then. Within a fetch the
cursor leads on; it is kept for a later fetch only where many records changed at one moment, so that beginning again
before them would never get beyond them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.sources.rest.errors import ApiError, CredentialsError, LaterError
from pipelines.sources.rest.fields import convert
from pipelines.sources.rest.resource import OVERLAP, Fetch, Position

# Zendesk began in 2007: nothing of an account is older.
BEGINNING = 1_136_073_600
_PER_PAGE = 100
# So many pages are cheap to read again.
_PAGES_TO_REPEAT = 10


@dataclass(frozen=True, slots=True)
class Export:
    """An incremental export.

    Attributes:
        path: where it is.
        records: the key of the records in an answer.
        changed_at: the fields with the moment of a record's change, the first that is there counts.
        is_by_cursor: whether a cursor leads to the next page, or the moment at which a page ends.
        include: what is delivered beside the records.
    """

    path: str
    records: str
    changed_at: tuple[str, ...]
    is_by_cursor: bool
    include: str | None = None


def start_of(day: date) -> int:
    """Returns the first moment of a day, as parameters have it."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def export_pages(export: Export, fetch: Fetch, start_date: date | None) -> Iterator[tuple[Mapping[str, Any], Position]]:
    """Yields the pages of an export since the last fetch, each with the position behind it.

    Args:
        export: the export.
        fetch: the API, and the position of the last fetch.
        start_date: what changed before that day is not asked for.
    """
    since = BEGINNING if start_date is None else start_of(start_date)
    known = fetch.position or {}
    # Where an earlier day is wanted than before, all of it is fetched again.
    if known.get("since", since) > since:
        known = {}
    # A later one changes nothing: what was fetched before is there.
    since = known.get("since", since)
    newest: int | None = known.get("newest")
    start = since if newest is None else max(newest - int(OVERLAP.total_seconds()), since)
    if "reached" in known:
        try:
            yield from _pages_from(export, fetch.client, {"reached": known["reached"]}, start, since, newest)
        except (LaterError, CredentialsError):
            raise
        except ApiError:
            # Zendesk does not know the cursor any more.
            newest = known.get("newest")
        else:
            return
    yield from _pages_from(export, fetch.client, {"start_time": start}, start, since, newest)


def _pages_from(
    export: Export, client: RESTClient, begin: Mapping[str, Any], start: int, since: int, newest: int | None
) -> Iterator[tuple[Mapping[str, Any], Position]]:
    """Yields the pages from a moment or from what an earlier fetch reached; a new fetch would begin at `start`."""
    name = "cursor" if export.is_by_cursor and "reached" in begin else "start_time"
    [value] = begin.values()
    paginator = _CursorExport() if export.is_by_cursor else _TimedExport(int(value))
    params = {name: value, **({} if export.include is None else {"include": export.include})}
    found = client.paginate(export.path, params=params, paginator=paginator, data_selector="$")
    for number, page in enumerate(found, start=1):
        [answer] = page or [None]
        answer = answer or {}
        moments = [_seconds(record, export.changed_at) for record in answer.get(export.records) or ()]
        newest = max((moment for moment in (newest, *moments) if moment is not None), default=None)
        position: dict[str, Any] = {"since": since, "newest": newest}
        is_far = newest is not None and newest - OVERLAP.total_seconds() > start
        is_long = "reached" in begin or number >= _PAGES_TO_REPEAT
        if paginator.has_next_page and is_long and not is_far:
            position["reached"] = paginator.reached
        yield answer, position


def list_records(client: RESTClient, path: str, records: str, **params: Any) -> Iterator[Mapping[str, Any]]:
    """Yields all records of a list.

    Args:
        client: the API.
        path: the list.
        records: the key of the records in an answer.
        params: further parameters.
    """
    asked = {"page[size]": _PER_PAGE, **params}
    for page in client.paginate(path, params=asked, paginator=_List(), data_selector="$"):
        [answer] = page or [None]
        yield from (answer or {}).get(records) or ()


def _seconds(record: Mapping[str, Any], fields: tuple[str, ...]) -> int | None:
    for field in fields:
        try:
            moment = convert(record.get(field), "moment")
        except ValueError:
            continue
        if moment is not None:
            return int(moment.timestamp())
    return None


class _Pages(BasePaginator):
    """What the ways of paging share: `reached` is what leads to the next page."""

    reached: Any = None

    def _go_on(self, reached: Any, *, is_last: bool) -> None:
        # An answer that leads to itself would be asked for without end.
        self._has_next_page = not is_last and reached is not None and reached != self.reached
        self.reached = reached


class _CursorExport(_Pages):
    def update_state(self, response: Response, data: Any = None) -> None:
        answer = response.json() or {}
        self._go_on(answer.get("after_cursor"), is_last=bool(answer.get("end_of_stream", True)))

    def update_request(self, request: Request) -> None:
        if self.has_next_page:
            # The cursor stands for the moment with which the export began.
            request.params.pop("start_time", None)
            request.params["cursor"] = self.reached


class _TimedExport(_Pages):
    def __init__(self, start: int) -> None:
        super().__init__()
        self.reached = start

    def update_state(self, response: Response, data: Any = None) -> None:
        answer = response.json() or {}
        end = answer.get("end_time")
        is_last = answer.get("end_of_stream")
        if is_last is None:
            # Talk's exports do not say it. Their last page holds the records of the last moment alone.
            is_last = (answer.get("count") or 0) <= 1 or end == self.reached
        if not is_last and end == self.reached:
            raise ApiError(
                f"Zendesk's export {urlsplit(response.url).path} does not get beyond {end}: more changed at that moment"
                " than it gives at once. Ask Zendesk's support about that moment"
            )
        self._go_on(end, is_last=bool(is_last))

    def update_request(self, request: Request) -> None:
        if self.has_next_page:
            request.params["start_time"] = self.reached


class _List(_Pages):
    """A list by cursor; one that does not know cursors leads on by numbers of pages."""

    _parameter = "page[after]"

    def update_state(self, response: Response, data: Any = None) -> None:
        answer = response.json() or {}
        meta = answer.get("meta")
        if isinstance(meta, Mapping):
            self._go_on(meta.get("after_cursor"), is_last=not meta.get("has_more"))
            return
        self._parameter = "page"
        number = (parse_qs(urlsplit(str(answer.get("next_page") or "")).query).get("page") or (None,))[0]
        self._go_on(number, is_last=number is None)

    def update_request(self, request: Request) -> None:
        if self.has_next_page:
            request.params[self._parameter] = self.reached
