"""Slack with a bot's token, against a workspace on loopback."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from notify_samples import ENGLISH, NOW, RULE, alert, event, kpi
from slack_workspace import CHANNEL, TOKEN, Failure, Workspace, error

from pipelines.notify.channels.base import ChannelContext, SentMessage
from pipelines.notify.channels.slack import SlackChannel
from pipelines.notify.compose import compose
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable


class Incident:
    """Sends the messages of one incident as the delivery does: receipts and steps are kept between attempts."""

    def __init__(self, workspace: Workspace, **settings: Any) -> None:
        given = {"type": "slack", "token": TOKEN, "channel": CHANNEL, "api_url": workspace.api_url, "timeout": 5}
        self.channel = SlackChannel.model_validate(given | settings)
        self.earlier: tuple[SentMessage, ...] = ()
        self.progress: dict[str, Any] = {}

    def send(self, message: Message, *, may_have_arrived: bool = False) -> Receipt:
        receipt = self.channel.send(
            message,
            ChannelContext(
                Path(),
                NOW,
                may_have_arrived=may_have_arrived,
                created=datetime.now(UTC),
                progress=dict(self.progress),
                earlier=self.earlier,
                keep=self.progress.update,
            ),
        )
        assert receipt.ids is not None
        self.earlier = (*self.earlier, SentMessage(message.message_id, message.dedup_key, dict(receipt.ids)))
        self.progress = {}
        return receipt

    def refusal(self, message: Message, **context: Any) -> Undeliverable:
        with pytest.raises(Undeliverable) as refused:
            self.send(message, **context)
        assert "verysecret" not in str(refused.value)
        assert "verysecret" not in refused.value.reason
        return refused.value


FIRED = alert()
WORSE = compose(
    event({"value": 0.5}, kind="severity_changed", previous_severity="warn", breached_periods=2),
    RULE,
    kpi(),
    "support",
    ENGLISH,
)
RESOLVED = compose(event({"value": 0.9}, kind="resolved"), RULE, kpi(), "support", ENGLISH)


def test_the_first_message_is_edited_and_the_others_are_its_thread(workspace: Workspace) -> None:
    incident = Incident(workspace)
    assert incident.send(FIRED).detail == "accepted by Slack"
    [root] = workspace.messages.values()
    assert root["text"] == "🔴 " + FIRED.title
    assert root["channel"] == CHANNEL
    incident.send(WORSE)
    incident.send(RESOLVED)
    assert workspace.methods() == [
        "chat.postMessage", "chat.postMessage", "chat.update", "chat.postMessage", "chat.update",
    ]  # fmt: skip
    assert (root["text"], root["edits"]) == ("🟢 " + RESOLVED.title, 2)
    # It is still recognised as what it was.
    assert root["metadata"]["event_payload"]["message_id"] == FIRED.message_id
    worse, resolved = workspace.thread(root["ts"])
    assert (worse["text"], resolved["text"]) == ("🔴 " + WORSE.title, "🟢 " + RESOLVED.title)
    # Everybody in the channel sees that it is critical; that it has ended, who follows the thread.
    assert (worse["reply_broadcast"], resolved["reply_broadcast"]) == (True, False)
    assert incident.earlier[-1].ids == {
        "channel": CHANNEL, "ts": resolved["ts"], "root": root["ts"], "root_id": FIRED.message_id,
    }  # fmt: skip


def test_another_channel_in_the_settings_begins_a_thread_of_its_own(workspace: Workspace) -> None:
    incident = Incident(workspace)
    incident.earlier = (SentMessage("x", "x", {"channel": "C9999", "ts": "1.0", "root": "1.0", "root_id": "x"}),)
    incident.send(WORSE)
    assert workspace.methods() == ["chat.postMessage"]


def test_a_first_message_that_was_deleted_is_replaced(workspace: Workspace) -> None:
    incident = Incident(workspace)
    incident.send(FIRED)
    workspace.messages.clear()
    incident.send(WORSE)
    incident.send(RESOLVED)
    [root, _] = workspace.messages.values()
    assert (root["own_id"], root["edits"]) == (WORSE.message_id, 1)


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message", "message_not_found"])
def test_a_message_that_cannot_be_edited_has_its_thread_all_the_same(workspace: Workspace, code: str) -> None:
    incident = Incident(workspace)
    incident.send(FIRED)
    workspace.failures["chat.update"] = [error(code)]
    assert code in incident.send(RESOLVED).detail
    assert len(workspace.messages) == 2


@pytest.mark.parametrize(
    "failure",
    [
        Failure(has_effect=True),
        Failure(500, b"oops", has_effect=True),
        Failure(200, b'{"ok": true', has_effect=True),
        Failure(200, b"", has_effect=True),
        Failure(200, b'{"ok": false, "error": "internal_error"}', has_effect=True),
        Failure(200, b'[{"ok": true}]', has_effect=True),
        Failure(200, b'{"ok": "true"}', has_effect=True),
        Failure(200, b"[" * 50_000, has_effect=True),
    ],
)
def test_a_message_whose_fate_is_unknown_is_looked_up(workspace: Workspace, failure: Failure) -> None:
    incident = Incident(workspace)
    for message in (FIRED, WORSE):
        workspace.failures["chat.postMessage"] = [failure]
        refused = incident.refusal(message)
        assert (refused.can_retry, refused.may_have_arrived) == (True, True)
        incident.send(message, may_have_arrived=True)
    assert workspace.ids() == [FIRED.message_id, WORSE.message_id]
    assert [method for method in workspace.methods() if "conversations" in method] == [
        "conversations.history", "conversations.replies",
    ]  # fmt: skip


def test_a_message_that_did_not_arrive_is_posted_after_the_look_up(workspace: Workspace) -> None:
    incident = Incident(workspace)
    workspace.failures["chat.postMessage"] = [Failure()]
    assert incident.refusal(FIRED).may_have_arrived
    incident.send(FIRED, may_have_arrived=True)
    [root] = workspace.messages.values()
    assert "May have arrived" not in str(root["blocks"])


def test_the_look_up_reads_further_pages(workspace: Workspace) -> None:
    incident = Incident(workspace)
    incident.send(FIRED)
    [root] = workspace.messages.values()
    for number in range(450):
        ts = f"{float(root['ts']) + number + 1:.6f}"
        other = {"event_type": "vigie_alert", "event_payload": {"message_id": f"other {number}"}}
        workspace.messages[ts] = root | {"ts": ts, "own_id": f"other {number}", "metadata": other}
    incident.earlier = ()
    incident.send(FIRED, may_have_arrived=True)
    assert workspace.ids().count(FIRED.message_id) == 1
    assert workspace.methods().count("conversations.history") == 3


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel"])
def test_without_the_right_to_read_a_doubtful_message_says_that_it_may_be_repeated(
    workspace: Workspace, code: str
) -> None:
    workspace.failures["conversations.history"] = [error(code)]
    Incident(workspace).send(FIRED, may_have_arrived=True)
    [root] = workspace.messages.values()
    assert "May have arrived before" in root["blocks"][-1]["elements"][0]["text"]


def test_a_look_up_that_fails_for_now_is_tried_again(workspace: Workspace) -> None:
    workspace.failures["conversations.history"] = [error("internal_error")]
    assert Incident(workspace).refusal(FIRED, may_have_arrived=True).can_retry
    assert workspace.messages == {}


@pytest.mark.parametrize("fails", ["chat.update", "chat.postMessage"])
def test_an_attempt_continues_where_the_one_before_it_ended(workspace: Workspace, fails: str) -> None:
    incident = Incident(workspace)
    incident.send(FIRED)
    workspace.failures[fails] = [Failure(503, b"busy")]
    incident.refusal(WORSE)
    incident.send(WORSE, may_have_arrived=True)
    assert workspace.ids() == [FIRED.message_id, WORSE.message_id]
    assert next(iter(workspace.messages.values()))["edits"] == 1


PICTURE = WORSE.model_copy(update={"picture": b"\x89PNG" + b"0" * 5_000})


def test_a_chart_is_added_to_the_thread_once(workspace: Workspace) -> None:
    incident = Incident(workspace)
    incident.send(FIRED)
    incident.send(PICTURE)
    [file] = workspace.files.values()
    assert file["content"] == PICTURE.picture
    assert (file["shown"], file["channel"], file["thread"]) == (1, CHANNEL, next(iter(workspace.messages)))


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal", "/upload/F0"])
def test_without_its_chart_a_message_has_arrived(workspace: Workspace, method: str) -> None:
    workspace.failures[method] = [error("missing_scope", needed="files:write", provided="chat:write"), None]
    if method.startswith("/upload"):
        workspace.failures[method] = [Failure(500)]
    assert "the chart was not added" in Incident(workspace).send(PICTURE).detail
    assert len(workspace.messages) == 1


def test_a_chart_of_which_nobody_knows_is_not_shown_twice(workspace: Workspace) -> None:
    incident = Incident(workspace)
    workspace.failures["files.completeUploadExternal"] = [Failure(has_effect=True)]
    incident.send(PICTURE)
    incident.progress = dict(incident.earlier[-1].ids)
    incident.earlier = ()
    incident.send(PICTURE, may_have_arrived=True)
    assert [file["shown"] for file in workspace.files.values()] == [1]


@pytest.mark.parametrize(
    ("code", "can_retry", "words"),
    [
        ("invalid_auth", False, "copy the bot token again"),
        ("token_revoked", False, "copy the bot token again"),
        ("account_inactive", False, "install it again"),
        ("not_allowed_token_type", False, "xoxb-"),
        ("channel_not_found", False, "set channel to its id"),
        ("not_in_channel", False, "/invite"),
        ("is_archived", False, "archived"),
        ("msg_too_long", False, "too long"),
        ("restricted_action", False, "administrator"),
        ("ratelimited", True, "fewer messages"),
        ("internal_error", True, "failure of its own"),
        ("something_new", False, "something_new"),
        (TOKEN, False, "***"),
    ],
)
def test_errors_of_slack_say_what_to_do(workspace: Workspace, code: str, can_retry: bool, words: str) -> None:
    workspace.failures["chat.postMessage"] = [error(code)]
    refused = Incident(workspace).refusal(FIRED)
    assert refused.can_retry is can_retry
    assert words in refused.reason


def test_a_missing_scope_is_named(workspace: Workspace) -> None:
    workspace.failures["chat.postMessage"] = [
        error("missing_scope", needed="chat:write", provided="identify,\x00 files:read")
    ]
    reason = Incident(workspace).refusal(FIRED).reason
    assert "lacks the scope chat:write (it has identify, files:read)" in reason
    # Slack does not always name it.
    workspace.failures["chat.postMessage"] = [error("missing_scope")]
    reason = Incident(workspace).refusal(FIRED).reason
    assert "Slack: the token lacks a scope: add it under OAuth" in reason
    assert "None" not in reason


@pytest.mark.parametrize(
    ("failure", "can_retry", "wait"),
    [
        (Failure(429, b"", {"Retry-After": "30"}), True, 30.0),
        (Failure(429, b"", {"Retry-After": "9" * 30}), True, 21_600.0),
        (Failure(200, b'{"ok": false, "error": "ratelimited"}', {"Retry-After": "7"}), True, 7.0),
        (Failure(302, b"", {"Location": "http://127.0.0.1:1/"}), True, None),
        (Failure(200, b"<html>Sign in</html>"), True, None),
        (Failure(404, b"not here"), False, None),
        (Failure(403, TOKEN.encode()), False, None),
    ],
)
def test_answers_that_are_not_slacks(
    workspace: Workspace, failure: Failure, can_retry: bool, wait: float | None
) -> None:
    workspace.failures["chat.postMessage"] = [failure]
    refused = Incident(workspace).refusal(FIRED)
    assert (refused.can_retry, refused.retry_after) == (can_retry, wait)
    assert not refused.may_have_arrived


def test_all_calls_of_an_attempt_share_one_deadline(mute_port: int) -> None:
    with Workspace() as nowhere:
        incident = Incident(nowhere, api_url=f"http://127.0.0.1:{mute_port}/", timeout=1)
    assert "within" in incident.refusal(FIRED).reason
    assert incident.channel.longest_attempt == 1


def test_a_probe_names_missing_scopes_and_rights(workspace: Workspace) -> None:
    channel, context = Incident(workspace).channel, ChannelContext(Path(), NOW)
    assert channel.probe(context) is None
    assert workspace.methods() == ["auth.test", "conversations.history"]
    workspace.scopes = "chat:write"
    assert "lacks the scopes channels:history (groups:history for a private channel), files:write" in str(
        channel.probe(context)
    )
    workspace.scopes = ""
    workspace.failures["conversations.history"] = [error("not_in_channel")]
    assert "/invite" in str(channel.probe(context))
    wrong = Incident(workspace, token="xoxb-wrong-verysecret").channel
    assert "copy the bot token again" in str(wrong.probe(context))
    assert workspace.messages == {}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": TOKEN}, "belong together"),
        ({"channel": CHANNEL}, "webhook_url"),
        ({"token": TOKEN, "channel": "#support"}, "pattern"),
        ({"token": TOKEN, "channel": CHANNEL, "webhook_url": "https://hooks.slack.com/services/T/B/x"}, "either"),
        ({}, "either"),
        ({"token": "with space", "channel": CHANNEL}, "xoxb-"),
        ({"token": TOKEN, "channel": CHANNEL, "api_url": "http://slack.example/api/"}, "not encrypted"),
        ({"token": TOKEN, "channel": CHANNEL, "timeout": 601}, "600"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SlackChannel.model_validate({"type": "slack", **settings})


def test_no_log_contains_the_token(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        Incident(workspace).send(PICTURE)
    assert "verysecret" not in caplog.text
