"""The Slack channel, against a webhook server on loopback."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from notify_receivers import WEBHOOK_PATH, Slack
from notify_samples import ENGLISH, FRENCH, HOSTILE_NAMES, NOW, RULE, alert, event, kpi
from pydantic import SecretStr

from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.channels.slack import SlackChannel
from pipelines.notify.compose import compose
from pipelines.notify.http import LONGEST_WAIT
from pipelines.notify.outcome import Undeliverable

CONTEXT = ChannelContext(Path(), NOW)


def channel(url: str, timeout: int = 5) -> SlackChannel:
    return SlackChannel(type="slack", webhook_url=SecretStr(url), timeout=timeout)


def refusal(slack: Slack) -> Undeliverable:
    with pytest.raises(Undeliverable) as refused:
        channel(slack.url).send(alert(), CONTEXT)
    assert "XXXX" not in refused.value.reason
    assert refused.value.__cause__ is None
    return refused.value


def test_an_alert_arrives_as_blocks(slack: Slack) -> None:
    message = compose(
        event(opened_period=event().opened_period - timedelta(weeks=2), breached_periods=3, peak_value=0.61),
        RULE,
        kpi(),
        "support",
        ENGLISH,
    )
    receipt = channel(slack.url).send(message, CONTEXT)
    assert receipt.detail == "accepted by Slack"
    assert slack.requests == [("POST", WEBHOOK_PATH)]
    (body,) = slack.posted
    assert body["text"] == "🔴 Critical: CSAT by chat at 64%, below 70%"
    header, lead, facts, action, owner, context = body["blocks"]
    assert header["text"] == {"type": "plain_text", "text": "🔴 Critical: CSAT by chat at 64%, below 70%"}
    assert lead["text"]["text"] == "Fell from 83% the week before to 64%."
    assert [field["text"] for field in facts["fields"]] == [
        "*Period*\nweek of 5 January 2026 (W02)",
        "*Since*\nweek of 22 December 2025 (W52), out of bounds for 3 weeks",
        "*Lowest*\n61%",
        "*How sure*\n120 answers, very likely between 55% and 72% (95% confidence)",
    ]
    assert action["text"]["text"] == (
        "*What to do*\nRead this week's chats, then follow <https://wiki.example.com/csat?team=chat&amp;step=1>."
    )
    assert [field["text"] for field in owner["fields"]] == ["*Owner*\nHead of support"]
    assert [element["text"] for element in context["elements"]] == [
        "Vigie · csat-floor · Atelier Lumen, alert 5e1f0c2a9b77",
        "Acknowledge: `vigie ack 5e1f0c2a9b77`",
        'Silence: `vigie silence 5e1f0c2a9b77 --for 7d --reason "why"`',
    ]
    assert body["metadata"]["event_payload"]["dedup_key"] == message.dedup_key
    assert all(part["verbatim"] for block in (lead, action) for part in [block["text"]])


@pytest.mark.parametrize(("company", "words"), [(ENGLISH, "May have arrived before"), (FRENCH, "Peut-être déjà reçu")])
def test_a_message_that_may_be_repeated_says_so(slack: Slack, company: Any, words: str) -> None:
    channel(slack.url).send(alert(company=company), replace(CONTEXT, may_have_arrived=True))
    assert slack.posted[0]["blocks"][-1]["elements"][0]["text"].endswith(f" · {words}")


@pytest.mark.parametrize(
    ("status", "body", "can_retry", "words"),
    [
        (500, "server_error", True, "failure of its own"),
        (503, "<html>" + "x" * 5_000, True, "HTTP 503"),
        (408, "", True, "HTTP 408"),
        (400, "invalid_payload", False, "invalid_payload"),
        (403, "action_prohibited", False, "administrator"),
        (403, "invalid_token", False, "copy it again"),
        (404, "no_service", False, "create a new one"),
        (404, "<html>not found</html>", False, "no such webhook"),
        (404, "channel_not_found", False, "the channel was deleted"),
        (410, "channel_is_archived", False, "archived"),
        (410, "", False, "no such webhook"),
        (400, "echo: " + WEBHOOK_PATH, False, "***"),
        (200, "<!DOCTYPE html><title>Sign in</title>", True, "web page"),
        (200, "", True, "not Slack's `ok`"),
        (200, "ok, but later", True, "not Slack's `ok`"),
        (200, "no_service", False, "create a new one"),
        (202, "ok", True, "not Slack's `ok`"),
        (204, "", True, "not Slack's `ok`"),
        (301, "", True, "a redirect"),
    ],
)
def test_only_the_documented_answer_is_success_and_the_others_decide_about_a_retry(
    slack: Slack, status: int, body: str, can_retry: bool, words: str
) -> None:
    slack.status, slack.body = status, body
    refused = refusal(slack)
    assert refused.can_retry is can_retry
    assert words in refused.reason
    assert len(refused.reason) < 350
    # It may have failed after it accepted the message; a proxy's page is no answer of it.
    is_page = body.startswith("<")
    assert refused.may_have_arrived is (status >= 500 or (200 <= status < 300 and can_retry and not is_page))


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"Retry-After": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": str(4 * 86_400)}, LONGEST_WAIT),
        ({"Retry-After": "9" * 5_000}, LONGEST_WAIT),
        ({"Retry-After": "Mon, 31 Dec 9999 23:59:59 +9999999999"}, None),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST_WAIT),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_the_wait_that_slack_asks_for_is_passed_on_within_reason(
    slack: Slack, header: dict[str, str], wait: float | None
) -> None:
    slack.status, slack.body, slack.headers = 429, "rate_limited", header
    refused = refusal(slack)
    assert refused.can_retry
    assert refused.retry_after == wait


def test_the_same_message_arrives_once_slack_has_recovered(slack: Slack) -> None:
    slack.status = 500
    refusal(slack)
    slack.status = 200
    channel(slack.url).send(alert(), CONTEXT)
    assert len(slack.requests) == 2
    assert len(slack.posted) == 1


def test_a_server_that_closes_the_connection_can_be_retried(slack: Slack) -> None:
    slack.hangs_up = True
    refused = refusal(slack)
    assert refused.can_retry
    assert "closed the connection" in refused.reason
    assert refused.may_have_arrived
    assert len(slack.requests) == 1


def test_a_server_that_does_not_answer_in_time(mute_port: int) -> None:
    url = f"http://127.0.0.1:{mute_port}{WEBHOOK_PATH}"
    with pytest.raises(Undeliverable, match=rf"no answer from 127\.0\.0\.1:{mute_port} within 1 s") as refused:
        channel(url, timeout=1).send(alert(), CONTEXT)
    assert refused.value.can_retry


def test_a_server_that_does_not_listen(closed_port: int) -> None:
    nowhere = channel(f"http://127.0.0.1:{closed_port}{WEBHOOK_PATH}")
    with pytest.raises(Undeliverable, match="connection refused") as refused:
        nowhere.send(alert(), CONTEXT)
    assert refused.value.can_retry
    assert not refused.value.may_have_arrived
    assert nowhere.probe(CONTEXT) == f"no server listens at 127.0.0.1:{closed_port} (connection refused)"


def test_a_host_name_that_does_not_exist() -> None:
    nowhere = channel(f"https://slack.invalid{WEBHOOK_PATH}")
    assert "slack.invalid" in str(nowhere.probe(CONTEXT))
    assert "XXXX" not in str(nowhere.probe(CONTEXT))


def test_a_probe_posts_nothing_and_does_not_send_the_webhooks_path(slack: Slack) -> None:
    assert channel(slack.url).probe(CONTEXT) is None
    assert slack.requests == [("HEAD", "/")]


def test_debug_logs_do_not_contain_the_webhook(slack: Slack, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        channel(slack.url).send(alert(), CONTEXT)
    assert WEBHOOK_PATH not in caplog.text


def test_hostile_names_arrive_as_one_message_each(slack: Slack) -> None:
    for name in HOSTILE_NAMES:
        channel(slack.url).send(alert(name), CONTEXT)
    assert len(slack.posted) == len(HOSTILE_NAMES)
