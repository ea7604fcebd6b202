"""The settings of a Zendesk account."""

import re
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, model_validator

from pipelines.sources.rest.settings import ApiSettings

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


class ZendeskSettings(ApiSettings):
    """An account of Zendesk: the API token of a person, or the access token of an OAuth client."""

    resource_names: ClassVar[tuple[str, ...]] = (
        "groups",
        "users",
        "ticket_events",
        "tickets",
        "satisfaction_ratings",
        "calls",
    )

    type: Literal["zendesk"]
    subdomain: str | None = Field(default=None, description="The account: acme of acme.zendesk.com.")
    email: str | None = Field(default=None, description="The address of the administrator to whom the token belongs.")
    api_token: SecretStr | None = Field(default=None, description="An API token of the account, with email.")
    oauth_token: SecretStr | None = Field(default=None, description="Instead: an access token of an OAuth client.")

    @model_validator(mode="after")
    def _has_account_and_credentials(self) -> "ZendeskSettings":
        if self.subdomain is not None and not _SUBDOMAIN.fullmatch(self.subdomain):
            raise ValueError(f"subdomain: {self.subdomain} is none; of acme.zendesk.com it is acme")
        if self.base_url is None and self.subdomain is None:
            raise ValueError("give the subdomain: of acme.zendesk.com it is acme")
        if (self.api_token is None) == (self.oauth_token is None):
            raise ValueError("give either email and api_token, or oauth_token")
        if self.api_token is not None and not self.email:
            raise ValueError("api_token needs the email of the person to whom it belongs")
        return self

    @property
    def address(self) -> str:
        """The address of the account, without the path of the API."""
        return self.base_url or f"https://{self.subdomain}.zendesk.com"


SETTINGS = ZendeskSettings
