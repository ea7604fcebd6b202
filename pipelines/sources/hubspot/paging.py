"""How HubSpot's lists go on. A list that answers the same page for ever is an error, not an endless pass."""

from collections.abc import Mapping, Sequence
from typing import Any

from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from pipelines.sources.rest.errors import ApiError
from pipelines.sources.rest.fields import value_at


class ByCursor(BasePaginator):
    """Asks with the cursor of each answer for the next page, as long as there is one."""

    def __init__(
        self,
        path: str = "paging.next.after",
        param: str = "after",
        more: str | None = None,
        records: str = "results",
    ) -> None:
        """Keeps where the cursor is.

        Args:
            path: the keys that lead to it in an answer.
            param: the parameter of a request.
            more: the key that says whether there is a next page; without one, a cursor says it.
            records: the key of the records. An answer without it is none: an empty list would mean that all are gone.
        """
        super().__init__()
        self._path, self._param, self._more, self._records = path, param, more, records
        self._cursor: str | None = None

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Remembers the cursor of a page."""
        answer = response.json()
        if not isinstance(value_at(answer, self._records), list):
            raise ApiError(f"HubSpot answered without {self._records}; the next run asks again")
        cursor = value_at(answer, self._path)
        if cursor is None or (self._more is not None and not value_at(answer, self._more)):
            self._has_next_page = False
            return
        self._cursor = _moved(self._cursor, str(cursor))

    def update_request(self, request: Request) -> None:
        """Asks for the next page."""
        request.params = {**(request.params or {}), self._param: self._cursor}


class BehindLastId(BasePaginator):
    """Asks a search for the records behind the last id of each page, as long as it says that there are more."""

    def __init__(self, filters: Sequence[Mapping[str, str]], after: str | None) -> None:
        """Keeps the conditions that all records fulfil, and the id behind which to begin."""
        super().__init__()
        self._filters = filters
        self._after = after

    def init_request(self, request: Request) -> None:
        """Begins behind the last id that is known."""
        self.update_request(request)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Remembers the last id of a page."""
        answer = response.json()
        if answer is not None and not isinstance(value_at(answer, "results"), list):
            raise ApiError("HubSpot answered without results; the next run asks again")
        if not data or value_at(answer, "paging.next") is None:
            self._has_next_page = False
            return
        self._after = _moved(self._after, str(data[-1]["id"]))

    def update_request(self, request: Request) -> None:
        """Asks for what is behind it."""
        filters = [*self._filters, behind(self._after)]
        request.json = {**(request.json or {}), "filterGroups": [{"filters": filters}]}


def behind(key: str | None) -> Mapping[str, str]:
    """Returns the condition that an id comes behind another one; all ids do, where there is none."""
    return {"propertyName": "hs_object_id", "operator": "GT", "value": key or "0"}


def _moved(before: str | None, now: str) -> str:
    if now == before:
        raise ApiError("HubSpot answers the same page again and again; the next run goes on from here")
    return now
