"""The Slack channel: Block Kit through an incoming webhook."""

import http.client
import logging
from datetime import datetime
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from slack_sdk.webhook import WebhookClient, WebhookResponse

from pipelines.config import redact
from pipelines.notify import http as http_client
from pipelines.notify import network
from pipelines.notify.channels.slack.blocks import render
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.notify.settings import SlackChannel

_HINTS = {
    "no_service": "the webhook was removed or disabled: make a new one and set webhook_url",
    "no_service_id": "the webhook was removed or disabled: make a new one and set webhook_url",
    "no_team": "the workspace is gone: check webhook_url",
    "no_active_hooks": "the webhook was disabled: make a new one and set webhook_url",
    "team_disabled": "the workspace is disabled",
    "invalid_token": "the webhook's address is not valid: copy it again and set webhook_url",
    "channel_not_found": "the channel is gone: make a webhook for another one",
    "channel_is_archived": "the channel is archived: restore it, or make a webhook for another one",
    "user_not_found": "the person behind the webhook is gone: make a new one and set webhook_url",
    "action_prohibited": "the workspace does not let this app post: ask its administrator",
    "posting_to_general_channel_denied": "the workspace does not let this app post there: ask its administrator",
}
_WAIT_AND_RETRY = {408, 425, 429}
_NOT_FOUND = {404, 410}

# The SDK logs addresses, which are secrets, when it is asked to debug; errors reach the caller anyway.
_LOGGER = logging.getLogger(__name__ + ".sdk")
_LOGGER.setLevel(logging.CRITICAL)


def send(channel: SlackChannel, message: Message, *, now: datetime, doubtful: bool = False) -> Receipt:
    """Post `message`. A webhook cannot be asked what it has posted: a doubtful message is posted again and says so."""
    client = _client(channel)
    try:
        response = client.send_dict(render(message, may_be_repeated=doubtful))
    except (OSError, http.client.HTTPException, UnicodeDecodeError, LookupError) as error:
        # The cause stays out: its text or its frames may hold the address.
        raise Undeliverable(
            _without_secrets(_problem(error, channel), channel),
            can_retry=True,
            # urllib says URLError until all is sent; what comes later is about the answer.
            may_have_arrived=not isinstance(error, URLError),
        ) from None
    _require_acceptance(response, channel, now)
    return Receipt("accepted by Slack")


def probe(channel: SlackChannel) -> str | None:
    """Why the webhook's server cannot be reached, or None. Nothing is posted, so the webhook itself is not tried."""
    parts = urlsplit(channel.webhook_url.get_secret_value())
    proxy = _client(channel).proxy
    opener = build_opener(_NoRedirect, *([ProxyHandler({"http": proxy, "https": proxy})] if proxy else []))
    address = parts.netloc.rpartition("@")[2]
    try:
        with opener.open(Request(f"{parts.scheme}://{address}/", method="HEAD"), timeout=channel.timeout):  # noqa: S310
            return None
    except HTTPError as error:
        # Whatever it answers, it is there.
        error.close()
        return None
    except (OSError, http.client.HTTPException) as error:
        return _without_secrets(_problem(error, channel), channel)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Stay with the server that is asked for."""


def _client(channel: SlackChannel) -> WebhookClient:
    return WebhookClient(
        channel.webhook_url.get_secret_value(),
        timeout=channel.timeout,
        logger=_LOGGER,
        # Later runs retry, with a memory of what has been tried.
        retry_handlers=[],
    )


def _require_acceptance(response: WebhookResponse, channel: SlackChannel, now: datetime) -> None:
    status, said = response.status_code, network.quote_answer(response.body)
    if 200 <= status < 300:
        # Slack says `ok`; a page comes from something in between, such as a proxy that wants a login.
        if response.body.lstrip()[:1] != "<":
            return
        reason = "a web page answered in place of Slack: check the proxy or the network's login page"
        raise Undeliverable(reason, can_retry=True)
    headers = {name.lower(): value for name, value in dict(response.headers).items()}
    wait = http_client.retry_after(headers, now)
    if status in _WAIT_AND_RETRY or status >= 500:
        reason = "Slack asks for fewer messages" if status == 429 else "Slack is in trouble"
        raise Undeliverable(
            _without_secrets(f"{reason} (HTTP {status}: {said})", channel), can_retry=True, retry_after=wait
        )
    hint = _HINTS.get(said.lower()) or (
        "there is no such webhook: copy its address again and set webhook_url"
        if status in _NOT_FOUND
        else "the message was not accepted"
    )
    raise Undeliverable(_without_secrets(f"Slack: {hint} (HTTP {status}: {said})", channel), can_retry=False)


def _problem(error: Exception, channel: SlackChannel) -> str:
    parts = urlsplit(channel.webhook_url.get_secret_value())
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, OSError):
        return network.describe_error(cause, host, port, channel.timeout)
    return f"{host}:{port} gave no answer that can be read ({type(error).__name__})"


def _without_secrets(reason: str, channel: SlackChannel) -> str:
    url = channel.webhook_url.get_secret_value()
    return redact(reason, (url, urlsplit(url).path.strip("/")))
