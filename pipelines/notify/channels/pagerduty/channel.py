"""Triggers and resolves incidents in PagerDuty."""

import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr

from pipelines.notify import http
from pipelines.notify.channels.incidents import IncidentChannel, Words
from pipelines.notify.message import Message
from pipelines.notify.network import encrypted_address

_SEVERITIES = {"critical": "critical", "warn": "warning"}
_SUMMARY_LENGTH = 1_024


class PagerdutyChannel(IncidentChannel):
    """A service in PagerDuty."""

    key_name: ClassVar[str] = "dedup_key"
    words: ClassVar[Words] = Words(
        service="PagerDuty",
        not_accepted="PagerDuty did not accept the event",
        check="check routing_key, an integration key of the Events API v2",
        too_many="PagerDuty asks for fewer events",
        odd="the answer is not one of PagerDuty's: check url and the proxy",
    )

    type: Literal["pagerduty"]
    routing_key: Annotated[SecretStr, Field(min_length=8)] = Field(
        description="The integration key (Events API v2) of the service, a secret: take it from the environment."
    )
    url: Annotated[str, AfterValidator(encrypted_address)] = Field(
        default="https://events.pagerduty.com/v2/enqueue",
        description="Where events are sent; in the EU https://events.eu.pagerduty.com/v2/enqueue.",
    )

    @property
    def address(self) -> str:
        """Where events are sent."""
        return self.url

    def request(self, message: Message, key: str) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Returns the event that triggers an incident, or resolves it."""
        return self.url, self._event(message, key), {}

    def is_accepted(self, answer: http.Answer) -> bool:
        """PagerDuty answers with status 202 and `success`."""
        return answer.status == 202 and _status(answer) == "success"

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
