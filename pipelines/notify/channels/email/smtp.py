"""The settings of a mail server, and its encrypted connection with a login."""

import ssl
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PositiveFloat, SecretStr, model_validator

from pipelines.config import SettingsModel
from pipelines.notify.network import is_loopback
from pipelines.notify.outcome import Undeliverable

Port = Annotated[int, Field(ge=1, le=65535)]


def _none_if_empty(given: object) -> object:
    """Returns None for an empty text: `${SMTP_PASSWORD:-}` without that variable means that there is no password."""
    return None if given == "" else given


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
    timeout: PositiveFloat = Field(default=30, description="Seconds to wait for each of its answers.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("a login needs both username and password")
        login = (self.username or "") + (self.password.get_secret_value() if self.password else "")
        if not login.isascii():
            raise ValueError(
                "username and password may contain ASCII characters only: mail servers do not support others"
            )
        if self.tls and self.starttls == "required":
            raise ValueError("tls already encrypts from the first byte: leave out starttls, or set tls to false")
        if self.username is not None and not self.encrypted_or_local:
            raise ValueError("a login must not be sent unencrypted: set starttls to auto or required, or tls to true")
        return self

    @property
    def encrypted_or_local(self) -> bool:
        """Whether these settings allow a password to be sent at all."""
        return self.tls or self.starttls != "never" or is_loopback(self.host)

    @property
    def must_encrypt(self) -> bool:
        """Whether to refuse a server that offers no STARTTLS."""
        is_wanted = self.starttls == "required" or (self.username is not None and not is_loopback(self.host))
        return is_wanted and not self.tls

    def trust(self, base: Path) -> ssl.SSLContext | None:
        """Returns the certificates to trust, None without encryption; a relative ca_file refers to `base`.

        Raises:
            Undeliverable: the ca_file cannot be used.
        """
        if not self.tls and self.starttls == "never":
            return None
        if self.ca_file is None:
            return ssl.create_default_context()
        path = base / self.ca_file
        try:
            return ssl.create_default_context(cafile=str(path))
        except ssl.SSLError:
            problem = "it contains no certificate in PEM form"
        except OSError as error:
            problem = error.strerror or str(error)
        raise Undeliverable(f"cannot use {path} as ca_file: {problem}", can_retry=False)
