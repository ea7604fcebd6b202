"""The HubSpot source."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.resources import RESOURCES
from pipelines.sources.hubspot.settings import HubSpotSettings
from pipelines.sources.rest.pace import RateLimit
from pipelines.sources.rest.resource import Resource
from pipelines.sources.rest.session import Vendor, open_client
from pipelines.sources.rest.source import ApiSource

VENDOR = Vendor(
    "HubSpot",
    # Any account may ask so much; some may more. A search counts for both.
    limits=[("", RateLimit(10, 1.0)), ("/search", RateLimit(4, 1.0))],
    remedy="create a new access token in the private app, or grant it what docs/connect-hubspot.md lists, and put the"
    " token into the environment variable",
)


class HubSpotSource(ApiSource[HubSpotSettings]):
    """Extracts from one HubSpot account."""

    settings_model = HubSpotSettings
    resources: ClassVar[tuple[Resource, ...]] = RESOURCES

    def open_client(self) -> RESTClient:
        """Returns the account's API."""
        token = self.settings.token
        return open_client(VENDOR, self.settings.address, BearerTokenAuth(token.get_secret_value() if token else ""))

    def check_access(self, client: RESTClient, resources: Sequence[Resource]) -> Iterator[str]:
        """Yields what the token may not read."""
        return iter(())


SOURCE = HubSpotSource
