"""The settings that every source of a vendor's API has."""

from datetime import date
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from pipelines.sources.base import SourceSettings


class ApiSettings(SourceSettings):
    """What the settings of every vendor have."""

    # The names that `resources` may have; each vendor sets it.
    resource_names: ClassVar[tuple[str, ...]] = ()

    start_date: date | None = Field(default=None, description="What changed before this day is not fetched.")
    resources: tuple[str, ...] | None = Field(
        default=None, description="The resources that are fetched; by default all that feed a KPI."
    )
    base_url: str | None = Field(default=None, description="Replaces the address of the vendor's API.")

    @field_validator("base_url")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        if value is None:
            return None
        address = urlsplit(value)
        if not address.hostname or address.scheme not in {"http", "https"} or address.username or address.password:
            raise ValueError(f"{value} is no address such as https://api.example.com")
        if address.scheme == "http" and not _is_this_machine(address.hostname):
            raise ValueError("the credentials would be sent unencrypted: use https, or http on this machine alone")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _has_known_resources(self) -> "ApiSettings":
        unknown = [name for name in self.resources or () if name not in self.resource_names]
        if unknown:
            raise ValueError(f"resources: {', '.join(unknown)} is none of {', '.join(self.resource_names)}")
        if self.resources is not None and not self.resources:
            raise ValueError("resources: name at least one, or leave the key away")
        return self


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
