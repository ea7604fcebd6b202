"""Sends messages by e-mail."""

import ipaddress
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.utils import parseaddr
from typing import Annotated, Literal

from pydantic import Field

from pipelines.notify.attachment import read_attachment
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.channels.email.addresses import Recipient, Sender
from pipelines.notify.channels.email.rendering import attach, render
from pipelines.notify.channels.email.session import Deadline, Refused, session
from pipelines.notify.channels.email.smtp import SmtpSettings
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.watch.amount import Duration


class EmailChannel(Channel):
    """E-mail to one or more people."""

    type: Literal["email"]
    to: Annotated[tuple[Recipient, ...], Field(min_length=1)] = Field(description="Who gets the messages.")
    sender: Annotated[Sender | None, Field(alias="from")] = Field(
        default=None,
        description='The sender, with or without a name: "Vigie <kpi@example.com>". By default vigie@ and the name of '
        "the mail server.",
    )
    smtp: SmtpSettings
    deadline: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(minutes=30))] = Field(
        default=timedelta(minutes=2), description="The time for one message, all recipients together: 2m."
    )

    @property
    def takes_files(self) -> bool:
        """A file is attached."""
        return True

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

    @property
    def takes_pictures(self) -> bool:
        """The chart is within the e-mail."""
        return True

    @property
    def longest_attempt(self) -> float:
        """All recipients of an attempt share one deadline."""
        return self.deadline.total_seconds()

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Hands `message` to the mail server, for one recipient after the other.

        Who has accepted it, or refused it for good, is kept: a retry goes to the others alone. The receipt lists those
        who refused it.

        Raises:
            Undeliverable: some recipients may accept it later, or all have refused it.
        """
        earlier = tuple(str(each.ids["message_id"]) for each in context.earlier if "message_id" in each.ids)
        mail = render(message, sender=self.from_header, recipients=self.to, now=context.now, earlier=earlier)
        if message.attachment is not None and context.home is not None:
            attach(mail, message.attachment, read_attachment(message.attachment, context.home))
        progress = _Progress(self.to, context)
        deadline = Deadline(self.longest_attempt)
        failure: Undeliverable | None = None
        while waiting := progress.waiting():
            try:
                with session(self.smtp, context.base, deadline, self.redacted) as server:
                    for recipient in waiting:
                        progress.begin(recipient)
                        try:
                            server.send(mail.as_bytes(), sender=parseaddr(self.from_header)[1], recipient=recipient)
                        except Refused as error:
                            progress.refuse(recipient, error)
                        else:
                            progress.accept(recipient)
            except Undeliverable as error:
                failure = error
                # A server that closes the connection over one recipient does not keep the message from the others.
                if not progress.interrupt(error):
                    break
        return progress.result(f"{self.smtp.host}:{self.smtp.port}", mail["Message-ID"], failure, self.redacted)

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why the mail server would refuse messages, or None. It connects and logs in, and sends nothing."""
        try:
            with session(self.smtp, context.base, Deadline(self.longest_attempt), self.redacted) as server:
                server.check()
        except Undeliverable as error:
            return self.redacted(error.reason)
        return None


class _Progress:
    """Who has the message: the recipients that accepted it, refused it for good, or failed for now."""

    def __init__(self, recipients: Sequence[str], context: ChannelContext) -> None:
        self._recipients = recipients
        self._context = context
        self._accepted = [each for each in context.progress.get("accepted", ()) if each in recipients]
        self._refused = {each: why for each, why in context.progress.get("refused", {}).items() if each in recipients}
        self._failed = list(context.progress.get("failed", ()))
        self._failures: dict[str, Undeliverable] = {}
        self._begun: str | None = None

    def waiting(self) -> list[str]:
        """Returns who is still to get the message in this attempt, first those of whom no attempt has failed."""
        done = {*self._accepted, *self._refused, *self._failures}
        return sorted((each for each in self._recipients if each not in done), key=self._failed.__contains__)

    def begin(self, recipient: str) -> None:
        """Marks whose turn it is."""
        self._begun = recipient

    def accept(self, recipient: str) -> None:
        """Keeps that the server accepted the message for a recipient."""
        self._begun = None
        self._accepted.append(recipient)
        self._keep()

    def refuse(self, recipient: str, error: Undeliverable) -> None:
        """Keeps that the server refused it, for good or for now."""
        self._begun = None
        if error.can_retry:
            self._failures[recipient] = error
            self._failed = [*dict.fromkeys([*self._failed, recipient])]
        else:
            self._refused[recipient] = error.reason
        self._keep()

    def interrupt(self, error: Undeliverable) -> bool:
        """Keeps at whose turn the connection failed; False if it was nobody's, so that another one would fail too."""
        if self._begun is None:
            return False
        self._failures[self._begun] = error
        self._failed = [*dict.fromkeys([*self._failed, self._begun])]
        self._begun = None
        self._keep()
        return True

    def result(
        self, place: str, message_id: str, failure: Undeliverable | None, redacted: Callable[[str], str]
    ) -> Receipt:
        """Returns the receipt if every recipient has accepted or refused the message; otherwise raises the failure."""
        waiting = [each for each in self._recipients if each not in {*self._accepted, *self._refused}]
        if not waiting and self._accepted:
            detail = f"accepted by {place} for {len(self._accepted)} of {len(self._recipients)}"
            if self._refused:
                detail += f"; refused: {'; '.join(self._refused.values())}"
            return Receipt(redacted(detail), tuple(self._refused), ids={"message_id": message_id, **self._kept()})
        reasons = [*self._refused.values(), *(error.reason for error in self._failures.values())]
        if failure is not None and failure.reason not in reasons:
            reasons.append(failure.reason)
        raise Undeliverable(
            redacted("; ".join(dict.fromkeys(reasons))),
            can_retry=bool(waiting) and (failure is None or failure.can_retry or bool(self._failures)),
            may_have_arrived=any(error.may_have_arrived for error in self._failures.values()),
        ) from None

    def _kept(self) -> dict[str, object]:
        return {"accepted": self._accepted, "refused": self._refused, "failed": self._failed}

    def _keep(self) -> None:
        self._context.keep(self._kept())
