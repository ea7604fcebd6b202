"""Posts messages to a Slack channel through an incoming webhook."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PositiveInt, SecretStr

from pipelines.config import redact
from pipelines.notify import http
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.channels.slack.blocks import render
from pipelines.notify.message import Message
from pipelines.notify.network import is_loopback, quote_answer
from pipelines.notify.outcome import Receipt, Undeliverable

_HINTS = {
    "no_service": "the webhook was removed or disabled: create a new one and set webhook_url",
    "no_service_id": "the webhook was removed or disabled: create a new one and set webhook_url",
    "no_team": "the workspace was not found: check webhook_url",
    "no_active_hooks": "the webhook was disabled: create a new one and set webhook_url",
    "team_disabled": "the workspace is disabled",
    "invalid_token": "the webhook's address is not valid: copy it again and set webhook_url",
    "channel_not_found": "the channel was deleted: create a webhook for another one",
    "channel_is_archived": "the channel is archived: restore it, or create a webhook for another one",
    "user_not_found": "the user who created the webhook was removed: create a new one and set webhook_url",
    "action_prohibited": "the workspace does not let this app post: ask its administrator",
    "posting_to_general_channel_denied": "the workspace does not let this app post there: ask its administrator",
}
_TEMPORARY = {408, 425, 429}
_NOT_FOUND = {404, 410}


def _webhook(url: SecretStr) -> SecretStr:
    """Refuses an address that is no webhook or would send its secret unencrypted.

    Errors hide every word that is also part of the address, so these messages avoid the words of Slack's addresses.
    """
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"https", "http"} or any(mark <= " " or mark > "~" for mark in text):
        raise ValueError("this is not a complete address: copy all of it from the page of the app")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("this address is not encrypted (TLS): copy the original one from the page of the app")
    return url


class SlackChannel(Channel):
    """A Slack channel, reached through an incoming webhook."""

    type: Literal["slack"]
    webhook_url: Annotated[SecretStr, AfterValidator(_webhook)] = Field(
        description="The address of the incoming webhook, a secret: take it from the environment."
    )
    timeout: PositiveInt = Field(default=30, description="Seconds to wait for an answer.")

    def send(self, message: Message, context: ChannelContext) -> Receipt:
        """Posts `message`; one that may have arrived before says so, because a webhook cannot be asked what it posted.

        Raises:
            Undeliverable: Slack did not answer with status 200 and the body `ok`.
        """
        body = render(message, may_be_repeated=context.may_have_arrived)
        answer = http.request("POST", self.webhook_url.get_secret_value(), json=body, deadline=self.timeout)
        if answer.status == 200 and answer.body.strip() == b"ok":
            return Receipt("accepted by Slack")
        raise self._refusal(answer, context)

    def probe(self, context: ChannelContext) -> str | None:
        """Returns why the webhook's server cannot be reached, or None. Nothing is posted: the webhook is not tried."""
        parts = urlsplit(self.webhook_url.get_secret_value())
        try:
            http.request("HEAD", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/", deadline=self.timeout)
        except Undeliverable as error:
            return self.redacted(error.reason)
        # Any answer shows that the server is there.
        return None

    def redacted(self, text: str) -> str:
        """Returns `text` without the address of the webhook and without its path."""
        return redact(super().redacted(text), (urlsplit(self.webhook_url.get_secret_value()).path.strip("/"),))

    def _refusal(self, answer: http.Answer, context: ChannelContext) -> Undeliverable:
        """Returns what to do about an answer other than Slack's `ok`."""
        status, said = answer.status, quote_answer(answer.body)
        hint = _HINTS.get(said.lower())
        can_retry, may_have_arrived, wait = False, False, None
        if 200 <= status < 400 and hint is None:
            # Only an intermediary, such as a proxy that asks for a login, answers with a page or a redirect.
            is_page = answer.body.lstrip()[:1] == b"<"
            what = "a redirect" if status >= 300 else "a web page" if is_page else "not Slack's `ok`"
            reason = f"the answer is {what}: check webhook_url, the proxy and the network's login page"
            can_retry, may_have_arrived = True, status < 300 and not is_page
        elif status in _TEMPORARY or status >= 500:
            reason = "Slack asks for fewer messages" if status == 429 else "Slack reports a failure of its own"
            can_retry, wait = True, http.retry_after(answer.headers, context.now)
        elif hint is not None:
            reason = f"Slack: {hint}"
        elif status in _NOT_FOUND:
            reason = "Slack: there is no such webhook: copy its address again and set webhook_url"
        else:
            reason = "Slack: the message was not accepted"
        return Undeliverable(
            self.redacted(f"{reason} (HTTP {status}: {said})"),
            can_retry=can_retry,
            retry_after=wait,
            may_have_arrived=may_have_arrived,
        )
