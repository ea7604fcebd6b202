"""Sends messages through Apprise."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr

from pipelines.config import redact
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.links import split_links
from pipelines.notify.message import Action, Command, Fact, Footnote, Lines, Message, Paragraph
from pipelines.notify.network import quote_answer
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.notify.translations import TRANSLATIONS
from pipelines.watch.state import incident_of

_WORKER = Path(__file__).with_name("worker.py")
_SHORTEST_PART = 5
_STATUS = re.compile(r"error=(\d{3})")
_TEMPORARY = {408, 425, 429}

# Marks with which one of the services makes a mention, a link or a format, and what is shown instead.
_INERT = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "*": "\N{ASTERISK OPERATOR}",
        "~": "\N{TILDE OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
        "@": "@\u200b",
        "[": "[\u200b",
    }
)
_SCHEME = re.compile(r":(?=//)")


def inert(text: str) -> str:
    """Returns `text` as services show it without a mention, a link or a format."""
    return _SCHEME.sub(":\u200c", text.translate(_INERT))


def _url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S+$", text):
        raise ValueError("this is no Apprise address such as discord://… or json://…: see the list of its services")
    return url


class AppriseChannel(Channel):
    """A service that Apprise knows."""

    type: Literal["apprise"]
    url: Annotated[SecretStr, AfterValidator(_url)] = Field(
        description="The Apprise URL of the service, a secret: take it from the environment."
    )
    timeout: Annotated[int, Field(ge=1, le=600)] = Field(
        default=60, description="Seconds after which an attempt is ended."
    )

    @property
    def longest_attempt(self) -> float:
        """The process of an attempt is ended then."""
        return self.timeout + 5

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Hands `message` to Apprise.

        Raises:
            Undeliverable: the service did not accept it, as Apprise reads its answer.
        """
        said = self._work(
            {
                "title": inert(message.title),
                "body": _body(message),
                "type": _type(message),
                "incident": message.thread,
            }
        )
        if said["sent"]:
            return Receipt("accepted, as Apprise reads the answer")
        lines = "; ".join(quote_answer(str(line), self.redacted) for line in said["said"]) or "no reason given"
        statuses = [int(found) for found in _STATUS.findall(" ".join(map(str, said["said"])))]
        is_permanent = any(400 <= status < 500 and status not in _TEMPORARY for status in statuses)
        raise Undeliverable(
            f"the service did not accept the message: {lines}", can_retry=not is_permanent, may_have_arrived=True
        )

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why Apprise cannot use the URL, or None. The service is not asked."""
        try:
            self._work({"title": "", "body": "", "type": "info", "incident": incident_of("probe")})
        except Undeliverable as error:
            return error.reason
        return None

    def redacted(self, text: str) -> str:
        """Returns `text` without the URL and its parts: services repeat them one by one."""
        return redact(super().redacted(text), _parts(self.url.get_secret_value()))

    def _work(self, asked: dict[str, str]) -> dict[str, Any]:
        """Returns what the process of an attempt found."""
        worker = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = worker.communicate(
                json.dumps({**asked, "url": self.url.get_secret_value()}), timeout=self.timeout
            )
        except subprocess.TimeoutExpired:
            raise Undeliverable(
                f"the service did not answer within {self.timeout} s", can_retry=True, may_have_arrived=True
            ) from None
        finally:
            # Its own group: what it started ends with it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        said = _last_object(output)
        if said is None:
            reason = "Apprise ended without a result: the answer of the service may be too long"
            raise Undeliverable(reason, can_retry=True, may_have_arrived=True)
        if not said["known"]:
            reason = "Apprise does not know this URL: check its scheme and its parts in the list of its services"
            raise Undeliverable(reason, can_retry=False)
        return said


def _body(message: Message) -> str:
    colon = TRANSLATIONS[message.content.language].colon
    lines = []
    for block in message.content.blocks:
        match block:
            case Paragraph():
                lines.append(inert(block.text))
            case Fact():
                lines.append(f"{inert(block.label)}{colon}{inert(block.value)}")
            case Action():
                parts = (part.url or inert(part.text) for part in split_links(block.text))
                lines.append(f"{inert(block.label)}{colon}{''.join(parts)}")
            case Lines():
                lines.append(f"{inert(block.label)}{colon.rstrip()}")
                lines += [f"- {inert(line)}" for line in block.lines]
            case Footnote():
                lines += ["", inert(block.text)]
            case Command():
                # Typed as it is, so that no mark may be added to it; it has no name of a customer.
                lines.append(f"{inert(block.label)}{colon}{block.text}")
    return "\n".join(lines)


def _type(message: Message) -> str:
    if message.status == "resolved":
        return "success"
    return {"critical": "failure", "warn": "warning"}.get(message.severity or "", "info")


def _last_object(output: str) -> dict[str, Any] | None:
    lines = output.strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError):
        return None
    return found if isinstance(found, dict) and {"known", "sent", "said"} <= found.keys() else None


def _parts(url: str) -> Iterator[str]:
    """Yields what may be secret in an Apprise URL: everything but its scheme and short words."""
    try:
        parts = urlsplit(url)
        place = parts.netloc
    except ValueError:
        return
    found = [*re.split(r"[@:/]", place), *parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    for part in found:
        for spelled in (part, unquote(part)):
            if len(spelled) >= _SHORTEST_PART:
                yield spelled
