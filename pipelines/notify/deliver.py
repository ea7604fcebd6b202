"""Sends a message through whichever channel the settings name."""

from datetime import datetime
from pathlib import Path
from typing import assert_never

from pipelines.notify import email, file, slack
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt
from pipelines.notify.settings import EmailChannel, FileChannel, SlackChannel

AnyChannel = SlackChannel | EmailChannel | FileChannel


def send(channel: AnyChannel, message: Message, *, base: Path, now: datetime, doubtful: bool = False) -> Receipt:
    """Deliver `message`, once, without retrying; `base` is the folder that paths in the settings refer to.

    `doubtful` says that an earlier attempt may have got through without our knowing. A file is searched for the
    message in any case, an e-mail keeps its Message-ID, a Slack webhook can only tell its readers.
    Raises Undeliverable, whose reason holds no secret.
    """
    match channel:
        case FileChannel():
            return file.send(channel, message, base=base, now=now)
        case EmailChannel():
            return email.send(channel, message, base=base, now=now)
        case SlackChannel():
            return slack.send(channel, message, now=now, doubtful=doubtful)
    assert_never(channel)


def probe(channel: AnyChannel, *, base: Path) -> str | None:
    """Why messages would not get through, with what to mend, or None. No message reaches anyone."""
    match channel:
        case FileChannel():
            return file.probe(channel, base=base)
        case EmailChannel():
            return email.probe(channel, base=base)
        case SlackChannel():
            return slack.probe(channel)
    assert_never(channel)
