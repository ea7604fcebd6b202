"""The Mailchimp source."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from dlt.sources.helpers.rest_client.auth import BearerTokenAuth, HttpBasicAuth
from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.mailchimp.resources import RESOURCES
from pipelines.sources.mailchimp.settings import MailchimpSettings
from pipelines.sources.rest.pace import RateLimit
from pipelines.sources.rest.resource import Resource
from pipelines.sources.rest.session import Vendor, open_client
from pipelines.sources.rest.source import ApiSource

VENDOR = Vendor(
    "Mailchimp",
    # Mailchimp publishes ten connections at once and no rate; one connection asks no faster than this.
    limits=[("", RateLimit(50, 1.0))],
    remedy="create a new API key under Profile, Extras, API keys, and put it into the environment variable",
)


class MailchimpSource(ApiSource[MailchimpSettings]):
    """Extracts from one Mailchimp account."""

    settings_model = MailchimpSettings
    resources: ClassVar[tuple[Resource, ...]] = RESOURCES

    def open_client(self) -> RESTClient:
        """Returns the account's API."""
        settings = self.settings
        if settings.access_token is not None:
            return open_client(VENDOR, settings.address, BearerTokenAuth(settings.access_token.get_secret_value()))
        key = settings.api_key.get_secret_value() if settings.api_key is not None else ""
        return open_client(VENDOR, settings.address, HttpBasicAuth("vigie", key))

    def check_access(self, client: RESTClient, resources: Sequence[Resource]) -> Iterator[str]:
        """Yields nothing if the key is accepted; a key of Mailchimp may read everything."""
        client.get("/ping")
        return iter(())


SOURCE = MailchimpSource
