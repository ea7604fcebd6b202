"""Triggers and resolves incidents in PagerDuty."""

import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr

from pipelines.notify import http
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.message import Message, thread_id
from pipelines.notify.network import encrypted_address, quote_answer
from pipelines.notify.outcome import Receipt, Undeliverable

_SEVERITIES = {"critical": "critical", "warn": "warning"}
_SUMMARY_LENGTH = 1_024


class PagerdutyChannel(Channel):
    """A service in PagerDuty."""

    takes_groups: ClassVar[bool] = False

    type: Literal["pagerduty"]
    routing_key: Annotated[SecretStr, Field(min_length=8)] = Field(
        description="The integration key (Events API v2) of the service, a secret: take it from the environment."
    )
    url: Annotated[str, AfterValidator(encrypted_address)] = Field(
        default="https://events.pagerduty.com/v2/enqueue",
        description="Where events are sent; in the EU https://events.eu.pagerduty.com/v2/enqueue.",
    )
    timeout: Annotated[int, Field(ge=1, le=600)] = Field(
        default=30, description="Seconds for everything that one message needs."
    )

    @property
    def longest_attempt(self) -> float:
        """One request a message."""
        return self.timeout

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Triggers the incident that `message` is about, or resolves it; a repetition changes nothing there.

        Raises:
            Undeliverable: PagerDuty did not answer with status 202 and `success`.
        """
        # What is no incident, such as a digest, is an event of its own.
        key = message.message_id if message.status is None else thread_id(message.dedup_key)
        event = self._event(message, key)
        answer = http.request("POST", self.url, json=event, deadline=self.timeout)
        if answer.status == 202 and _status(answer) == "success":
            return Receipt("accepted by PagerDuty", ids={"dedup_key": key})
        said = quote_answer(answer.body, self.redacted)
        is_odd = answer.status < 400
        can_retry = is_odd or answer.status in {408, 425, 429} or answer.status >= 500
        reason = "PagerDuty did not accept the event"
        if answer.status == 429:
            reason = "PagerDuty asks for fewer events"
        elif is_odd:
            reason = "the answer is not one of PagerDuty's: check url and the proxy"
        elif not can_retry:
            reason = "PagerDuty did not accept the event: check routing_key, an integration key of the Events API v2"
        raise Undeliverable(
            self.redacted(f"{reason} (HTTP {answer.status}: {said})"),
            can_retry=can_retry,
            retry_after=http.retry_after(answer.headers, context.now),
            may_have_arrived=answer.status < 300 or answer.status >= 500,
        )

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why PagerDuty cannot be reached, or None. No event is sent: the key is not tried."""
        return http.unreachable(self.url, deadline=self.timeout)

    def _event(self, message: Message, key: str) -> dict[str, Any]:
        event: dict[str, Any] = {"routing_key": self.routing_key.get_secret_value(), "dedup_key": key}
        if message.status == "resolved":
            return event | {"event_action": "resolve"}
        details = message.to_record() | {"text": message.text}
        return event | {
            "event_action": "trigger",
            "client": "Vigie",
            "payload": {
                "summary": message.title[:_SUMMARY_LENGTH],
                "source": "Vigie",
                "severity": _SEVERITIES.get(message.severity or "", "info"),
                "component": message.kpi or message.kind,
                "group": message.rule or message.kind,
                "class": message.kind,
                "custom_details": {name: value for name, value in details.items() if value not in (None, [], ())},
            },
        }


def _status(answer: http.Answer) -> object:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return found.get("status") if isinstance(found, dict) else None
