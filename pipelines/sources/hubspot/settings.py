"""The settings of a HubSpot account."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr, model_validator

from pipelines.sources.rest.settings import ApiSettings

_ADDRESS = "https://api.hubapi.com"


class HubSpotSettings(ApiSettings):
    """An account of HubSpot: the token of a private app, or the keys of an OAuth app that renews its tokens itself."""

    resource_names: ClassVar[tuple[str, ...]] = (
        "owners",
        "contacts",
        "leads",
        "deals",
        "tickets",
        "calls",
        "feedback_submissions",
        "campaigns",
        "marketing_emails",
        "email_events",
    )

    type: Literal["hubspot"]
    token: SecretStr | None = Field(default=None, description="The access token of a private app: pat-….")
    client_id: str | None = Field(default=None, description="Instead of a token: the id of an OAuth app.")
    client_secret: SecretStr | None = Field(default=None, description="The secret of the OAuth app.")
    refresh_token: SecretStr | None = Field(
        default=None, description="The refresh token that the account gave to the OAuth app."
    )

    @model_validator(mode="after")
    def _has_credentials(self) -> "HubSpotSettings":
        app = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }
        if self.token is not None:
            if any(value is not None for value in app.values()):
                raise ValueError("give either token, or client_id, client_secret and refresh_token")
            return self
        if missing := [name for name, value in app.items() if value is None]:
            raise ValueError(
                "give a token, or client_id, client_secret and refresh_token"
                if len(missing) == len(app)
                else f"an OAuth app needs {' and '.join(missing)} too"
            )
        return self

    @property
    def address(self) -> str:
        """The address of the API."""
        return self.base_url or _ADDRESS


SETTINGS = HubSpotSettings
