"""The e-mail channel: HTML and plain text through an SMTP server."""

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from pipelines.config import redact, secrets_of
from pipelines.notify import network
from pipelines.notify.channels.email.rendering import render
from pipelines.notify.message import Message
from pipelines.notify.network import is_loopback
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.notify.settings import EmailChannel, SmtpSettings


def sender(channel: EmailChannel) -> str:
    """The From header: as set, or `vigie@` and the name of the mail server."""
    if channel.sender is not None:
        return channel.sender
    host = channel.smtp.host.strip("[]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        domain = host
    else:
        literal = f"IPv6:{host}" if address.version == 6 else host
        domain = "localhost" if address.is_loopback else f"[{literal}]"
    return f"Vigie <vigie@{domain}>"


def rendered(channel: EmailChannel, message: Message, *, now: datetime) -> EmailMessage:
    """Returns `message` as an e-mail dated `now`."""
    return render(message, sender=sender(channel), recipients=channel.to, now=now)


def send(channel: EmailChannel, message: Message, *, base: Path, now: datetime) -> Receipt:
    """Hand `message` to the mail server, for all recipients at once.

    If the server takes it for some recipients and refuses others, it counts as sent and the receipt names the others:
    sending it again would reach the first ones twice.
    """
    mail = rendered(channel, message, now=now)
    smtp = channel.smtp
    with _explained(channel), _session(smtp, base) as server:
        refused = server.send_message(mail, from_addr=parseaddr(sender(channel))[1], to_addrs=channel.to)
    detail = f"accepted by {smtp.host}:{smtp.port} for {len(channel.to) - len(refused)} of {len(channel.to)}"
    if refused:
        detail += f"; refused: {_refusals(refused)}"
    return Receipt(redact(detail, secrets_of(channel)), tuple(refused))


def probe(channel: EmailChannel, *, base: Path) -> str | None:
    """Why the mail server would not take messages, or None. Goes as far as logging in; no message is sent."""
    try:
        with _explained(channel), _session(channel.smtp, base) as server:
            code, said = server.noop()
            if code != 250:
                raise smtplib.SMTPResponseException(code, said)
    except Undeliverable as error:
        return error.reason
    return None


@contextmanager
def _session(smtp: SmtpSettings, base: Path) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted and logged in as the settings want it."""
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
                reason = f"{host}:{smtp.port} offers no STARTTLS, and what is sent must not travel in the clear: "
                raise Undeliverable(reason + "set tls: true and its TLS port (often 465)", can_retry=False)
        if smtp.username is not None and smtp.password is not None:
            server.login(smtp.username, smtp.password.get_secret_value())
        yield server
        # The message is accepted or not by now: a server that hangs up without a farewell changes nothing.
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
        problem = "it holds no certificate in PEM form"
    except OSError as error:
        problem = error.strerror or str(error)
    raise Undeliverable(f"cannot use {path} as ca_file: {problem}", can_retry=False)


@contextmanager
def _explained(channel: EmailChannel) -> Iterator[None]:
    """Turns what can go wrong with a mail server into Undeliverable."""
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        reason, can_retry = _problem(error, channel.smtp)
        # The cause stays out: its frames hold the password.
        raise Undeliverable(redact(reason, secrets_of(channel)), can_retry=can_retry) from None


def _problem(error: smtplib.SMTPException | OSError, smtp: SmtpSettings) -> tuple[str, bool]:
    """What happened in words, and whether a retry can help."""
    place = f"{smtp.host}:{smtp.port}"
    match error:
        case smtplib.SMTPRecipientsRefused():
            passing = any(_is_passing(code) for code, _ in error.recipients.values())
            return f"{place} refused every recipient: {_refusals(error.recipients)}", passing
        case smtplib.SMTPResponseException():
            what = "the message"
            if isinstance(error, smtplib.SMTPAuthenticationError):
                what = f"the login of {smtp.username}; check username and password"
            elif isinstance(error, smtplib.SMTPSenderRefused):
                what = f"the sender {error.sender}; set `from` to an address it accepts"
            said = f"{error.smtp_code} {network.quote_answer(error.smtp_error)}"
            return f"{place} refused {what}: {said}", _is_passing(error.smtp_code)
        case smtplib.SMTPServerDisconnected():
            # A server that falls silent in the middle is reported as one that left.
            cause = error.__context__ if isinstance(error.__context__, OSError) else ConnectionError()
            return network.describe_error(cause, smtp.host, smtp.port, smtp.timeout), True
        case smtplib.SMTPException():
            return f"{place} cannot do what the settings ask for: {network.quote_answer(str(error))}", False
        case _:
            return network.describe_error(error, smtp.host, smtp.port, smtp.timeout) + _tls_hint(error, smtp), True


def _is_passing(code: int) -> bool:
    """Whether an answer is one to try again after (RFC 5321, 4.2.1); -1 stands for an answer cut short."""
    return code < 500


def _tls_hint(error: OSError, smtp: SmtpSettings) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "; name the authority that signed it in ca_file"
        return f"{hint}, or set starttls: never for this machine's own server" if is_loopback(smtp.host) else hint
    return "; if the server wants STARTTLS, set tls: false" if isinstance(error, ssl.SSLError) and smtp.tls else ""


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return ", ".join(f"{address} ({code} {network.quote_answer(said)})" for address, (code, said) in refused.items())
