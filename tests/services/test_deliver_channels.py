"""Channels are independent of one another, and what one rejects for good goes to another."""

import json
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import SettingsError
from pipelines.ledger import OutboxItem
from pipelines.notify import channels
from pipelines.notify.channels.base import Channel
from pipelines.notify.channels.slack import SlackChannel
from pipelines.notify.message import Content, Message
from pipelines.services.deliver import deliver_messages
from pipelines.services.installation import Installation
from pipelines.services.messages import outbox_item
from pipelines.settings import Settings, fallback_of


class Webhooks(ThreadingHTTPServer):
    """Webhooks by their last letter: X answers `ok`, S when it is released, G has been removed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted: list[tuple[str, str]] = []
        self.release = threading.Event()
        self.has_slow = threading.Event()

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T0/B0/secret{kind}"


class _Handler(BaseHTTPRequestHandler):
    server: Webhooks

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        kind = self.path[-1]
        if kind == "S":
            self.server.has_slow.set()
            self.server.release.wait(30)
        self.server.posted.append((kind, body["text"]))
        if kind == "X" and sum(each == "X" for each, _ in self.server.posted) == 3:
            self.server.release.set()
        self.send_response(404 if kind == "G" else 200)
        self.end_headers()
        self.wfile.write(b"no_service" if kind == "G" else b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhooks() -> Iterator[Webhooks]:
    with Webhooks() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


def installed(tmp_path: Path, given: dict[str, Any]) -> Installation:
    path = tmp_path / "settings.yaml"
    path.write_text(json.dumps({"company": {"name": "Lumen"}, "channels": given}), encoding="utf-8")
    return Installation(path, tmp_path / "home")


def item(installation: Installation, name: str, channel: str, picture: bytes | None = None) -> OutboxItem:
    message = Message(
        message_id=f"{name} {channel}",
        dedup_key=f"test/incident/{name}/{channel}",
        channel=channel,
        kind="pipeline",
        title=name,
        text="What happened.",
        content=Content.from_text(name, "What happened."),
        picture=picture,
    )
    return outbox_item(message, alert_id=None, at=installation.wall_clock())


def test_a_slow_channel_does_not_delay_the_others(tmp_path: Path, webhooks: Webhooks) -> None:
    given = {name: {"type": "slack", "webhook_url": webhooks.url(name[0].upper())} for name in ("slow", "x")}
    installation = installed(tmp_path, given)
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, "1", "slow")])
        ledger.enqueue([item(installation, str(number), "x") for number in range(3)])
        # The slow one answers once the other has everything.
        assert deliver_messages(installation, ledger).sent == 4
    assert [kind for kind, _ in webhooks.posted] == ["X", "X", "X", "S"]


def test_a_channel_whose_deadline_fails_is_abandoned(
    tmp_path: Path, webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlackChannel, "longest_attempt", -60.0)
    given = {name: {"type": "slack", "webhook_url": webhooks.url(name[0].upper())} for name in ("slow", "x")}
    installation = installed(tmp_path, given)
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, "1", "slow"), item(installation, "2", "slow"), item(installation, "1", "x")])
        report = deliver_messages(installation, ledger)
        assert "channel slow: an attempt did not end in time" in report.problems
        waiting = {each.item.message_id: each for each in ledger.undelivered(installation.wall_clock())}
        assert (waiting["1 slow"].state, waiting["1 slow"].item.doubtful) == ("pending", True)
        # It waits for the one before it, as it has not been tried.
        assert (waiting["2 slow"].state, waiting["2 slow"].attempts) == ("pending", 0)
        webhooks.release.set()


def test_a_run_does_not_take_over_what_a_slow_receiver_still_gets_from_another(
    tmp_path: Path, webhooks: Webhooks
) -> None:
    installation = installed(tmp_path, {"slow": {"type": "slack", "webhook_url": webhooks.url("S"), "timeout": 230}})

    class Later(Installation):
        def wall_clock(self) -> datetime:
            return super().wall_clock() + timedelta(seconds=230 + 60)

    later = Later(installation.settings_path, installation.home_path)
    with installation.ledger() as ledger, ThreadPoolExecutor(1) as other:
        ledger.enqueue([item(installation, str(number), "slow") for number in range(3)])
        first = other.submit(deliver_messages, installation, ledger)
        assert webhooks.has_slow.wait(30)
        report = deliver_messages(later, ledger)
        assert (report.sent, report.waiting) == (0, 3)
        assert report.problems[-1].endswith("if it was killed, a run in 5 minutes sends them")
        webhooks.release.set()
        assert first.result(timeout=60).sent == 3
    assert len(webhooks.posted) == 3


def test_an_attempt_as_long_as_the_lease_is_made(tmp_path: Path, webhooks: Webhooks) -> None:
    slack = {"type": "slack", "webhook_url": webhooks.url("X"), "timeout": 600}
    installation = installed(tmp_path, {"x": slack})
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, str(number), "x") for number in range(3)])
        assert deliver_messages(installation, ledger).sent == 3


@pytest.mark.parametrize(("given", "expected"), [("desk", "desk"), (None, "operators")])
def test_what_is_rejected_for_good_goes_to_the_fallback(
    tmp_path: Path, webhooks: Webhooks, given: str | None, expected: str
) -> None:
    gone = {"type": "slack", "webhook_url": webhooks.url("G")} | ({"fallback": given} if given else {})
    files = {name: {"type": "file", "path": f"{name}.jsonl"} for name in ("desk", "operators")}
    installation = installed(tmp_path, {"gone": gone, **files})
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, "1", "gone")])
        report = deliver_messages(installation, ledger)
        # The operators learn that the channel cannot deliver, beside the message itself.
        assert (report.sent, report.failed, report.waiting) == (2, 1, 0)
        assert deliver_messages(installation, ledger).sent == 0
        [failed] = ledger.undelivered(installation.wall_clock())
        assert failed.state == "failed"
    lines = (tmp_path / f"{expected}.jsonl").read_text().splitlines()
    record, *outages = [json.loads(line) for line in lines]
    assert [each["title"] for each in outages] == ["Failure: Channel gone failed"] * (expected == "operators")
    assert "(gone: Slack: the webhook was removed or disabled" in record["text"]
    assert "secret" not in record["text"]


def test_the_fallback_of_a_fallback_ends(tmp_path: Path, webhooks: Webhooks) -> None:
    gone = {"type": "slack", "webhook_url": webhooks.url("G")}
    installation = installed(tmp_path, {"a": gone, "operators": {**gone, "fallback": "b"}, "b": gone})
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, "1", "a")])
        deliver_messages(installation, ledger)
        failed = [each.item for each in ledger.undelivered(installation.wall_clock())]
    # Three times the message, and what the others are informed of: a, operators and b, none through itself.
    assert [each.channel for each in failed if each.record["title"] == "1"] == ["a", "operators", "b"]
    assert len(failed) == 8
    assert fallback_of("a", installation.settings().channels) == "operators"
    assert fallback_of("b", installation.settings().channels) is None


@pytest.mark.parametrize(
    ("fallbacks", "words"),
    [
        ({"a": "nobody"}, "there is no channel called nobody"),
        ({"a": "a"}, "a → a"),
        ({"a": "b", "b": "operators", "operators": "a"}, "a → b → operators → a"),
    ],
)
def test_a_fallback_that_leads_nowhere_is_refused(tmp_path: Path, fallbacks: dict[str, str], words: str) -> None:
    given = {
        name: {"type": "file", "path": f"{name}.jsonl"} | ({"fallback": fallbacks[name]} if name in fallbacks else {})
        for name in ("a", "b", "operators")
    }
    with pytest.raises(SettingsError, match=words):
        installed(tmp_path, given).settings()


NOTEBOOK = '''
"""A notebook that fails once, after its first step."""

import json
from typing import Literal

from pipelines.notify.channels.base import Channel
from pipelines.notify.outcome import Receipt


class NotebookChannel(Channel):
    """A notebook."""

    type: Literal["notebook"]
    password: SecretStr

    def send(self, message, context):
        seen = {
            "title": message.title,
            "picture": None if message.picture is None else message.picture.decode(),
            "progress": dict(context.progress),
            "earlier": [[each.message_id, each.dedup_key, each.ids] for each in context.earlier],
            "has_created": context.created is not None,
        }
        with (context.base / "notebook.jsonl").open("a") as file:
            file.write(json.dumps(seen) + "\\n")
        context.keep({"step": 1})
        if message.title == "2" and not context.progress:
            raise RuntimeError(self.password.get_secret_value())
        return Receipt("written", ids={"page": message.title})

    def probe(self, context):
        return None
'''.replace("from typing", "from pydantic import SecretStr\nfrom typing")


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Channel]]:
    """A kind of channel that is added as anybody may add one: a folder beside the others."""
    (tmp_path / "kinds" / "notebook").mkdir(parents=True)
    (tmp_path / "kinds" / "notebook" / "__init__.py").write_text(NOTEBOOK)
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path / "kinds")])
    yield next(kind for kind in channels.channel_types() if kind.__name__ == "NotebookChannel")
    sys.modules.pop("pipelines.notify.channels.notebook", None)


def test_receipts_steps_and_pictures_reach_the_channel(tmp_path: Path, notebook: type[Channel]) -> None:
    installation = installed(tmp_path, {"log": {"type": "file", "path": "log.jsonl"}})
    of_kind = {"x": notebook.model_validate({"type": "notebook", "password": "verysecret"})}
    settings = installation.settings().model_copy(update={"channels": of_kind})

    class WithNotebook(Installation):
        def settings(self) -> Settings:
            return settings

    installation = WithNotebook(installation.settings_path, installation.home_path)
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, "1", "x", b"png"), item(installation, "2", "x")])
        with pytest.raises(RuntimeError):
            deliver_messages(installation, ledger)
        [failed] = ledger.undelivered(installation.wall_clock())
        assert failed.last_error == "RuntimeError('***')"
        assert failed.item.receipt == {"step": 1}
    first, second = [json.loads(line) for line in (tmp_path / "notebook.jsonl").read_text().splitlines()]
    assert first == {"title": "1", "picture": "png", "progress": {}, "earlier": [], "has_created": True}
    assert second["picture"] is None
    assert second["earlier"] == [["1 x", "test/incident/1/x", {"page": "1"}]]
