"""The interface of a channel: its settings, how it sends a message, and how it is probed."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from pipelines.config import SettingsModel, redact, secrets_of
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt


@dataclass(frozen=True, slots=True)
class SentMessage:
    """An earlier message of the same incident that this channel has delivered, and the ids of its receipt."""

    message_id: str
    dedup_key: str
    ids: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel needs to know beside its settings.

    `base` is the folder that relative paths in the settings refer to, `now` the aware moment of the attempt, `created`
    the one at which the message was stored. `may_have_arrived` says that the receiver may have the message from an
    earlier attempt, and `progress` what it confirmed in attempts that did not finish: the values last given to `keep`.
    `earlier` has the messages of the same incident that the channel has delivered, the oldest first. `home` is the
    home folder, in which the files of messages are.
    """

    base: Path
    now: datetime
    may_have_arrived: bool = False
    created: datetime | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    earlier: tuple[SentMessage, ...] = ()
    keep: Callable[[Mapping[str, Any]], None] = lambda _: None
    home: Path | None = None


class Channel(SettingsModel):
    """A channel as the operator declares it. Each kind is a subclass whose `type` is a literal."""

    # Whether a message may be about several alerts; not where each alert is a record or an incident of its own.
    takes_groups: ClassVar[bool] = True

    type: str
    fallback: str | None = Field(
        default=None,
        description="The channel that gets what this one rejects for good; by default operators, if there is one.",
    )

    @property
    def takes_files(self) -> bool:
        """Whether it brings the file that goes with a message, or says where that is."""
        return False

    @property
    def takes_pictures(self) -> bool:
        """Whether it shows the chart of a message."""
        return False

    @property
    def longest_attempt(self) -> float:
        """The seconds after which `send` has ended, whatever the receiver does; a worker that takes longer hangs."""
        return 60.0

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
