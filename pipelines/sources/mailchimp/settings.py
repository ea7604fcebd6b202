"""The settings of a Mailchimp account."""

import re
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, model_validator

from pipelines.sources.rest.settings import ApiSettings

_DATA_CENTER = re.compile(r"[a-z]{2,4}\d{1,4}")


class MailchimpSettings(ApiSettings):
    """An account of Mailchimp: an API key, or the access token of an app with its data center."""

    resource_names: ClassVar[tuple[str, ...]] = ("campaigns", "sent_to", "orders")

    type: Literal["mailchimp"]
    api_key: SecretStr | None = Field(default=None, description="The key, which ends with the data center: …-us21.")
    access_token: SecretStr | None = Field(default=None, description="Instead of a key: the token of an OAuth app.")
    data_center: str | None = Field(default=None, description="The data center of the token, such as us21.")

    @model_validator(mode="after")
    def _has_credentials(self) -> "MailchimpSettings":
        if (self.api_key is None) == (self.access_token is None):
            raise ValueError("give either api_key or access_token")
        if self.data_center is not None and not _DATA_CENTER.fullmatch(self.data_center):
            raise ValueError(f"data_center: {self.data_center} is none such as us21")
        if self.base_url is None and self._center() is None:
            raise ValueError(
                "api_key has no data center at its end (…-us21); copy the whole key"
                if self.api_key is not None
                else "access_token needs its data_center, such as us21: the metadata of the token names it as `dc`"
            )
        return self

    @property
    def address(self) -> str:
        """The address of the API, with its path prefix."""
        return self.base_url or f"https://{self._center()}.api.mailchimp.com/3.0"

    def _center(self) -> str | None:
        if self.data_center is not None:
            return self.data_center
        suffix = self.api_key.get_secret_value().rpartition("-")[2] if self.api_key is not None else ""
        return suffix if _DATA_CENTER.fullmatch(suffix) else None


SETTINGS = MailchimpSettings
