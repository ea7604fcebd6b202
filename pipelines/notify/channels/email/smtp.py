"""The connection with a mail server: its settings, encryption and login, and its errors in words."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PositiveFloat, SecretStr, model_validator

from pipelines.config import SettingsModel
from pipelines.notify.network import describe_error, is_loopback, quote_answer
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
    timeout: PositiveFloat = Field(default=30, description="Seconds to wait for an answer.")

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


@contextmanager
def session(smtp: SmtpSettings, base: Path) -> Iterator[smtplib.SMTP]:
    """Gives a connection, encrypted and logged in as the settings require; relative paths refer to `base`.

    Raises:
        Undeliverable: the connection failed, or the server refused something inside the block.
    """
    try:
        with _connection(smtp, base) as server:
            yield server
    except (smtplib.SMTPException, OSError) as error:
        reason, can_retry = _describe(error, smtp)
        # The cause stays out: its frames contain the password.
        raise Undeliverable(reason, can_retry=can_retry) from None


def describe_refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    """Returns the recipients that a server refused, each with its answer."""
    return ", ".join(f"{address} ({code} {quote_answer(said)})" for address, (code, said) in refused.items())


@contextmanager
def _connection(smtp: SmtpSettings, base: Path) -> Iterator[smtplib.SMTP]:
    host = smtp.host.strip("[]")
    context = _trust(smtp, base) if smtp.tls or smtp.starttls != "never" else None
    server = (
        smtplib.SMTP_SSL(host, smtp.port, timeout=smtp.timeout, context=context)
        if smtp.tls
        else smtplib.SMTP(host, smtp.port, timeout=smtp.timeout)
    )
    try:
        server.ehlo_or_helo_if_needed()
        if context is not None and not smtp.tls:
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo_or_helo_if_needed()
            elif smtp.must_encrypt:
                reason = f"{host}:{smtp.port} offers no STARTTLS, and the settings require encryption: "
                raise Undeliverable(reason + "set tls: true and its TLS port (often 465)", can_retry=False)
        if smtp.username is not None and smtp.password is not None:
            server.login(smtp.username, smtp.password.get_secret_value())
        yield server
        # The message is accepted or refused by now: an error while disconnecting changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _trust(smtp: SmtpSettings, base: Path) -> ssl.SSLContext:
    if smtp.ca_file is None:
        return ssl.create_default_context()
    path = base / smtp.ca_file
    try:
        return ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        problem = "it contains no certificate in PEM form"
    except OSError as error:
        problem = error.strerror or str(error)
    raise Undeliverable(f"cannot use {path} as ca_file: {problem}", can_retry=False)


def _describe(error: smtplib.SMTPException | OSError, smtp: SmtpSettings) -> tuple[str, bool]:
    """Returns what happened in words, and whether a retry may help."""
    place = f"{smtp.host}:{smtp.port}"
    match error:
        case smtplib.SMTPRecipientsRefused():
            can_retry = any(_is_temporary(code) for code, _ in error.recipients.values())
            return f"{place} refused every recipient: {describe_refusals(error.recipients)}", can_retry
        case smtplib.SMTPResponseException():
            what = "the message"
            if isinstance(error, smtplib.SMTPAuthenticationError):
                what = f"the login of {smtp.username}; check username and password"
            elif isinstance(error, smtplib.SMTPSenderRefused):
                what = f"the sender {error.sender}; set `from` to an address it accepts"
            said = f"{error.smtp_code} {quote_answer(error.smtp_error)}"
            return f"{place} refused {what}: {said}", _is_temporary(error.smtp_code)
        case smtplib.SMTPServerDisconnected():
            # smtplib reports a server that stops answering as one that disconnected.
            cause = error.__context__ if isinstance(error.__context__, OSError) else ConnectionError()
            return describe_error(cause, smtp.host, smtp.port, smtp.timeout), True
        case smtplib.SMTPException():
            return f"{place} cannot do what the settings require: {quote_answer(str(error))}", False
        case _:
            return describe_error(error, smtp.host, smtp.port, smtp.timeout) + _tls_hint(error, smtp), True


def _is_temporary(code: int) -> bool:
    """Whether to retry after an answer (RFC 5321, 4.2.1); smtplib uses -1 for an incomplete one."""
    return code < 500


def _tls_hint(error: OSError, smtp: SmtpSettings) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "; name the authority that signed it in ca_file"
        return f"{hint}, or set starttls: never for this machine's own server" if is_loopback(smtp.host) else hint
    return "; if the server wants STARTTLS, set tls: false" if isinstance(error, ssl.SSLError) and smtp.tls else ""
