"""Sends messages by e-mail."""

import ipaddress
import smtplib
from email.utils import parseaddr
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pipelines.notify.attachment import read_attachment
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.channels.email.addresses import Recipient, Sender
from pipelines.notify.channels.email.rendering import attach, render
from pipelines.notify.channels.email.smtp import SmtpSettings, describe_refusals, session
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable


class EmailChannel(Channel):
    """E-mail to one or more people."""

    takes_files: ClassVar[bool] = True

    type: Literal["email"]
    to: Annotated[tuple[Recipient, ...], Field(min_length=1)] = Field(description="Who gets the messages.")
    sender: Annotated[Sender | None, Field(alias="from")] = Field(
        default=None,
        description='The sender, with or without a name: "Vigie <kpi@example.com>". By default vigie@ and the name of '
        "the mail server.",
    )
    smtp: SmtpSettings

    @property
    def from_header(self) -> str:
        """The sender as set, or `vigie@` and the name of the mail server."""
        if self.sender is not None:
            return self.sender
        host = self.smtp.host.strip("[]")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            domain = host
        else:
            literal = f"IPv6:{host}" if address.version == 6 else host
            domain = "localhost" if address.is_loopback else f"[{literal}]"
        return f"Vigie <vigie@{domain}>"

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Hands `message` to the mail server, for all recipients at once.

        A message that the server accepts for some recipients and refuses for others counts as sent, because a retry
        would reach the first ones twice; the receipt lists the others.

        Raises:
            Undeliverable: the server accepted the message for nobody.
        """
        mail = render(message, sender=self.from_header, recipients=self.to, now=context.now)
        if message.attachment is not None and context.home is not None:
            attach(mail, message.attachment, read_attachment(message.attachment, context.home))
        try:
            with session(self.smtp, context.base) as server:
                refused = server.send_message(mail, from_addr=parseaddr(self.from_header)[1], to_addrs=self.to)
        except Undeliverable as error:
            raise Undeliverable(self.redacted(error.reason), can_retry=error.can_retry) from None
        accepted = len(self.to) - len(refused)
        detail = f"accepted by {self.smtp.host}:{self.smtp.port} for {accepted} of {len(self.to)}"
        if refused:
            detail += f"; refused: {describe_refusals(refused)}"
        return Receipt(self.redacted(detail), tuple(refused))

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why the mail server would refuse messages, or None. It connects and logs in, and sends nothing."""
        try:
            with session(self.smtp, context.base) as server:
                code, said = server.noop()
                if code != 250:
                    raise smtplib.SMTPResponseException(code, said)
        except Undeliverable as error:
            return self.redacted(error.reason)
        return None
