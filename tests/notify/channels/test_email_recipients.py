"""Each recipient gets an e-mail of its own: one that fails neither blocks the others nor repeats theirs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from notify_receivers import MailServer
from notify_samples import ENGLISH, NOW, RULE, alert, event, kpi

from pipelines.notify.channels.base import ChannelContext, SentMessage
from pipelines.notify.channels.email import EmailChannel
from pipelines.notify.compose import compose
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable

Start = Callable[..., MailServer]
A, B, C = "a@example.com", "b@example.com", "c@example.com"


class Attempts:
    """Sends messages as the delivery does: what was kept is there in the next attempt."""

    def __init__(self, port: int, to: tuple[str, ...] = (A, B, C)) -> None:
        smtp = {"host": "127.0.0.1", "port": port, "starttls": "never", "timeout": 0.5}
        given = {"type": "email", "to": list(to), "from": "Vigie <kpi@example.com>", "deadline": "5s", "smtp": smtp}
        self.channel = EmailChannel.model_validate(given)
        self.progress: dict[str, Any] = {}
        self.earlier: tuple[SentMessage, ...] = ()

    def send(self, message: Message) -> Receipt:
        context = ChannelContext(
            Path(), NOW, progress=dict(self.progress), earlier=self.earlier, keep=self.progress.update
        )
        receipt = self.channel.send(message, context)
        assert receipt.ids is not None
        self.earlier = (*self.earlier, SentMessage(message.message_id, message.dedup_key, receipt.ids))
        self.progress = {}
        return receipt

    def refusal(self) -> Undeliverable:
        with pytest.raises(Undeliverable) as refused:
            self.send(alert())
        return refused.value


def received(server: MailServer) -> list[str]:
    return [recipient for envelope in server.mailbox.envelopes for recipient in envelope.rcpt_tos]


def test_who_failed_for_now_is_retried_alone(mail_server: Start) -> None:
    server = mail_server(starttls=False)
    attempts = Attempts(server.port)
    server.mailbox.refused_recipients = {A: "450 greylisted", B: "550 no such user"}
    refused = attempts.refusal()
    assert refused.can_retry
    assert "refused a@example.com (450 greylisted)" in refused.reason
    assert received(server) == [C]
    server.mailbox.refused_recipients = {}
    # Who was refused for good is not asked again.
    assert attempts.send(alert()).refused == (B,)
    assert received(server) == [C, A]


def test_all_refused_for_good(mail_server: Start) -> None:
    server = mail_server(starttls=False)
    server.mailbox.refused_recipients = dict.fromkeys((A, B, C), "550 no such user")
    refused = Attempts(server.port).refusal()
    assert not refused.can_retry
    assert all(recipient in refused.reason for recipient in (A, B, C))


@pytest.mark.parametrize("hangs", [False, True])
def test_a_recipient_over_whom_the_server_hangs_up_or_hangs_does_not_block_the_others(
    mail_server: Start, hangs: bool
) -> None:
    server = mail_server(starttls=False)
    server.mailbox.hangs_up_on, server.mailbox.hangs_on = (None, A) if hangs else (A, None)
    attempts = Attempts(server.port)
    refused = attempts.refusal()
    assert refused.can_retry
    assert received(server) == [B, C]
    server.mailbox.hangs_up_on = server.mailbox.hangs_on = None
    assert attempts.send(alert()).refused == ()
    assert received(server) == [B, C, A]


def test_the_order_of_a_retry_begins_with_those_of_whom_no_attempt_failed(mail_server: Start) -> None:
    server = mail_server(starttls=False)
    attempts = Attempts(server.port)
    attempts.progress = {"accepted": [], "refused": {}, "failed": [A, B]}
    attempts.send(alert())
    assert received(server) == [C, A, B]


def test_a_recipient_that_the_settings_no_longer_have_is_forgotten(mail_server: Start) -> None:
    server = mail_server(starttls=False)
    attempts = Attempts(server.port, (B, C))
    attempts.progress = {"accepted": [A], "refused": {C: "x", A: "y"}, "failed": [A]}
    assert attempts.send(alert()).refused == (C,)
    assert received(server) == [B]


def test_the_e_mails_of_an_incident_answer_each_other(mail_server: Start) -> None:
    server = mail_server(starttls=False)
    attempts = Attempts(server.port, (A,))
    resolved = compose(event({"value": 0.9}, kind="resolved"), RULE, kpi(), "support", ENGLISH)
    worse = compose(
        event(kind="severity_changed", previous_severity="warn", breached_periods=2), RULE, kpi(), "support", ENGLISH
    )
    for message in (alert(), worse, resolved):
        attempts.send(message)
    first, second, third = server.mailbox.mails
    thread = first["References"]
    assert first["In-Reply-To"] == thread
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"] == f"{thread} {first['Message-ID']}"
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [thread, first["Message-ID"], second["Message-ID"]]


def test_a_receipt_that_holds_something_else_is_no_reference(mail_server: Start) -> None:
    server = mail_server(starttls=False)
    attempts = Attempts(server.port, (A,))
    attempts.earlier = (SentMessage("x", "x", {"message_id": "<a@b>\r\nBcc: c@d"}), SentMessage("y", "y", {"ts": "1"}))
    attempts.send(alert())
    assert server.mailbox.mails[0]["Bcc"] is None
