"""The interface of a channel: its settings, how it sends a message, and how it is probed."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from pipelines.config import SettingsModel, redact, secrets_of
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel needs to know beside its settings.

    `base` is the folder that relative paths in the settings refer to, `now` the aware moment of the attempt.
    `may_have_arrived` says that the receiver may have the message from an earlier attempt. `home` is the home folder,
    in which the files of messages are.
    """

    base: Path
    now: datetime
    may_have_arrived: bool = False
    home: Path | None = None


class Channel(SettingsModel):
    """A channel as the operator declares it. Each kind is a subclass whose `type` is a literal."""

    # Whether it brings the file that goes with a message, or says where that is.
    takes_files: ClassVar[bool] = False

    type: str

    @abstractmethod
    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Tries once to deliver `message`; returns once the receiver has accepted it.

        Raises:
            Undeliverable: the receiver did not accept the message.
        """

    @abstractmethod
    def probe(self, context: ChannelContext) -> str | None:
        """Returns why messages cannot be delivered and what to fix, or None. Nobody receives anything."""

    def redacted(self, text: str) -> str:
        """Returns `text` without the secrets of this channel."""
        return redact(text, secrets_of(self))
