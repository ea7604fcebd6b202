"""The HubSpot source."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.hubspot.access import check
from pipelines.sources.hubspot.resources import RESOURCES
from pipelines.sources.hubspot.settings import HubSpotSettings
from pipelines.sources.rest.oauth import RefreshedToken
from pipelines.sources.rest.pace import RateLimit
from pipelines.sources.rest.resource import Resource
from pipelines.sources.rest.session import Vendor, open_client
from pipelines.sources.rest.source import ApiSource

VENDOR = Vendor(
    "HubSpot",
    # Any account may ask so much; some may more. A search counts for both.
    limits=[("", RateLimit(10, 1.0)), ("/search", RateLimit(4, 1.0))],
    remedy="create a new access token in the private app, or install the OAuth app again, and put it into the"
    " environment variable; docs/connect-hubspot.md shows how",
)


class HubSpotSource(ApiSource[HubSpotSettings]):
    """Extracts from one HubSpot account."""

    settings_model = HubSpotSettings
    resources: ClassVar[tuple[Resource, ...]] = RESOURCES

    def open_client(self) -> RESTClient:
        """Returns the account's API."""
        settings = self.settings
        if settings.token is not None:
            return open_client(VENDOR, settings.address, BearerTokenAuth(settings.token.get_secret_value()))
        app = {
            "grant_type": "refresh_token",
            "client_id": settings.client_id or "",
            "client_secret": settings.client_secret.get_secret_value() if settings.client_secret else "",
            "refresh_token": settings.refresh_token.get_secret_value() if settings.refresh_token else "",
        }
        return open_client(VENDOR, settings.address, RefreshedToken(VENDOR, f"{settings.address}/oauth/v1/token", app))

    def check_access(self, client: RESTClient, resources: Sequence[Resource]) -> Iterator[str]:
        """Yields which scopes the token lacks."""
        return check(client, resources)


SOURCE = HubSpotSource
