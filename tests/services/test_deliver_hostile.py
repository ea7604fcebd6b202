"""Whole deliveries to hostile receivers: none of them stops the others, and no secret reaches the ledger."""

import base64
import html
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pipelines.ledger import OutboxItem
from pipelines.notify.http import LONGEST_WAIT
from pipelines.notify.message import Content, Message
from pipelines.services.deliver import deliver_messages
from pipelines.services.installation import Installation
from pipelines.services.messages import outbox_item
from tests.notify.hostile_server import Behaviour, Client, HostileServer, answering, http_answer

SECRET = "services/T0/B0/Very+Secret&Path"
PATH = "/" + SECRET

Start = Callable[..., HostileServer]


@pytest.fixture
def hostile() -> Iterator[Start]:
    running: list[HostileServer] = []

    def start(behaviour: Behaviour) -> HostileServer:
        running.append(HostileServer(behaviour))
        return running[-1]

    yield start
    for each in running:
        each.close()


def installed(tmp_path: Path, servers: dict[str, HostileServer]) -> Installation:
    channels: dict[str, Any] = {
        name: {"type": "slack", "webhook_url": f"http://127.0.0.1:{server.port}{PATH}", "timeout": 1}
        for name, server in servers.items()
    }
    channels["operators"] = {"type": "file", "path": "operators.jsonl"}
    path = tmp_path / "settings.yaml"
    path.write_text(json.dumps({"company": {"name": "Lumen"}, "channels": channels}), encoding="utf-8")
    return Installation(path, tmp_path / "home")


def item(installation: Installation, channel: str) -> OutboxItem:
    message = Message(
        message_id=f"to {channel}",
        dedup_key=f"test/{channel}/fired",
        channel=channel,
        kind="pipeline",
        title=channel,
        text="What happened.",
        content=Content.from_text(channel, "What happened."),
    )
    return outbox_item(message, alert_id=None, at=installation.wall_clock())


def endless(client: Client) -> int:
    client.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nok")
    return client.send_forever(b"x" * 65_536)


def drip(client: Client) -> int:
    client.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    return client.send_forever(b"o", pause=0.05)


NOT_ACCEPTED = {
    "error-200": answering(http_answer(200, b"invalid_payload_here")),
    "empty-200": answering(http_answer(200)),
    "empty-204": answering(http_answer(204)),
    "redirect": answering(http_answer(302, b"ok", b"Location: http://127.0.0.1:1/login")),
    "page": answering(http_answer(200, b"<html>ok</html>")),
    "drip": drip,
    "endless": endless,
    "hangs-up": answering(b""),
    "nonsense": answering(b"\x00\xff\r\n\r\n"),
    "many-digits": answering(http_answer(429, b"", b"Retry-After: " + b"9" * 30)),
    "odd-date": answering(http_answer(429, b"", b"Retry-After: Mon, 99 Foo 99999 99:99:99 +99999999999")),
    "last-date": answering(http_answer(503, b"", b"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT")),
    "four-days": answering(http_answer(503, b"", b"Retry-After: 345600")),
}


def test_no_receiver_stops_the_others_and_nothing_counts_as_sent(tmp_path: Path, hostile: Start) -> None:
    servers = {name: hostile(behaviour) for name, behaviour in NOT_ACCEPTED.items()}
    servers["well"] = hostile(answering(http_answer(200, b"ok")))
    installation = installed(tmp_path, servers)
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, name) for name in servers])
        began = time.monotonic()
        report = deliver_messages(installation, ledger)
        # Those that do not answer take a second each, and all of them one.
        assert time.monotonic() - began < 10
        now = installation.wall_clock()
        waiting = {each.item.channel: each for each in ledger.undelivered(now)}
        assert (report.sent, report.failed, report.waiting) == (1, 0, len(NOT_ACCEPTED))
        assert {each.state for each in waiting.values()} == {"pending"}
        # A wait of days does not let the message expire.
        for name in ("many-digits", "last-date", "four-days"):
            assert waiting[name].next_attempt_at <= now + timedelta(seconds=LONGEST_WAIT)


ECHOES = {
    "plain": SECRET,
    "percent": quote(SECRET, safe=""),
    "percent, small": quote(SECRET, safe="").lower(),
    "percent, twice": quote(quote(SECRET, safe=""), safe=""),
    "every character": "".join(f"%{ord(mark):02X}" for mark in SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 of the address": base64.b64encode(f"POST http://host/{SECRET} HTTP".encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(f"ab{SECRET}".encode()).decode(),
    "hex": SECRET.encode().hex(),
    "json": json.dumps(SECRET).replace("/", "\\/"),
    "unicode escapes": "".join(f"\\u{ord(mark):04x}" for mark in SECRET),
    "html": html.escape(SECRET),
    "other case": SECRET.swapcase(),
    "cut": "x" * 180 + SECRET,
    "with marks": SECRET[:10] + "\u200b" + SECRET[10:],
}


@pytest.mark.parametrize("status", [403, 500, 200])
def test_a_secret_that_a_receiver_repeats_is_stored_nowhere(tmp_path: Path, hostile: Start, status: int) -> None:
    servers = {
        f"c{number}": hostile(answering(http_answer(status, f"no: {said}".encode())))
        for number, said in enumerate(ECHOES.values())
    }
    installation = installed(tmp_path, servers)
    with installation.ledger() as ledger:
        ledger.enqueue([item(installation, name) for name in servers])
        report = deliver_messages(installation, ledger)
    with closing(sqlite3.connect(tmp_path / "home" / "ledger.db")) as connection:
        stored = "\n".join(connection.iterdump())
    fallback = tmp_path / "operators.jsonl"
    shown = stored + "\n".join(report.problems) + (fallback.read_text() if fallback.exists() else "")
    assert fallback.exists() == (status == 403)
    for name, said in ECHOES.items():
        if name not in {"cut", "with marks"}:
            assert said not in shown, name
    assert "verysec" not in shown.lower().replace("+", "")
    assert base64.b64encode(SECRET.encode())[4:24].decode() not in shown
