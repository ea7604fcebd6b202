"""The Slack channel, against a webhook on loopback."""

import ssl
import threading
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from notify_receivers import WEBHOOK_PATH, Slack
from notify_samples import ENGLISH, FRENCH, NOW, RULE, alert, event, kpi
from pydantic import SecretStr

from pipelines.notify.compose import compose
from pipelines.notify.deliver import probe, send
from pipelines.notify.outcome import Undeliverable
from pipelines.notify.settings import SlackChannel

HERE = Path()


def channel(url: str, timeout: int = 5) -> SlackChannel:
    return SlackChannel(type="slack", webhook_url=SecretStr(url), timeout=timeout)


def refusal(slack: Slack) -> Undeliverable:
    with pytest.raises(Undeliverable) as refused:
        send(channel(slack.url), alert(), base=HERE, now=NOW)
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
    receipt = send(channel(slack.url), message, base=HERE, now=NOW)
    assert receipt.detail == "accepted by Slack"
    assert slack.requests == [("POST", WEBHOOK_PATH)]
    (body,) = slack.posted
    assert body["text"] == "🔴 Critical: CSAT by chat at 64%, below 70%"
    header, lead, facts, action, owner, context = body["blocks"]
    assert header["text"] == {"type": "plain_text", "text": "🔴 Critical: CSAT by chat at 64%, below 70%"}
    assert lead["text"]["text"] == "CSAT by chat fell to 64% (was 83% the week before), below 70%."
    assert [field["text"] for field in facts["fields"]] == [
        "*Period*\nweek of 5 January 2026 (W02)",
        "*Since*\nweek of 22 December 2025 (W52), out of bounds for 3 weeks",
        "*Lowest*\n61%",
        "*How sure*\n120 observations, very likely between 55% and 72% (95% confidence)",
    ]
    assert action["text"]["text"] == (
        "*What to do*\nRead this week's chats, then follow <https://wiki.example.com/csat?team=chat&amp;step=1>."
    )
    assert [field["text"] for field in owner["fields"]] == ["*Owner*\nHead of support"]
    assert [element["text"] for element in context["elements"]] == ["Vigie · csat-floor"]
    assert body["metadata"]["event_payload"]["dedup_key"] == message.dedup_key
    assert all(part["verbatim"] for block in (lead, action) for part in [block["text"]])


@pytest.mark.parametrize(("company", "words"), [(ENGLISH, "May have arrived before"), (FRENCH, "Peut-être déjà reçu")])
def test_a_doubtful_message_says_so(slack: Slack, company: Any, words: str) -> None:
    send(channel(slack.url), alert(company=company), base=HERE, now=NOW, doubtful=True)
    assert slack.posted[0]["blocks"][-1]["elements"][0]["text"] == f"Vigie · csat-floor · {words}"


@pytest.mark.parametrize(
    ("status", "body", "can_retry", "words"),
    [
        (500, "server_error", True, "in trouble"),
        (503, "<html>" + "x" * 5_000, True, "HTTP 503"),
        (408, "", True, "HTTP 408"),
        (400, "invalid_payload", False, "invalid_payload"),
        (403, "action_prohibited", False, "administrator"),
        (403, "invalid_token", False, "copy it again"),
        (404, "no_service", False, "make a new one"),
        (404, "<html>not found</html>", False, "no such webhook"),
        (404, "channel_not_found", False, "the channel is gone"),
        (410, "channel_is_archived", False, "archived"),
        (410, "", False, "no such webhook"),
        (400, "echo: " + WEBHOOK_PATH, False, "***"),
        (200, "<!DOCTYPE html><title>Sign in</title>", True, "web page"),
    ],
)
def test_what_slack_answers_decides_on_another_try(
    slack: Slack, status: int, body: str, can_retry: bool, words: str
) -> None:
    slack.status, slack.body = status, body
    refused = refusal(slack)
    assert refused.can_retry is can_retry
    assert words in refused.reason
    assert len(refused.reason) < 350


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"Retry-After": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({}, None),
    ],
)
def test_slack_says_how_long_to_wait(slack: Slack, header: dict[str, str], wait: float | None) -> None:
    slack.status, slack.body, slack.headers = 429, "rate_limited", header
    refused = refusal(slack)
    assert refused.can_retry
    assert refused.retry_after == wait


def test_the_same_message_gets_through_once_slack_has_recovered(slack: Slack) -> None:
    slack.status = 500
    refusal(slack)
    slack.status = 200
    send(channel(slack.url), alert(), base=HERE, now=NOW)
    assert len(slack.requests) == 2
    assert len(slack.posted) == 1


def test_a_server_that_hangs_up_is_asked_again_later(slack: Slack) -> None:
    slack.hangs_up = True
    refused = refusal(slack)
    assert refused.can_retry
    assert "closed the connection" in refused.reason
    assert len(slack.requests) == 1


def test_a_server_that_does_not_answer_in_time(mute_port: int) -> None:
    url = f"http://127.0.0.1:{mute_port}{WEBHOOK_PATH}"
    with pytest.raises(Undeliverable, match=rf"no answer from 127\.0\.0\.1:{mute_port} within 1 s") as refused:
        send(channel(url, timeout=1), alert(), base=HERE, now=NOW)
    assert refused.value.can_retry


def test_a_server_that_is_not_there(closed_port: int) -> None:
    nowhere = channel(f"http://127.0.0.1:{closed_port}{WEBHOOK_PATH}")
    with pytest.raises(Undeliverable, match="connection refused") as refused:
        send(nowhere, alert(), base=HERE, now=NOW)
    assert refused.value.can_retry
    assert probe(nowhere, base=HERE) == f"no server listens at 127.0.0.1:{closed_port} (connection refused)"


def test_a_name_that_does_not_exist() -> None:
    nowhere = channel(f"https://slack.invalid{WEBHOOK_PATH}")
    assert "slack.invalid" in str(probe(nowhere, base=HERE))
    assert "XXXX" not in str(probe(nowhere, base=HERE))


def test_a_probe_posts_nothing_and_keeps_the_address_to_itself(slack: Slack) -> None:
    assert probe(channel(slack.url), base=HERE) is None
    assert slack.requests == [("HEAD", "/")]


def test_a_certificate_that_nobody_vouches_for_is_refused(
    server_tls: ssl.SSLContext, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = server_tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        secure = channel(f"https://127.0.0.1:{server.server_address[1]}{WEBHOOK_PATH}")
        with pytest.raises(Undeliverable, match="is not trusted") as refused:
            send(secure, alert(), base=HERE, now=NOW)
        assert refused.value.can_retry
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
        assert send(secure, alert(), base=HERE, now=NOW).detail == "accepted by Slack"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_debug_logs_do_not_hold_the_address(slack: Slack, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        send(channel(slack.url), alert(), base=HERE, now=NOW)
    assert WEBHOOK_PATH not in caplog.text
