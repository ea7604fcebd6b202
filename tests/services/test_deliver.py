"""Deliveries that are interrupted, or that find another run at work."""

import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.ledger import Ledger, OutboxItem
from pipelines.notify.message import Content, Message
from pipelines.services.deliver import LEASE, DeliveryReport, deliver_messages
from pipelines.services.installation import Installation
from pipelines.services.messages import outbox_item

NAMES = ("a", "b", "c", "d")
SETTINGS = """
company: {{name: Company, timezone: Europe/Paris}}
channels:
  team: {{type: slack, webhook_url: "http://127.0.0.1:{port}/services/T0/B0/X0"}}
"""


class Receiver(ThreadingHTTPServer):
    """A webhook server that interrupts this process in the middle of its second request, once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accepted: list[str] = []
        self.interrupts_at: int | None = 1
        self.was_interrupted = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if len(self.server.accepted) == self.server.interrupts_at:
            self.server.interrupts_at = None
            os.kill(os.getpid(), signal.SIGINT)
            self.server.was_interrupted.wait(30)
        self.server.accepted.append(next(name for name in NAMES if f"message {name}" in body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.was_interrupted.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt: a shell without job control starts what runs behind it with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def installation(tmp_path: Path, receiver: Receiver) -> Installation:
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS.format(port=receiver.server_port), encoding="utf-8")
    return Installation(settings, tmp_path / "home")


@pytest.fixture
def ledger(installation: Installation) -> Iterator[Ledger]:
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, name) for name in NAMES])
        yield ledger


def item(installation: Installation, name: str) -> OutboxItem:
    title, text = f"message {name}", "What happened."
    message = Message(
        message_id=name,
        dedup_key=name,
        channel="team",
        kind="pipeline",
        title=title,
        text=text,
        content=Content.from_text(title, text),
    )
    return outbox_item(message, alert_id=None, at=installation.wall_clock())


def states(installation: Installation, ledger: Ledger) -> dict[str, tuple[str, int, bool]]:
    """Returns of each message that was not sent its state, its attempts and whether it may have arrived."""
    return {
        each.item.message_id: (each.state, each.attempts, each.item.doubtful)
        for each in ledger.undelivered(installation.wall_clock())
    }


def test_an_interrupted_delivery_leaves_what_it_did_not_begin_due_at_once(
    installation: Installation, ledger: Ledger, receiver: Receiver
) -> None:
    with pytest.raises(KeyboardInterrupt):
        deliver_messages(installation, ledger)

    assert states(installation, ledger) == {
        "b": ("pending", 1, True),
        "c": ("pending", 0, False),
        "d": ("pending", 0, False),
    }
    report = deliver_messages(installation, ledger)
    # What may have arrived is sent again after its back-off.
    assert (report.sent, report.waiting, report.failed) == (2, 1, 0)
    assert receiver.accepted == ["a", "c", "d"]

    receiver.was_interrupted.set()
    for thread in threading.enumerate():
        if thread.name == "vigie-team":
            thread.join(30)
    # The process lived long enough to hear that it has arrived.
    assert receiver.accepted[3:] == ["b"]
    assert states(installation, ledger) == {}


def test_messages_that_another_run_is_sending_are_reported_as_waiting(
    installation: Installation, ledger: Ledger, receiver: Receiver
) -> None:
    receiver.interrupts_at = None
    assert len(ledger.claim(installation.wall_clock(), LEASE, 3)) == 3

    report = deliver_messages(installation, ledger)

    assert receiver.accepted == ["d"]
    assert report == DeliveryReport(
        sent=1,
        waiting=3,
        problems=["another run is sending 3 of the messages; if it was killed, a run in 5 minutes sends them"],
    )


def test_a_release_leaves_the_claims_of_others(installation: Installation, ledger: Ledger) -> None:
    now = installation.wall_clock()
    ledger.claim(now, LEASE, 2)
    other = ledger.claim(now + 2 * LEASE, LEASE, 2)
    assert [message.message_id for message in other] == ["a", "b"]

    ledger.release(["a", "b"], now + LEASE)
    assert {name: state for name, (state, _, _) in states(installation, ledger).items()} == {
        "a": "sending", "b": "sending", "c": "pending", "d": "pending",
    }  # fmt: skip

    ledger.release(["a", "b"], now + 3 * LEASE)
    assert states(installation, ledger)["a"] == ("pending", 1, True)
