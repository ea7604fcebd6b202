"""Files through Slack with a bot's token: in the thread of their message, once, whatever fails on the way."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from notify_samples import NOW
from slack_workspace import CHANNEL, TOKEN, Failure, Workspace, error

from pipelines.notify.attachment import Attachment
from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.channels.slack import SlackChannel
from pipelines.notify.message import Content, Message
from pipelines.notify.outcome import Undeliverable

REPORT = b"PK" + b"\0\xff\r\n" * 5_000
MESSAGE = Message(
    message_id="export 1",
    dedup_key="export/weekly/2026-01-05/desk",
    channel="desk",
    kind="export",
    title="Report: weekly",
    text="Attached: weekly.xlsx.",
    attachment=Attachment(path="attachments/weekly.xlsx", name="weekly — été.xlsx", media_type="application/x"),
    content=Content.from_text("weekly", "Attached: weekly.xlsx."),
)


class Desk:
    """A channel and what it keeps of a message between attempts, as the outbox does."""

    def __init__(self, workspace: Workspace, home: Path) -> None:
        (home / "attachments").mkdir()
        (home / "attachments/weekly.xlsx").write_bytes(REPORT)
        self.home = home
        self.channel = SlackChannel.model_validate(
            {"type": "slack", "token": TOKEN, "channel": CHANNEL, "api_url": workspace.api_url, "timeout": 5}
        )
        self.progress: dict[str, Any] = {}

    def send(self, *, again: bool = False) -> None:
        context = ChannelContext(
            Path(), NOW, may_have_arrived=again, created=datetime.now(UTC), progress=dict(self.progress),
            keep=self.progress.update, home=self.home,
        )  # fmt: skip
        self.channel.send(MESSAGE, context)


@pytest.fixture
def desk(workspace: Workspace, tmp_path: Path) -> Desk:
    return Desk(workspace, tmp_path)


def shown(workspace: Workspace) -> list[dict[str, Any]]:
    return [file for file in workspace.files.values() if file["shown"]]


def test_a_file_is_in_the_thread_of_its_message(desk: Desk, workspace: Workspace) -> None:
    assert desk.channel.takes_files
    desk.send()
    [file] = workspace.files.values()
    assert file == {
        "name": "weekly — été.xlsx", "title": "weekly — été.xlsx", "length": len(REPORT), "content": REPORT,
        "shown": 1, "thread": next(iter(workspace.messages)), "channel": CHANNEL,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "failure"),
    [
        ("files.getUploadURLExternal", Failure(503)),
        ("files.getUploadURLExternal", error("ratelimited")),
        ("/upload/F0", Failure(500)),
        ("/upload/F0", Failure(has_effect=True)),
        ("files.completeUploadExternal", Failure(503)),
        ("files.completeUploadExternal", error("internal_error")),
        ("files.completeUploadExternal", Failure(has_effect=True)),
        ("files.completeUploadExternal", Failure(500, has_effect=True)),
    ],
)
def test_a_later_attempt_adds_the_file_once(desk: Desk, workspace: Workspace, place: str, failure: Failure) -> None:
    workspace.failures[place] = [failure]
    with pytest.raises(Undeliverable) as refused:
        desk.send()
    assert refused.value.can_retry
    desk.send(again=True)
    desk.send(again=True)
    assert workspace.ids() == [MESSAGE.message_id]
    [file] = shown(workspace)
    assert file["content"] == REPORT


def test_an_upload_that_slack_has_forgotten_is_made_again(desk: Desk, workspace: Workspace) -> None:
    workspace.failures["files.completeUploadExternal"] = [Failure(503), error("file_not_found")]
    with pytest.raises(Undeliverable):
        desk.send()
    desk.send(again=True)
    assert len(shown(workspace)) == 1
    assert len(workspace.files) == 2


def test_without_the_right_to_read_a_file_is_not_shown_twice_by_one_upload(desk: Desk, workspace: Workspace) -> None:
    workspace.failures["files.completeUploadExternal"] = [Failure(503)]
    workspace.failures["conversations.replies"] = [error("missing_scope", needed="channels:history", provided="chat")]
    with pytest.raises(Undeliverable):
        desk.send()
    desk.send(again=True)
    assert len(shown(workspace)) == 1


@pytest.mark.parametrize("code", ["missing_scope", "file_upload_size_restricted", "not_in_channel"])
def test_a_file_that_slack_refuses_is_not_delivered(desk: Desk, workspace: Workspace, code: str) -> None:
    workspace.failures["files.getUploadURLExternal"] = [error(code, needed="files:write", provided="chat:write")]
    with pytest.raises(Undeliverable) as refused:
        desk.send()
    assert not refused.value.can_retry
    assert code in refused.value.reason or "files:write" in refused.value.reason


def test_a_file_that_is_gone_is_no_message_without_it(desk: Desk, workspace: Workspace) -> None:
    (desk.home / "attachments/weekly.xlsx").unlink()
    with pytest.raises(Undeliverable, match="cannot read the file") as refused:
        desk.send()
    assert not refused.value.can_retry


def test_an_address_of_another_host_gets_no_file_unencrypted(desk: Desk, workspace: Workspace) -> None:
    answer = b'{"ok": true, "file_id": "F9", "upload_url": "http://files.example/upload"}'
    workspace.failures["files.getUploadURLExternal"] = [Failure(200, answer)]
    with pytest.raises(Undeliverable, match="unencrypted"):
        desk.send()


def test_a_webhook_takes_no_files(workspace: Workspace) -> None:
    assert not SlackChannel.model_validate({"type": "slack", "webhook_url": workspace.hook_url}).takes_files
