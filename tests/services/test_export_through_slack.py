"""A workbook through a Slack bot: written, sent, and in the thread of its message, also after an interruption."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from export_home import TICK, small_installation

from pipelines.services import exports
from pipelines.services.deliver import deliver_messages
from pipelines.services.installation import Installation
from tests.notify.slack_workspace import CHANNEL, TOKEN, Failure, Workspace


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_workbook_is_in_the_thread_of_its_message(tmp_path: Path, workspace: Workspace) -> None:
    small_installation(tmp_path, format="xlsx", channels="desk")
    settings = tmp_path / "settings.yaml"
    desk = f"  desk: {{type: slack, token: {TOKEN}, channel: {CHANNEL}, api_url: '{workspace.api_url}'}}\n"
    settings.write_text(settings.read_text(encoding="utf-8").replace("channels:\n", f"channels:\n{desk}", 1))
    installation = Later(settings, tmp_path / "var")
    [export] = installation.settings().exports
    # The connection breaks when Slack has done what it was asked for.
    workspace.failures["files.completeUploadExternal"] = [Failure(has_effect=True)]
    with installation.ledger() as ledger:
        for _ in range(2):
            result = exports.write(installation, ledger, export, TICK)
            deliver_messages(installation, ledger)
            Later.waited += timedelta(minutes=5)
        assert deliver_messages(installation, ledger).waiting == 0
    assert len(workspace.messages) == 1
    [file] = workspace.files.values()
    assert file["shown"] == 1
    assert file["name"].startswith("weekly-2026-03-30T0700")
    assert file["name"].endswith(".xlsx")
    assert hashlib.sha256(file["content"]).hexdigest() == result.sha256
    assert file["thread"] == next(iter(workspace.messages))


class Later(Installation):
    """An installation whose clock a test moves."""

    waited = timedelta(0)

    def wall_clock(self) -> datetime:
        return super().wall_clock() + Later.waited
