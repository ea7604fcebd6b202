"""Reads the objects of HubSpot's CRM: contacts, deals, tickets and others, which all have the same API.

What has changed is found by search. A search answers at most 10,000 records, its pages shift when a record changes
meanwhile, and any number of records may have one and the same moment. So it is never paged: records are sorted by id,
which does not change, and each request asks for those behind the last one. What changes behind the reader's back is
found by the next pass, which begins before the newest change that was known when this one began.

The search lags by a minute or two, which the overlap covers. Archived records are in no search; their list is read
completely, and compared with that of the last pass.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.paging import BehindLastId, ByCursor, behind
from pipelines.sources.rest.fields import convert, value_at
from pipelines.sources.rest.resource import OVERLAP, Batch, Fetch

_PER_SEARCH = 200
_PER_LIST = 100
_PER_BATCH = 100

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """Adds to records what other endpoints know of them.

    `complete` does it. `basis` is what it was derived from beside the records, such as the meaning of each stage: when
    one has another meaning now, all records are read again.
    """

    complete: Callable[[Sequence[Record]], Sequence[Record]] = lambda records: records
    basis: Mapping[str, Any] = field(default_factory=dict)


def ids_in(text: object) -> list[str]:
    """Returns what a property lists with semicolons between."""
    return [part.strip() for part in str(text or "").split(";") if part.strip()]


def merged_into(record: Record) -> Sequence[Record]:
    """Returns the records that were merged into one: they are gone since its last change at the latest."""
    properties = record.get("properties") or {}
    ids = [key for key in ids_in(properties.get("hs_merged_object_ids")) if key != str(record["id"])]
    moment = properties.get("hs_lastmodifieddate")
    return [{"id": key, "properties": {"hs_lastmodifieddate": moment}} for key in ids]


def _nothing_to_add(client: RESTClient) -> Completion:
    return Completion()


def _no_others(record: Record) -> Sequence[Record]:
    return ()


@dataclass(frozen=True, slots=True)
class CrmObject:
    """A type of record.

    Attributes:
        name: the word for it in paths, such as contacts.
        properties: what is asked for of each record.
        version: the property with the moment of the last change.
        prepare: returns what adds to records what other endpoints know of them; called once in a pass.
        others: the records that one record stands for beside itself.
        gone: the records that are gone because of one, such as those that were merged into it.
    """

    name: str
    properties: tuple[str, ...]
    version: str = "hs_lastmodifieddate"
    prepare: Callable[[RESTClient], Completion] = _nothing_to_add
    others: Callable[[Record], Sequence[Record]] = _no_others
    gone: Callable[[Record], Sequence[Record]] = _no_others

    def read(self, fetch: Fetch) -> Iterator[Batch]:
        """Yields what has changed since the last pass; goes on where that one was interrupted."""
        state = _State.of(fetch)
        completion = self.prepare(fetch.client)
        if state.is_overtaken_by(completion.basis):
            state = replace(state, since=None, until=None, after=None)
        state = replace(state, basis=completion.basis)
        was_interrupted = state.after is not None
        state = yield from self._read_window(fetch.client, state, completion)
        if was_interrupted:
            # That window was opened in an earlier pass; what changed since then is in another one.
            state = yield from self._read_window(fetch.client, state, completion)
        yield self._compare_archive(fetch.client, state, completion)

    def _read_window(
        self, client: RESTClient, state: "_State", completion: Completion
    ) -> Generator[Batch, None, "_State"]:
        if state.after is None:
            state = replace(state, until=self._newest_change(client) or state.until)
        archived = frozenset(state.archived)
        for page in self._changed_since(client, state):
            # The index may still have a record that is archived. One that was restored is read by its id.
            found = [record for record in page if str(record["id"]) not in archived]
            state = replace(state, after=str(page[-1]["id"]))
            yield self._batch(found, state, completion)
        state = replace(state, since=state.until, after=None)
        yield Batch((), state.position)
        return state

    def _newest_change(self, client: RESTClient) -> str | None:
        query = {
            "filterGroups": [{"filters": [behind(None)]}],
            "sorts": [{"propertyName": self.version, "direction": "DESCENDING"}],
            "properties": [self.version],
            "limit": 1,
        }
        found = self._search(client, query)
        moment = convert(value_at(found[0], f"properties.{self.version}"), "moment") if found else None
        return None if moment is None else moment.isoformat()

    def _changed_since(self, client: RESTClient, state: "_State") -> Iterator[list[Record]]:
        filters = []
        if (since := state.begins_at) is not None:
            milliseconds = int(since.timestamp() * 1000)
            filters.append({"propertyName": self.version, "operator": "GTE", "value": str(milliseconds)})
        query = {
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": [*self.properties, self.version],
            "limit": _PER_SEARCH,
        }
        pages = client.paginate(
            f"/crm/v3/objects/{self.name}/search",
            method="POST",
            json=query,
            paginator=BehindLastId(filters, state.after),
            data_selector="results",
        )
        return (list(page) for page in pages if page)

    def _search(self, client: RESTClient, query: dict[str, Any]) -> list[Record]:
        answer = client.post(f"/crm/v3/objects/{self.name}/search", json=query).json()
        return list((answer or {}).get("results") or ())

    def _compare_archive(self, client: RESTClient, state: "_State", completion: Completion) -> Batch:
        """Returns what was archived and what was restored since the last pass."""
        listed = {str(record["id"]): record for record in self._archived(client)}
        known = frozenset(state.archived)
        gone = [
            self._tombstone(each)
            for key, record in listed.items()
            if key not in known
            for each in (record, *self.others(record))
        ]
        # What left the list was restored, or deleted for good after some months.
        left = [key for key in state.archived if key not in listed]
        parts = [left[start : start + _PER_BATCH] for start in range(0, len(left), _PER_BATCH)]
        restored = [record for keys in parts for record in self._by_ids(client, keys)]
        return self._batch(restored, replace(state, archived=tuple(sorted(listed))), completion, gone)

    def _archived(self, client: RESTClient) -> Iterator[Record]:
        pages = client.paginate(
            f"/crm/v3/objects/{self.name}",
            params={"archived": "true", "limit": _PER_LIST, "properties": ",".join([*self.properties, self.version])},
            paginator=ByCursor(),
            data_selector="results",
        )
        return (record for page in pages for record in page if record)

    def _tombstone(self, record: Record) -> Record:
        moment = record.get("archivedAt") or record.get("updatedAt") or value_at(record, f"properties.{self.version}")
        return {**record, "properties": {**(record.get("properties") or {}), self.version: moment}}

    def _by_ids(self, client: RESTClient, keys: Sequence[str]) -> Sequence[Record]:
        query = {
            "inputs": [{"id": key} for key in keys],
            "properties": [*self.properties, self.version],
            "propertiesWithHistory": [],
        }
        answer = client.post(f"/crm/v3/objects/{self.name}/batch/read", json=query).json()
        return [record for record in (answer or {}).get("results") or () if not record.get("archived")]

    def _batch(
        self, records: Sequence[Record], state: "_State", completion: Completion, archived: Sequence[Record] = ()
    ) -> Batch:
        completed = completion.complete(records) if records else ()
        found = [each for record in completed for each in (record, *self.others(record))]
        gone = [*archived, *(each for record in completed for each in self.gone(record))]
        return Batch(found, state.position, gone)


@dataclass(frozen=True, slots=True)
class _State:
    """How far the reading has come.

    `since` is the newest change that the last complete window was sure to have, `until` that of the window that is
    being read, and `after` the last id in it; None if none is being read. `archived` are the ids in the archive, and
    `basis` is that of the completion.
    """

    since: str | None = None
    until: str | None = None
    after: str | None = None
    archived: tuple[str, ...] = ()
    basis: Mapping[str, Any] = field(default_factory=dict)
    start_date: date | None = field(default=None, compare=False)

    @classmethod
    def of(cls, fetch: Fetch) -> "_State":
        """Returns the state that the last pass has left."""
        stored = dict(fetch.position or {})
        archived = tuple(stored.pop("archived", ()))
        return cls(**stored, archived=archived, start_date=fetch.start_date)

    def is_overtaken_by(self, basis: Mapping[str, Any]) -> bool:
        """Whether what was derived from the last basis may be another now. What is new in it concerns new changes."""
        return bool(basis) and (not self.basis or any(basis.get(key, old) != old for key, old in self.basis.items()))

    @property
    def position(self) -> Mapping[str, Any]:
        """The state as JSON values."""
        kept = {"since": self.since, "until": self.until, "after": self.after, "basis": dict(self.basis)}
        return {**kept, "archived": list(self.archived)}

    @property
    def begins_at(self) -> datetime | None:
        """From when on changes are wanted; None for all."""
        if self.since is not None:
            return datetime.fromisoformat(self.since) - OVERLAP
        return None if self.start_date is None else datetime.combine(self.start_date, time(), UTC)
