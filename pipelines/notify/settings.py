"""The channels that an operator declares: where messages go, and what is needed to get there."""

from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    WithJsonSchema,
    model_validator,
)

from pipelines.config import SettingsModel
from pipelines.notify.network import is_loopback

# Mail within a company may use names that the public Internet reserves; such an address is checked for all else.
_INTERNAL_DOMAINS = ("local", "localhost", "test", "internal")


def _checked(address: str, *, with_name: bool) -> tuple[str, str]:
    """The display name and the bare address; ValueError in words if it is no address."""
    opening, bracket, closing = address.strip().partition(">")
    internal = opening.replace("@", ".").rsplit(".", 1)[-1].lower() in _INTERNAL_DOMAINS
    suffix = ".example.com" if internal else ""
    try:
        found = validate_email(
            f"{opening}{suffix}{bracket}{closing}", check_deliverability=False, allow_display_name=with_name
        )
    except EmailNotValidError as error:
        raise ValueError(f"{address!r} is not an e-mail address: {error}") from error
    if found.ascii_email is None:
        raise ValueError(
            f"{address!r} has letters before the @ that many mail servers cannot take: use another address"
        )
    return found.display_name or "", found.ascii_email.removesuffix(suffix)


def _recipient(address: str) -> str:
    return _checked(address, with_name=False)[1]


def _sender(address: str) -> str:
    name, bare = _checked(address, with_name=True)
    return str(Address(display_name=name, addr_spec=bare)) if name else bare


def _webhook(url: SecretStr) -> SecretStr:
    """Refuses, without repeating it, an address that is no webhook or would carry its secret in the clear."""
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"https", "http"} or any(mark <= " " or mark > "~" for mark in text):
        raise ValueError("not the address of an incoming webhook: copy all of it from the page of the app in Slack")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("a secret may not travel unencrypted: take the scheme that ends in s, as in the original")
    return url


Recipient = Annotated[str, AfterValidator(_recipient), WithJsonSchema({"type": "string", "format": "email"})]
Sender = Annotated[str, AfterValidator(_sender)]
Port = Annotated[int, Field(ge=1, le=65535)]


def _none_if_empty(given: object) -> object:
    """`${SMTP_PASSWORD:-}` without that variable means that there is no password."""
    return None if given == "" else given


class SlackChannel(SettingsModel):
    """A Slack channel, reached through an incoming webhook."""

    type: Literal["slack"]
    webhook_url: Annotated[SecretStr, AfterValidator(_webhook)] = Field(
        description="The address of the incoming webhook, a secret: take it from the environment."
    )
    timeout: PositiveInt = Field(default=30, description="Seconds to wait for an answer.")


class SmtpSettings(SettingsModel):
    """The mail server that takes the messages. Certificates are always verified."""

    host: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9._:\[\]-]+$")] = Field(
        description="The server's name or address."
    )
    port: Port = 587
    starttls: Literal["auto", "required", "never"] = Field(
        default="auto",
        description="Encryption once connected. auto: where the server offers it; with a login it must, unless it is "
        "on this machine.",
    )
    tls: bool = Field(default=False, description="TLS from the first byte, often on port 465.")
    username: Annotated[str | None, BeforeValidator(_none_if_empty)] = None
    password: Annotated[SecretStr | None, BeforeValidator(_none_if_empty)] = None
    ca_file: Path | None = Field(
        default=None, description="Certificates (PEM) of the private authority that signed the server's own."
    )
    timeout: PositiveFloat = Field(default=30, description="Seconds to wait for an answer.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("a login needs both username and password")
        login = (self.username or "") + (self.password.get_secret_value() if self.password else "")
        if not login.isascii():
            raise ValueError("username and password may hold ASCII characters only: mail servers agree on no others")
        if self.tls and self.starttls == "required":
            raise ValueError("tls already encrypts from the first byte: leave out starttls, or set tls to false")
        if self.username is not None and not self.encrypted_or_local:
            raise ValueError("a login must not travel in the clear: set starttls to auto or required, or tls to true")
        return self

    @property
    def encrypted_or_local(self) -> bool:
        """Whether these settings allow a password to be sent at all."""
        return self.tls or self.starttls != "never" or is_loopback(self.host)

    @property
    def must_encrypt(self) -> bool:
        """Whether a server that offers no STARTTLS is to be refused."""
        wanted = self.starttls == "required" or (self.username is not None and not is_loopback(self.host))
        return wanted and not self.tls


class EmailChannel(SettingsModel):
    """E-mail to one or more people."""

    type: Literal["email"]
    to: Annotated[tuple[Recipient, ...], Field(min_length=1)] = Field(description="Who gets the messages.")
    sender: Annotated[Sender | None, Field(alias="from")] = Field(
        default=None,
        description='The sender, with or without a name: "Vigie <kpi@example.com>". By default vigie@ and the name of '
        "the mail server.",
    )
    smtp: SmtpSettings


class FileChannel(SettingsModel):
    """A file that gets one JSON record a line."""

    type: Literal["file"]
    path: Path = Field(description="The file, relative to the settings.")


Channel = Annotated[SlackChannel | EmailChannel | FileChannel, Field(discriminator="type")]
