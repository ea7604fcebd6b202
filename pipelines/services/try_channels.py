"""Tries channels: sends a message through each that says that it is a test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.config import redact, secrets_of
from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.compose import compose_test
from pipelines.notify.outcome import Undeliverable
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.settings import channels_of


@dataclass(frozen=True, slots=True)
class ChannelTrial:
    """What became of a test message: `detail` is the receiver's answer, or why it has no message and what to fix.

    `refused` are recipients that the receiver refused while it accepted others.
    """

    channel: str
    type: str
    delivered: bool
    detail: str
    refused: tuple[str, ...] = ()


def try_channels(installation: Installation, names: Sequence[str]) -> Iterator[ChannelTrial]:
    """Sends a test message through each of the channels `names`, at once and only once, past the outbox."""
    settings = installation.settings()
    channels = channels_of(settings, installation.home.path)
    secrets = secrets_of(settings)
    for name in names:
        channel, now = channels[name], installation.wall_clock()
        message = compose_test(name, now, company_facts(settings))
        try:
            receipt = channel.send(message, ChannelContext(installation.base, now))
        except Undeliverable as reason:
            yield ChannelTrial(name, channel.type, delivered=False, detail=redact(str(reason), secrets))
        else:
            if installation.home.ledger.exists():
                # It delivers again: without a message that waits, no delivery would find out.
                record_outcomes(installation, [Outcome("channel", name, None)])
            detail = redact(receipt.detail, secrets)
            yield ChannelTrial(name, channel.type, delivered=True, detail=detail, refused=receipt.refused)
