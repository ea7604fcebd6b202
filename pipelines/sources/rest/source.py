"""A source that extracts through a vendor's API: the interface over its resources."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar, TypeVar

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.raw import Load, Stream
from pipelines.sources.base import ExtractContext, Source, StreamReport
from pipelines.sources.rest.errors import ApiError
from pipelines.sources.rest.extraction import extract_resource
from pipelines.sources.rest.resource import Resource
from pipelines.sources.rest.settings import ApiSettings

Settings = TypeVar("Settings", bound=ApiSettings)


class ApiSource(Source[Settings]):
    """Extracts the resources of a vendor; a vendor names them and opens its API."""

    resources: ClassVar[tuple[Resource, ...]]

    @abstractmethod
    def open_client(self) -> RESTClient:
        """Returns the vendor's API with the credentials of the settings; asks nothing yet."""

    @abstractmethod
    def check_access(self, client: RESTClient, resources: Sequence[Resource]) -> Iterator[str]:
        """Yields what the credentials lack for resources, in words with what to do; raises ApiError."""

    @classmethod
    def all_streams(cls) -> Sequence[Stream]:
        """Returns the streams of all resources."""
        return [resource.stream for resource in cls.resources]

    def streams(self) -> Sequence[Stream]:
        """Returns the streams of the resources that the settings choose."""
        return [resource.stream for resource in self.chosen_resources()]

    def chosen_resources(self) -> Sequence[Resource]:
        """Returns the resources that the settings choose."""
        chosen = self.settings.resources
        return [resource for resource in self.resources if chosen is None or resource.name in chosen]

    def provided_columns(self, stream: str, active: Sequence[Load]) -> Mapping[str, Collection[str]]:
        """Returns the columns that the staging models fill; none before anything was loaded."""
        [found] = [resource for resource in self.resources if resource.name == stream]
        return found.entities if active else {}

    def extract(self, streams: Collection[str], context: ExtractContext) -> Iterator[StreamReport]:
        """Loads what is new or changed, resource by resource; what fails does not stop the others."""
        client = self.open_client()
        for resource in self.chosen_resources():
            if resource.name in streams:
                yield extract_resource(resource, client, self.settings.name, self.settings.start_date, context)

    def probe(self, context: ExtractContext) -> list[str]:
        """Returns what the credentials lack, or that the vendor does not answer; changes nothing."""
        try:
            return list(self.check_access(self.open_client(), self.chosen_resources()))
        except ApiError as error:
            return [str(error)]

    def list_changes(self, base: Path, wall_clock: datetime) -> Iterator[str]:
        """Yields nothing: only an extract finds out what is new."""
        return iter(())
