"""Slack's Web API: calls that share one deadline, and its errors in words.

The SDK's own transport is not used, see docs/decisions/0020-how-messages-reach-receivers.md.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from pipelines.notify import http
from pipelines.notify.network import is_loopback, quote_answer
from pipelines.notify.outcome import Undeliverable

# A page of messages with their metadata.
_SIZE_LIMIT = 4 * 1024 * 1024
_TEMPORARY_STATUS = {408, 425}

_COPY_AGAIN = "copy the bot token again from the app's page OAuth & Permissions and set token"
_ADMINISTRATOR = "ask the administrator of the workspace"
_HINTS = {
    "invalid_auth": f"the token is not valid: {_COPY_AGAIN}",
    "not_authed": f"there is no token: {_COPY_AGAIN}",
    "token_revoked": f"the token was revoked: {_COPY_AGAIN}",
    "token_expired": f"the token has expired: {_COPY_AGAIN}",
    "account_inactive": "the app was removed from the workspace: install it again and set token",
    "not_allowed_token_type": "this is not the token of a bot: take the one that begins with xoxb- and set token",
    "no_permission": f"the app may not do this: {_ADMINISTRATOR}",
    "channel_not_found": "there is no such channel, or it is private and the app is not in it: set channel to its id,"
    " and invite the app there (/invite)",
    "not_in_channel": "the app is not in the channel: invite it there (/invite)",
    "is_archived": "the channel is archived: restore it, or set channel to another one",
    "msg_too_long": "the message is too long for Slack: report this as a defect",
    "msg_blocks_too_long": "the message is too long for Slack: report this as a defect",
    "invalid_blocks": "Slack does not accept the layout of the message: report this as a defect",
    "restricted_action": f"the workspace does not let this app post there: {_ADMINISTRATOR}",
    "restricted_action_read_only_channel": "the channel can only be read: set channel to another one",
    "restricted_action_thread_only_channel": "the channel allows threads only: set channel to another one",
    "ekm_access_denied": f"the workspace has suspended posting: {_ADMINISTRATOR}",
    "team_access_not_granted": f"the app may not use this workspace: {_ADMINISTRATOR}",
    "message_limit_exceeded": f"the workspace has reached its limit of messages: {_ADMINISTRATOR}",
}
_SCOPES = ("needed", "provided")
_RATE_LIMITED = {"ratelimited", "rate_limited"}
# After these the call may have had its effect.
_OWN_FAILURES = {"internal_error", "fatal_error", "request_timeout", "service_unavailable"}


class SlackError(Undeliverable):
    """Slack answered with one of its errors; `code` is its name."""

    def __init__(self, code: str, reason: str, **outcome: Any) -> None:
        super().__init__(reason, **outcome)
        self.code = code


@dataclass(frozen=True, slots=True)
class Result:
    """What a method returned: its fields, and the scopes of the token."""

    fields: Mapping[str, Any]
    scopes: frozenset[str]


class WebApi:
    """Calls methods at `base` with a token, all of them within `seconds` from now on.

    `now` (aware) is the moment of the attempt; `redacted` removes the channel's secrets from a text.

    Raises:
        SlackError: Slack answered with an error. Every method may raise it.
        Undeliverable: there was no answer, or not one of Slack's. Every method may raise it.
    """

    def __init__(self, base: str, token: str, *, seconds: float, now: datetime, redacted: Callable[[str], str]) -> None:
        self._base = base if base.endswith("/") else f"{base}/"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._now = now
        self._redacted = redacted

    def write(self, method: str, body: Mapping[str, Any]) -> Result:
        """Calls a method that takes JSON."""
        return self._call(method, json=body)

    def read(self, method: str, **fields: str) -> Result:
        """Calls a method that takes a form, as all that read do."""
        return self._call(method, form=fields)

    def upload(self, url: str, content: bytes) -> None:
        """Sends a file to the address that Slack gave for it."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.hostname and is_loopback(parts.hostname)):
            raise Undeliverable("Slack named an unencrypted address for a file", can_retry=False)
        answer = http.request("POST", url, content=content, deadline=self._left())
        if answer.status != 200:
            raise self._not_slack(answer)

    def _call(self, method: str, **body: Any) -> Result:
        answer = http.request(
            "POST",
            urljoin(self._base, method),
            headers=self._headers,
            deadline=self._left(),
            size_limit=_SIZE_LIMIT,
            **body,
        )
        fields = _fields(answer) if answer.status == 200 else None
        if fields is None:
            raise self._not_slack(answer)
        if fields["ok"] is not True:
            raise self._error(method, fields, answer)
        scopes = answer.headers.get("x-oauth-scopes", "")
        return Result(fields, frozenset(each.strip() for each in scopes.split(",") if each.strip()))

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            host = urlsplit(self._base).hostname
            raise Undeliverable(f"{host} needed more than {self._seconds:g} s for all calls", can_retry=True)
        return left

    def _error(self, method: str, fields: Mapping[str, Any], answer: http.Answer) -> SlackError:
        code = quote_answer(str(fields.get("error")), self._redacted)
        wait = None
        if code in _RATE_LIMITED:
            reason, wait = "Slack asks for fewer messages", http.retry_after(answer.headers, self._now)
        elif code in _OWN_FAILURES:
            reason = "Slack reports a failure of its own"
        elif code == "missing_scope":
            # Slack does not always name them.
            needed, provided = (
                quote_answer(str(given), self._redacted) if (given := fields.get(name)) else "" for name in _SCOPES
            )
            lacks = f"the scope {needed}" if needed else "a scope"
            has = f" (it has {provided})" if provided else ""
            reason = (
                f"the token lacks {lacks}{has}: add it under OAuth & Permissions of the app,"
                " install the app again and set token"
            )
        else:
            reason = _HINTS.get(code, "the message was not accepted")
        return SlackError(
            code,
            self._redacted(f"Slack: {reason} ({method}: {code})"),
            can_retry=code in _RATE_LIMITED | _OWN_FAILURES,
            retry_after=wait,
            may_have_arrived=code in _OWN_FAILURES,
        )

    def _not_slack(self, answer: http.Answer) -> Undeliverable:
        status, said = answer.status, quote_answer(answer.body, self._redacted)
        is_page = answer.body.lstrip()[:1] == b"<"
        can_retry, may_have_arrived, wait = True, False, None
        if status == 429:
            reason, wait = "Slack asks for fewer messages", http.retry_after(answer.headers, self._now)
        elif status >= 500 or status in _TEMPORARY_STATUS:
            reason, may_have_arrived = "Slack reports a failure of its own", True
            wait = http.retry_after(answer.headers, self._now)
        elif status < 400:
            what = "a redirect" if status >= 300 else "a web page" if is_page else "not one of Slack's"
            reason = f"the answer is {what}: check api_url, the proxy and the network's login page"
            may_have_arrived = status < 300 and not is_page
        else:
            reason, can_retry = "Slack: the call was not accepted: check api_url", False
        return Undeliverable(
            self._redacted(f"{reason} (HTTP {status}: {said})"),
            can_retry=can_retry,
            retry_after=wait,
            may_have_arrived=may_have_arrived,
        )


def _fields(answer: http.Answer) -> Mapping[str, Any] | None:
    """Returns the fields of an answer that says whether the call succeeded, None if it does not."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("ok"), bool) else None
