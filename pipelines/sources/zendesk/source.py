"""The Zendesk source."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from dlt.sources.helpers.rest_client.auth import BearerTokenAuth, HttpBasicAuth
from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.rest.errors import ForbiddenError
from pipelines.sources.rest.pace import RateLimit
from pipelines.sources.rest.resource import Resource
from pipelines.sources.rest.session import Vendor, open_client
from pipelines.sources.rest.source import ApiSource
from pipelines.sources.zendesk.resources import RESOURCES, where_it_is_there
from pipelines.sources.zendesk.settings import ZendeskSettings

VENDOR = Vendor(
    "Zendesk",
    # The smallest plan allows 200 requests a minute, and every account 10 of its exports.
    limits=[("", RateLimit(200, 60.0)), ("/incremental/", RateLimit(10, 60.0))],
    remedy="as an administrator, create a new token in the Admin Center under Apps and integrations, APIs, and put it"
    " into the environment variable",
)


class ZendeskSource(ApiSource[ZendeskSettings]):
    """Extracts from one Zendesk account."""

    settings_model = ZendeskSettings
    resources: ClassVar[tuple[Resource, ...]] = RESOURCES

    def open_client(self) -> RESTClient:
        """Returns the account's API."""
        settings = self.settings
        if settings.oauth_token is not None:
            return open_client(VENDOR, settings.address, BearerTokenAuth(settings.oauth_token.get_secret_value()))
        token = settings.api_token.get_secret_value() if settings.api_token is not None else ""
        return open_client(VENDOR, settings.address, HttpBasicAuth(f"{settings.email}/token", token))

    def chosen_resources(self) -> Sequence[Resource]:
        """Returns the resources that the settings choose; those that they do not name may be missing in the account."""
        chosen = super().chosen_resources()
        return chosen if self.settings.resources is not None else [where_it_is_there(each) for each in chosen]

    def check_access(self, client: RESTClient, resources: Sequence[Resource]) -> Iterator[str]:
        """Yields that the token lacks a scope, or that its person is no administrator, where that is so."""
        try:
            user = ((client.get("/api/v2/users/me").json() or {}).get("user")) or {}
            client.get("/api/v2/groups", params={"page[size]": 1})
        except ForbiddenError:
            yield "Zendesk: the token may not read everything: create one with the scope read"
            return
        if user.get("role") != "admin":
            yield (
                f"Zendesk: the credentials are those of a person with the role {user.get('role') or 'anonymous'}, and"
                " exports are for administrators: use a token and the address of an administrator"
            )


SOURCE = ZendeskSource
