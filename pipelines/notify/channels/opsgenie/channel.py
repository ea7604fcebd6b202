"""Creates and closes alerts in Opsgenie or Jira Service Management."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr

from pipelines.notify import http
from pipelines.notify.channels.incidents import IncidentChannel, Words
from pipelines.notify.message import Message
from pipelines.notify.network import encrypted_address

_PRIORITIES = {"critical": "P1", "warn": "P3"}
_MESSAGE_LENGTH = 130
_DESCRIPTION_LENGTH = 15_000


class OpsgenieChannel(IncidentChannel):
    """A team in Opsgenie or Jira Service Management."""

    key_name: ClassVar[str] = "alias"
    words: ClassVar[Words] = Words(
        service="Opsgenie",
        not_accepted="the alert was not accepted",
        check="check api_key, the key of an API integration, and url",
        too_many="the service asks for fewer alerts",
        odd="the answer is not one of Opsgenie's: check url and the proxy",
    )

    type: Literal["opsgenie"]
    api_key: Annotated[SecretStr, Field(min_length=8)] = Field(
        description="The key of the API integration, a secret: take it from the environment."
    )
    url: Annotated[str, AfterValidator(encrypted_address)] = Field(
        default="https://api.opsgenie.com/v2/alerts",
        description="Where alerts are sent; in the EU https://api.eu.opsgenie.com/v2/alerts, for Jira Service"
        " Management https://api.atlassian.com/jsm/ops/integration/v2/alerts.",
    )

    @property
    def address(self) -> str:
        """Where alerts are sent."""
        return self.url

    def request(self, message: Message, key: str) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Returns what creates an alert, or closes it."""
        headers = {"Authorization": f"GenieKey {self.api_key.get_secret_value()}"}
        if message.status == "resolved":
            url = f"{self.url.rstrip('/')}/{key}/close?identifierType=alias"
            return url, {"source": "Vigie", "note": message.text[:_DESCRIPTION_LENGTH]}, headers
        return self.url, _alert(message, key), headers

    def is_accepted(self, answer: http.Answer) -> bool:
        """The service answers with status 202."""
        return answer.status == 202


def _alert(message: Message, alias: str) -> dict[str, Any]:
    details = {
        name: str(value)
        for name, value in message.to_record().items()
        if value is not None and name in {"rule", "kpi", "segment_type", "segment", "value", "threshold", "owner"}
    }
    return {
        "message": message.title[:_MESSAGE_LENGTH],
        "alias": alias,
        "description": message.text[:_DESCRIPTION_LENGTH],
        "source": "Vigie",
        "priority": _PRIORITIES.get(message.severity or "", "P5"),
        "details": details,
    }
