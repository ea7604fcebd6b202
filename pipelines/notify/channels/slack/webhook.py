"""Posts messages through an incoming webhook, which only adds messages and cannot be asked what it posted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pipelines.notify import http
from pipelines.notify.network import quote_answer
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


def post(url: str, body: dict[str, Any], *, deadline: float, now: datetime, redacted: Callable[[str], str]) -> Receipt:
    """Posts the body of a message; `now` (aware) is the moment of the attempt.

    Raises:
        Undeliverable: Slack did not answer with status 200 and the body `ok`.
    """
    answer = http.request("POST", url, json=body, deadline=deadline)
    if answer.status == 200 and answer.body.strip() == b"ok":
        return Receipt("accepted by Slack")
    raise _refusal(answer, now, redacted)


def _refusal(answer: http.Answer, now: datetime, redacted: Callable[[str], str]) -> Undeliverable:
    """Returns what to do about an answer other than Slack's `ok`."""
    status, said = answer.status, quote_answer(answer.body, redacted)
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
        can_retry, wait = True, http.retry_after(answer.headers, now)
        may_have_arrived = status >= 500
    elif hint is not None:
        reason = f"Slack: {hint}"
    elif status in _NOT_FOUND:
        reason = "Slack: there is no such webhook: copy its address again and set webhook_url"
    else:
        reason = "Slack: the message was not accepted"
    return Undeliverable(
        redacted(f"{reason} (HTTP {status}: {said})"),
        can_retry=can_retry,
        retry_after=wait,
        may_have_arrived=may_have_arrived,
    )
