"""Creates and closes alerts in Opsgenie or Jira Service Management."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr

from pipelines.notify import http
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.message import Message, thread_id
from pipelines.notify.network import encrypted_address, quote_answer
from pipelines.notify.outcome import Receipt, Undeliverable

_PRIORITIES = {"critical": "P1", "warn": "P3"}
_MESSAGE_LENGTH = 130
_DESCRIPTION_LENGTH = 15_000


class OpsgenieChannel(Channel):
    """A team in Opsgenie or Jira Service Management."""

    takes_groups: ClassVar[bool] = False

    type: Literal["opsgenie"]
    api_key: Annotated[SecretStr, Field(min_length=8)] = Field(
        description="The key of the API integration, a secret: take it from the environment."
    )
    url: Annotated[str, AfterValidator(encrypted_address)] = Field(
        default="https://api.opsgenie.com/v2/alerts",
        description="Where alerts are sent; in the EU https://api.eu.opsgenie.com/v2/alerts, for Jira Service"
        " Management https://api.atlassian.com/jsm/ops/integration/v2/alerts.",
    )
    timeout: Annotated[int, Field(ge=1, le=600)] = Field(
        default=30, description="Seconds for everything that one message needs."
    )

    @property
    def longest_attempt(self) -> float:
        """One request a message."""
        return self.timeout

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Creates the alert that `message` is about, or closes it; a repetition is counted there and notifies nobody.

        Raises:
            Undeliverable: the service did not answer with status 202.
        """
        # What is no incident, such as a digest, is an alert of its own.
        alias = message.message_id if message.status is None else thread_id(message.dedup_key)
        url, body = self.url, _alert(message, alias)
        if message.status == "resolved":
            url = f"{self.url.rstrip('/')}/{alias}/close?identifierType=alias"
            body = {"source": "Vigie", "note": message.text[:_DESCRIPTION_LENGTH]}
        headers = {"Authorization": f"GenieKey {self.api_key.get_secret_value()}"}
        answer = http.request("POST", url, json=body, headers=headers, deadline=self.timeout)
        if answer.status == 202:
            return Receipt("accepted by Opsgenie", ids={"alias": alias})
        said = quote_answer(answer.body, self.redacted)
        is_odd = answer.status < 400
        can_retry = is_odd or answer.status in {408, 425, 429} or answer.status >= 500
        reason = "the alert was not accepted"
        if answer.status == 429:
            reason = "the service asks for fewer alerts"
        elif is_odd:
            reason = "the answer is not one of Opsgenie's: check url and the proxy"
        elif not can_retry:
            reason = "the alert was not accepted: check api_key, the key of an API integration, and url"
        raise Undeliverable(
            self.redacted(f"{reason} (HTTP {answer.status}: {said})"),
            can_retry=can_retry,
            retry_after=http.retry_after(answer.headers, context.now),
            may_have_arrived=answer.status < 300 or answer.status >= 500,
        )

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why the service cannot be reached, or None. No alert is sent: the key is not tried."""
        return http.unreachable(self.url, deadline=self.timeout)


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
