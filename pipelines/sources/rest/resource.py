"""Resources: what one kind of record of a vendor becomes in raw, and how it is fetched."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.raw import Stream
from pipelines.sources.rest.fields import Field

# Indexes and exports of vendors lag by a minute or two: each fetch begins so much before the newest record of the last.
OVERLAP = timedelta(minutes=10)

Position = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were fetched together, and where to go on after them.

    `deleted` are the records that are gone, with their keys and, where the vendor says it, the moment. `position` is
    the vendor's own cursor as JSON values. Where `scope` is given, the records are all there are with these values in
    these columns, `{}` for all there are at all: what raw has beyond them is gone.
    """

    records: Sequence[Mapping[str, Any]]
    position: Position
    deleted: Sequence[Mapping[str, Any]] = ()
    scope: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """What a fetch starts with: the position that the last one reached, None at first, and the first day wanted."""

    client: RESTClient
    position: Position | None
    start_date: date | None


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record of a vendor.

    Attributes:
        name: the vendor's word; also the stream and, with two underscores after the source, the raw view.
        fields: the columns, in order.
        key: the fields that identify a record.
        entities: for each canonical entity that it fills, the columns that the staging model really fills.
        fetch: yields the batches since a position; raises ApiError.
        version: the field with the moment of a record's last change; None if the vendor does not say.
        is_reference: whether others look records up here, so that they may rightly stay unchanged.
    """

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    entities: Mapping[str, Collection[str]]
    fetch: Callable[[Fetch], Iterator[Batch]]
    version: str | None = None
    is_reference: bool = False

    @property
    def stream(self) -> Stream:
        """The stream in raw."""
        return Stream(
            self.name, tuple(field.column for field in self.fields), self.key, tuple(self.entities), self.is_reference
        )
