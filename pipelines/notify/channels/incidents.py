"""What services have in common that keep an incident for each alert, open until it is closed by its key."""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from pipelines.notify import http
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.message import Message, thread_id
from pipelines.notify.network import quote_answer
from pipelines.notify.outcome import Receipt, Undeliverable


class Words(NamedTuple):
    """How a service is called, and what its answers mean: not accepted, what to check, too many, odd."""

    service: str
    not_accepted: str
    check: str
    too_many: str
    odd: str


class IncidentChannel(Channel):
    """A service that keeps an incident for each alert. What is no alert, such as a digest, is one of its own."""

    # A group could not be resolved one by one.
    takes_groups: ClassVar[bool] = False
    keeps_incidents: ClassVar[bool] = True
    # What the receipt calls the key of an incident.
    key_name: ClassVar[str]
    words: ClassVar[Words]

    timeout: Annotated[int, Field(ge=1, le=600)] = Field(
        default=30, description="Seconds for everything that one message needs."
    )

    @property
    def longest_attempt(self) -> float:
        """One request a message."""
        return self.timeout

    @abstractmethod
    def request(self, message: Message, key: str) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Returns the address, the JSON and the headers that open the incident `key`, or close it."""

    @abstractmethod
    def is_accepted(self, answer: http.Answer) -> bool:
        """Whether the service answers as it documents success."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the service is."""

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Opens the incident that `message` is about, or closes it; a repetition changes nothing there.

        Raises:
            Undeliverable: the service did not answer as it documents success.
        """
        key = message.message_id if message.status is None else thread_id(message.dedup_key)
        url, body, headers = self.request(message, key)
        answer = http.request("POST", url, json=body, headers=headers, deadline=self.timeout)
        if self.is_accepted(answer):
            return Receipt(f"accepted by {self.words.service}", ids={self.key_name: key})
        said = quote_answer(answer.body, self.redacted)
        is_odd = answer.status < 400
        can_retry = is_odd or answer.status in {408, 425, 429} or answer.status >= 500
        reason = self.words.not_accepted
        if answer.status == 429:
            reason = self.words.too_many
        elif is_odd:
            reason = self.words.odd
        elif not can_retry:
            reason += f": {self.words.check}"
        raise Undeliverable(
            self.redacted(f"{reason} (HTTP {answer.status}: {said})"),
            can_retry=can_retry,
            retry_after=http.retry_after(answer.headers, context.now),
            may_have_arrived=answer.status < 300 or answer.status >= 500,
        )

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why the service cannot be reached, or None. Nothing is sent: the key is not tried."""
        return http.unreachable(self.address, deadline=self.timeout)
