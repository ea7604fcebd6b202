"""The Slack channel: Block Kit through an incoming webhook."""

import http.client
import logging
import re
from bisect import bisect_right
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from slack_sdk.webhook import WebhookClient, WebhookResponse

from pipelines.config import redact
from pipelines.notify import http as http_client
from pipelines.notify import network
from pipelines.notify.layout import Layout, Row, pieces, read
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable
from pipelines.notify.plain import readable
from pipelines.notify.settings import SlackChannel
from pipelines.notify.words import WORDS

# Slack's limits, https://docs.slack.dev/reference/block-kit/blocks
HEADER_LENGTH = 150
SECTION_LENGTH = 3_000
FIELD_LENGTH = 2_000
FIELDS = 10
BLOCKS = 50
# Two fields share a row; longer values get the whole width.
_NARROW = 120

_MARKS = {"critical": "🔴", "warn": "🟠"}
_STATUS_MARKS = {"resolved": "🟢", "no_data": "⚪", "held": "⏸️"}

# mrkdwn knows no escape for its own marks, so look-alikes stand for those that could open or close a format. An
# underscore inside a word formats nothing and stays.
_FORMATTING = str.maketrans(
    {"*": "\N{ASTERISK OPERATOR}", "~": "\N{TILDE OPERATOR}", "`": "\N{MODIFIER LETTER GRAVE ACCENT}"}
)
_UNDERSCORE_AT_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")

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


def escaped(text: str) -> str:
    """`text` as mrkdwn that shows it and does nothing else."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _UNDERSCORE_AT_EDGE.sub("\N{FULLWIDTH LOW LINE}", text.translate(_FORMATTING))


def payload(message: Message, *, doubtful: bool = False) -> dict[str, Any]:
    """The body of the webhook call. `doubtful` tells people that the message may have reached them before."""
    layout = read(message)
    mark = _STATUS_MARKS.get(message.status or "") or _MARKS.get(message.severity or "", "🔵")
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _limited(f"{mark} {message.title}", HEADER_LENGTH)}},
        _section(_limited(layout.lead, SECTION_LENGTH)),
    ]
    for narrow, rows in groupby(layout.rows, key=_is_narrow):
        if narrow:
            fields = [_mrkdwn(_row(row, FIELD_LENGTH)) for row in rows]
            blocks += [
                {"type": "section", "fields": fields[start : start + FIELDS]} for start in range(0, len(fields), FIELDS)
            ]
        else:
            blocks += [_section(_row(row, SECTION_LENGTH)) for row in rows]
    blocks = blocks[: BLOCKS - 1]
    blocks.append({"type": "context", "elements": [_mrkdwn(_footer(message, layout, doubtful=doubtful))]})
    return {
        "text": _limited(f"{mark} {message.title}", SECTION_LENGTH),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {
            "event_type": f"vigie_{message.kind}",
            "event_payload": {"message_id": message.message_id, "dedup_key": readable(message.dedup_key, 255)},
        },
    }


def send(channel: SlackChannel, message: Message, *, now: datetime, doubtful: bool = False) -> Receipt:
    """Post `message`. A webhook cannot be asked what it has posted: a doubtful message is posted again and says so."""
    client = _client(channel)
    try:
        response = client.send_dict(payload(message, doubtful=doubtful))
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


def _limited(text: str, limit: int) -> str:
    """`text` escaped, and shortened before that so that the result keeps to `limit`."""
    whole = escaped(text)
    if len(whole) <= limit:
        return whole
    fitting = bisect_right(range(len(text)), limit - 1, key=lambda length: len(escaped(text[:length]))) - 1
    return escaped(text[:fitting].rstrip()) + "…"


def _is_narrow(row: Row) -> bool:
    return bool(row.label) and not row.is_action and len(row.value) <= _NARROW


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: web addresses, @names and #channels in the text are not made into links or mentions.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _row(row: Row, limit: int) -> str:
    opening = f"*{escaped(row.label)}*\n" if row.label else ""
    linked = "".join(
        f"<{quote(piece.url, safe=_KEPT_IN_LINKS)}>".replace("&", "&amp;") if piece.url else escaped(piece.text)
        for piece in pieces(row)
    )
    fits = len(opening) + len(linked) <= limit
    return opening + (linked if fits else _limited(row.value, limit - len(opening)))


# What an address may hold as it is; all else, such as Slack's own < | >, is percent-encoded.
_KEPT_IN_LINKS = "%:/?#[]@!$&'()*+,;=~-._"


def _footer(message: Message, layout: Layout, *, doubtful: bool) -> str:
    parts = ["Vigie"]
    if message.rule is not None:
        parts.append(message.rule)
    if doubtful:
        parts.append(WORDS[layout.language or "en"].repeated)
    return _limited(" · ".join(parts), FIELD_LENGTH)


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
