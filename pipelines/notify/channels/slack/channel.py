"""A Slack channel: its settings, and which of Slack's two ways they choose."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from pipelines.config import redact
from pipelines.notify import http
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.channels.slack import bot, webhook
from pipelines.notify.channels.slack.blocks import render
from pipelines.notify.channels.slack.web_api import WebApi
from pipelines.notify.message import Message
from pipelines.notify.network import encrypted_address
from pipelines.notify.outcome import Receipt, Undeliverable


def _webhook(url: SecretStr) -> SecretStr:
    encrypted_address(url.get_secret_value())
    return url


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not text or any(mark <= " " or mark > "~" for mark in text):
        raise ValueError("this is no bot's secret: copy the one that begins with xoxb- from the page of the app")
    return token


class SlackChannel(Channel):
    """A Slack channel, reached through an incoming webhook or by a bot."""

    type: Literal["slack"]
    webhook_url: Annotated[SecretStr, AfterValidator(_webhook)] | None = Field(
        default=None, description="The address of an incoming webhook, a secret: take it from the environment."
    )
    token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        default=None,
        description="The token of a bot (xoxb-…) instead of a webhook, a secret: take it from the environment.",
    )
    channel: Annotated[str, Field(pattern=r"^[CDG][A-Z0-9]{2,}$")] | None = Field(
        default=None, description="With token: the id of the channel, from its details in Slack (C…)."
    )
    api_url: Annotated[str, AfterValidator(encrypted_address)] = Field(
        default="https://slack.com/api/", description="With token: the address of Slack's Web API."
    )
    timeout: Annotated[int, Field(ge=1, le=600)] = Field(
        default=30, description="Seconds for everything that one message needs."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.webhook_url is None) == (self.token is None):
            raise ValueError("set either webhook_url, or token and channel")
        if (self.token is None) != (self.channel is None):
            raise ValueError("token and channel belong together: set both, or webhook_url instead")
        return self

    @property
    def takes_files(self) -> bool:
        """Only a bot can upload a file."""
        return self.token is not None

    @property
    def takes_pictures(self) -> bool:
        """Only a bot can upload a chart."""
        return self.token is not None

    @property
    def longest_attempt(self) -> float:
        """All calls of an attempt share one deadline."""
        return self.timeout

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Posts `message`; a webhook cannot be asked what it posted, so one that may have arrived before says so.

        Raises:
            Undeliverable: Slack did not confirm the message.
        """
        try:
            if self.token is not None and self.channel is not None:
                return bot.send(self._api(self.token, context), self.channel, message, context)
            body = render(message, may_be_repeated=context.may_have_arrived)
            return webhook.post(self._url, body, deadline=self.timeout, now=context.now, redacted=self.redacted)
        except Undeliverable as error:
            error.reason = self.redacted(error.reason)
            raise

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why messages cannot be posted, or None. A webhook's server is only reached, a bot's token is used."""
        if self.token is not None and self.channel is not None:
            problem = bot.probe(self._api(self.token, context), self.channel)
        else:
            # The webhook itself is not tried: it would post.
            problem = http.unreachable(self._url, deadline=self.timeout)
        return None if problem is None else self.redacted(problem)

    def redacted(self, text: str) -> str:
        """Returns `text` without the token, the address of the webhook and its path."""
        return redact(super().redacted(text), (urlsplit(self._url).path.strip("/"),))

    @property
    def _url(self) -> str:
        return "" if self.webhook_url is None else self.webhook_url.get_secret_value()

    def _api(self, token: SecretStr, context: ChannelContext) -> WebApi:
        return WebApi(
            self.api_url,
            token.get_secret_value(),
            seconds=self.timeout,
            now=context.now,
            redacted=self.redacted,
        )
