"""The neutral message: what every channel renders, and the record of it."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pipelines.kpis import Grain
from pipelines.watch.limit import Severity

Kind = Literal["alert", "digest", "export", "pipeline"]
Status = Literal["firing", "resolved", "no_data", "held"]

# Any fixed namespace does; this one makes the ids of messages and threads Vigie's own.
_NAMESPACE = UUID("6f0d2c1e-7d0b-5c63-9b0e-2d1f6b1a7c55")

# JSON may hold these as they are, but many readers of lines break at them.
_LINE_BREAKS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}

Finite = Annotated[float, Field(allow_inf_nan=False)]


def message_id(dedup_key: str) -> str:
    """The id of the message with that dedup key: the same key always gives the same id."""
    return str(uuid5(_NAMESPACE, dedup_key))


def thread_id(dedup_key: str) -> str:
    """The id of the incident that the message with that dedup key tells of, whatever the channel.

    The first two parts of a dedup key, which slashes separate, name the incident.
    """
    return str(uuid5(_NAMESPACE, "thread:" + "/".join(dedup_key.split("/")[:2])))


class Driver(BaseModel):
    """What a segment contributed to a change; `effect` is in the KPI's unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment_type: str
    segment: str
    effect: Finite
    kind: str


class Message(BaseModel):
    """One message for one channel. Values are in the KPI's unit; `title` and `text` are plain text for people.

    `title` opens with a status word and a colon; the first line of `text` says what happened, every further line is
    a label and its value. `pipelines.notify.layout` reads that form back for channels that can do more than text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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

    def to_record(self, *, sent_at: datetime | None = None) -> dict[str, Any]:
        """The JSON object of the message, keys in the record's order; `sent_at` is the moment of sending."""
        message = self if sent_at is None else self.model_copy(update={"sent_at": sent_at})
        return message.model_dump(mode="json")

    def to_line(self, *, sent_at: datetime | None = None) -> bytes:
        """The record as one line of JSON in UTF-8, newline included."""
        record = json.dumps(self.to_record(sent_at=sent_at), ensure_ascii=False, allow_nan=False)
        return (record.translate(_LINE_BREAKS) + "\n").encode()
