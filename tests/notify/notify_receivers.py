"""A mail server and a Slack webhook on loopback that accept, refuse and hang up."""

import asyncio
import hmac
from asyncio import Server
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USERNAME, PASSWORD = "vigie", "s3cret-Passw0rd"
WEBHOOK_PATH = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


@dataclass
class Mailbox:
    """What a mail server accepted, and the answers it is set to give instead."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refused_recipients: dict[str, str] = field(default_factory=dict)
    answer_to_sender: str | None = None
    answer_to_data: str | None = None
    hangs_up_on_data: bool = False
    hangs_up_on: str | None = None
    hangs_on: str | None = None
    hangs_up_after: Callable[[], bool] = lambda: False

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer_to_sender is not None:
            return self.answer_to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.hangs_on:
            # The client gives up first.
            await asyncio.sleep(60)
        if address == self.hangs_up_on:
            assert server.transport is not None
            server.transport.close()
            return "421 closing"
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up_on_data:
            assert server.transport is not None
            server.transport.close()
            return "421 closing"
        if self.answer_to_data is not None:
            return self.answer_to_data
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append(envelope)
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.hangs_up_after():
            server.transport.close()
        return "250 Message accepted for delivery"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        good = data.login == USERNAME.encode() and hmac.compare_digest(data.password, PASSWORD.encode())
        self.logins.append(data.login.decode())
        return AuthResult(success=good, handled=good)


class AnyPort(Controller):
    """Stores the port that the operating system chose before the first client needs it."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class MailServer:
    port: int
    mailbox: Mailbox


@dataclass
class Slack:
    """The requests and messages that a webhook's server received, and the answer it is set to give."""

    port: int = 0
    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{WEBHOOK_PATH}"
