"""The neutral message: facts that every channel sends, and blocks that a channel lays out."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from pipelines.kpis import Grain
from pipelines.kpis.formatting import Language
from pipelines.notify.attachment import Attachment
from pipelines.watch.limit import Severity
from pipelines.watch.state import incident_of

Kind = Literal["alert", "digest", "export", "pipeline"]
Status = Literal["firing", "resolved", "no_data", "held"]

# Never change it: the ids of messages and threads are made from it, and receivers recognise a repetition by its id.
_NAMESPACE = UUID("6f0d2c1e-7d0b-5c63-9b0e-2d1f6b1a7c55")

# JSON allows these characters unescaped, but many readers of lines break at them.
_LINE_BREAKS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}

Finite = Annotated[float, Field(allow_inf_nan=False)]


def message_id(dedup_key: str) -> str:
    """Returns the id of the message with that dedup key; equal keys give equal ids."""
    return str(uuid5(_NAMESPACE, dedup_key))


def thread_id(dedup_key: str) -> str:
    """Returns the id of the thread of the incident that a message is about, the same for all channels."""
    return str(uuid5(_NAMESPACE, "thread:" + incident_of(dedup_key)))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Driver(_Part):
    """What a segment contributed to a change; `effect` is in the KPI's unit."""

    segment_type: str
    segment: str
    effect: Finite
    kind: str


class Paragraph(_Part):
    """A line of text; the first paragraph of a message says what happened."""

    type: Literal["paragraph"] = "paragraph"
    text: str


class Fact(_Part):
    """A label and its value, such as `Period` and `week of 5 January 2026 (W02)`."""

    type: Literal["fact"] = "fact"
    label: str
    value: str


class Action(_Part):
    """What to do, in the operator's own words; only here are web addresses links."""

    type: Literal["action"] = "action"
    label: str
    text: str


class Lines(_Part):
    """A label and several lines below it, each a sentence of its own."""

    type: Literal["lines"] = "lines"
    label: str
    lines: tuple[str, ...]


class Footnote(_Part):
    """Whose message it is and what it is about, in small print at its end."""

    type: Literal["footnote"] = "footnote"
    text: str


class Command(_Part):
    """What a command does and how it is typed, in small print at the end."""

    type: Literal["command"] = "command"
    label: str
    text: str


Block = Annotated[Paragraph | Fact | Action | Lines | Footnote | Command, Field(discriminator="type")]


class Content(_Part):
    """What a person reads, in parts. `status_label` (such as `Critical`) may be empty."""

    language: Language
    status_label: str
    headline: str
    blocks: tuple[Block, ...]

    @classmethod
    def from_text(cls, title: str, text: str) -> "Content":
        """Returns the content of a message that has no blocks: every line of `text` is a paragraph."""
        blocks = tuple(Paragraph(text=line) for line in text.split("\n") if line)
        return cls(language="en", status_label="", headline=title, blocks=blocks)


class Overview(_Part):
    """What the first message of a thread about several alerts shows once something has happened to one of them."""

    status: Status
    severity: Severity
    title: str
    text: str
    content: Content


class Message(_Part):
    """One message for one channel.

    Values are in the KPI's unit. `title` and `text` are plain text for people; `content` says the same in parts.
    `incident` names the thread in which it is sent, if that is not the one that its dedup key names.
    """

    message_id: str
    dedup_key: str
    channel: str
    kind: Kind
    status: Status | None = None
    severity: Severity | None = None
    rule: str | None = None
    kpi: str | None = None
    grain: Grain | None = None
    period_start: date | None = None
    segment_type: str | None = None
    segment: str | None = None
    value: Finite | None = None
    threshold: Finite | None = None
    previous_value: Finite | None = None
    sample_size: int | None = None
    title: str
    text: str
    drivers: tuple[Driver, ...] = ()
    owner: str | None = None
    action: str | None = None
    sent_at: AwareDatetime | None = None
    content: Content
    # A chart as PNG. The outbox stores it apart, and the public record does not have it.
    picture: Annotated[bytes | None, Field(exclude=True, repr=False)] = None
    # The file that goes with it; the public record does not have it.
    attachment: Attachment | None = None
    # Where it goes, and what the first message there shows then; the public record does not have them.
    incident: str | None = None
    overview: Overview | None = None

    @property
    def thread(self) -> str:
        """The id of the thread in which it is sent, the same for all channels."""
        return thread_id(self.incident or self.dedup_key)

    @model_validator(mode="before")
    @classmethod
    def _add_missing_content(cls, data: Any) -> Any:
        # Messages that an earlier version stored in the outbox have no content.
        if isinstance(data, dict) and "content" not in data and {"title", "text"} <= data.keys():
            return {**data, "content": Content.from_text(data["title"], data["text"])}
        return data

    def with_paragraph(self, text: str) -> "Message":
        """Returns the message with one more paragraph at its end."""
        content = self.content.model_copy(update={"blocks": (*self.content.blocks, Paragraph(text=text))})
        return self.model_copy(update={"text": f"{self.text}\n\n{text}", "content": content})

    def of_thread(self) -> "Message":
        """Returns the message as the first one of its thread shows what has happened."""
        return self if self.overview is None else self.model_copy(update=dict(self.overview))

    def to_record(self, *, sent_at: datetime | None = None) -> dict[str, Any]:
        """Returns the public record of the message, keys in their documented order; `sent_at` is an aware moment."""
        message = self if sent_at is None else self.model_copy(update={"sent_at": sent_at})
        return message.model_dump(mode="json", exclude={"content", "attachment", "incident", "overview"})

    def to_line(self, *, sent_at: datetime | None = None) -> bytes:
        """Returns the public record as one line of JSON in UTF-8, newline included."""
        record = json.dumps(self.to_record(sent_at=sent_at), ensure_ascii=False, allow_nan=False)
        return (record.translate(_LINE_BREAKS) + "\n").encode()

    def to_stored(self) -> dict[str, Any]:
        """Returns the whole message as the outbox stores it; `Message.model_validate` reads it back."""
        return self.model_dump(mode="json")


def plain_text(blocks: Iterable[Block], colon: str) -> str:
    """Returns blocks as text, one a line; `colon` separates labels from values as the language does."""
    lines: list[str] = []
    for block in blocks:
        match block:
            case Paragraph():
                lines.append(block.text)
            case Fact():
                lines.append(f"{block.label}{colon}{block.value}")
            case Footnote():
                lines += ["", block.text]
            case Action() | Command():
                lines.append(f"{block.label}{colon}{block.text}")
            case Lines():
                lines.append(f"{block.label}{colon.rstrip()}")
                lines += [f"- {line}" for line in block.lines]
    return "\n".join(lines)
