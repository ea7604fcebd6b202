"""The heartbeat: a file that is replaced whole, an address that is called once, and what prevents either."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.ledger import Undelivered
from pipelines.services import heartbeat
from pipelines.services.doctor import examine
from pipelines.services.heartbeat import beat, read_heartbeat
from pipelines.services.installation import Installation
from tests.notify.hostile_server import Behaviour, Client, HostileServer, answering, http_answer

KEY = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
AS_OF = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
SETTINGS = """
company: {name: Lumen, timezone: Europe/Paris}
schedules: {ingest: "15 * * * *"}
channels:
  operators: {type: file, path: out/operators.jsonl}
"""


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], HostileServer]]:
    servers = []

    def start(behaviour: Behaviour) -> HostileServer:
        servers.append(HostileServer(behaviour))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def installation_of(folder: Path, lines: str = "", language: str = "en") -> Installation:
    (folder / "settings.yaml").write_text(
        SETTINGS.replace("timezone:", f"language: {language}, timezone:") + lines, encoding="utf-8"
    )
    return Installation(folder / "settings.yaml", folder / "var", AS_OF)


def pinging(server: HostileServer, more: str = "") -> str:
    return f'heartbeat: {{ping_url: "http://127.0.0.1:{server.port}/{KEY}"{more}}}\n'


def waiting(installation: Installation) -> list[Undelivered]:
    with installation.ledger() as ledger:
        return ledger.undelivered(datetime.now(UTC))


def test_without_settings_the_file_is_in_the_home_folder(tmp_path: Path) -> None:
    installation = installation_of(tmp_path)
    before = datetime.now(UTC)
    assert beat(installation, []) == []
    written = json.loads((tmp_path / "var/heartbeat.json").read_text(encoding="utf-8"))
    assert set(written) == {"at", "as_of", "outcome", "failed", "next_expected"}
    assert (written["as_of"], written["outcome"], written["failed"]) == (AS_OF.isoformat(), "succeeded", [])
    found = read_heartbeat(installation)
    assert found is not None
    assert before <= found.at <= datetime.now(UTC)
    assert found.at < found.next_expected <= found.at + timedelta(hours=1)
    assert found.next_expected.minute == 15


def test_a_pass_that_failed_has_a_heartbeat_that_says_so(tmp_path: Path) -> None:
    installation = installation_of(tmp_path, "heartbeat: {file: monitor/vigie.json}\n")
    assert beat(installation, ["ingest"]) == []
    path = tmp_path / "monitor/vigie.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    assert (written["outcome"], written["failed"]) == ("failed", ["ingest"])
    # A monitoring program of another user reads it.
    assert path.stat().st_mode & 0o444 == 0o444
    assert path.parent.stat().st_mode & 0o755 == 0o755
    assert [each.name for each in path.parent.iterdir()] == ["vigie.json"]
    assert not (tmp_path / "var/heartbeat.json").exists()


@pytest.mark.parametrize(
    ("failed", "more", "called"),
    [
        ([], "", f"/{KEY}"),
        (["ingest"], "", f"/{KEY}"),
        (["ingest"], ", ping_failures: true", f"/{KEY}/fail"),
        ([], ", ping_failures: true", f"/{KEY}"),
    ],
)
def test_the_address_is_called_once(
    tmp_path: Path, serve: Callable[[Behaviour], HostileServer], failed: list[str], more: str, called: str
) -> None:
    server = serve(answering(http_answer(200, b"OK")))
    assert beat(installation_of(tmp_path, pinging(server, more)), failed) == []
    [request] = server.requests
    assert request.splitlines()[0] == f"GET {called} HTTP/1.1".encode()


def drip(client: Client) -> None:
    client.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    with suppress(OSError):
        client.send_forever(b"x", 0.1)


BAD_ANSWERS: dict[str, tuple[Behaviour, str]] = {
    "unknown check": (answering(http_answer(404, f"no check {KEY}".encode())), "did not accept the ping"),
    "its own failure": (answering(http_answer(503)), "did not accept the ping"),
    "a login page": (answering(http_answer(302, b"", b"Location: https://login.example/")), "redirects elsewhere"),
    "nothing": (lambda _: None, "closed the connection"),
    "no end": (drip, "no answer from"),
    "no HTTP": (answering(b"\0" * 100), "gave no answer that can be read"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_failed_ping_is_a_warning_and_reported_once_and_once_when_it_works(
    tmp_path: Path, serve: Callable[[Behaviour], HostileServer], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(heartbeat, "PING_SECONDS", 1.0)
    behaviour, said = BAD_ANSWERS[name]
    server = serve(behaviour)
    installation = installation_of(tmp_path, pinging(server))
    started = time.monotonic()
    [warning] = beat(installation, [])
    assert time.monotonic() - started < 10
    assert warning.startswith("heartbeat ping_url: ")
    assert said in warning
    assert beat(installation, []) != []
    assert len(server.requests) == 2

    [message] = waiting(installation)
    assert (message.item.channel, message.item.record["status"]) == ("operators", "firing")
    assert message.item.record["title"] == "Failure: Heartbeat ping_url failed"
    ledger_bytes = b"".join(file.read_bytes() for file in (tmp_path / "var").glob("ledger.db*"))
    for text in (warning, str(message.item.record), ledger_bytes.decode("latin-1")):
        assert KEY not in text

    server.behaviour = answering(http_answer(200))
    assert beat(installation, []) == []
    assert beat(installation, []) == []
    assert [each.item.record["status"] for each in waiting(installation)] == ["firing", "resolved"]


def test_a_file_that_cannot_be_written_is_reported_and_the_address_is_called(
    tmp_path: Path, serve: Callable[[Behaviour], HostileServer]
) -> None:
    server = serve(answering(http_answer(200)))
    (tmp_path / "monitor").write_text("a file", encoding="utf-8")
    lines = pinging(server, ", file: monitor/vigie.json")
    [warning] = beat(installation_of(tmp_path, lines), [])
    assert warning.startswith(f"heartbeat file: cannot write {tmp_path}/monitor/vigie.json: ")
    assert len(server.requests) == 1
    (tmp_path / "monitor").unlink()
    installation = installation_of(tmp_path, lines)
    assert beat(installation, []) == []
    assert [each.item.record["status"] for each in waiting(installation)] == ["firing", "resolved"]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"at": 5}',
     b'{"at": "2025-11-03T07:00:00", "as_of": "2025-11-03T07:00:00", "failed": [],'
     b' "next_expected": "2025-11-03T07:00:00"}'],
)  # fmt: skip
def test_a_file_that_is_no_heartbeat_counts_as_none(tmp_path: Path, content: bytes) -> None:
    installation = installation_of(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var/heartbeat.json").write_bytes(content)
    assert read_heartbeat(installation) is None
    assert beat(installation, []) == []
    assert read_heartbeat(installation) is not None


def test_the_doctor_shows_how_old_the_heartbeat_is(tmp_path: Path) -> None:
    installation = installation_of(tmp_path, "heartbeat: {file: vigie.json}\n")

    def finding() -> tuple[str | None, tuple[str, ...]]:
        [found] = [each for each in examine(installation) if each.subject == "heartbeat"]
        assert found.problem is None
        return found.counts, found.remarks

    assert finding() == ("no pass has ended yet", ())
    beat(installation, ["ingest"])
    counts, remarks = finding()
    assert counts is not None
    assert re.match(r"a pass ended \S+ s ago, ", counts)
    assert counts.endswith("; failed: ingest")
    assert remarks == ()
    written = json.loads((tmp_path / "vigie.json").read_text(encoding="utf-8"))
    old = datetime.now(UTC) - timedelta(days=3, hours=1)
    written |= {"at": old.isoformat(), "next_expected": (old + timedelta(hours=1)).isoformat(), "failed": []}
    (tmp_path / "vigie.json").write_text(json.dumps(written), encoding="utf-8")
    counts, remarks = finding()
    assert counts is not None
    assert counts.startswith("a pass ended 3 d 1 h ago, ")
    assert remarks == ("no pass has ended for 3 d 1 h: is the daemon, or cron, still running?",)


def test_an_address_that_is_not_encrypted_is_refused(tmp_path: Path) -> None:
    installation = installation_of(tmp_path, f'heartbeat: {{ping_url: "http://hc.example/{KEY}"}}\n')
    with pytest.raises(Exception, match="not encrypted") as refused:
        installation.settings()
    assert KEY not in str(refused.value)
    assert installation_of(tmp_path, 'heartbeat: {ping_url: "${NO_SUCH_PING:-}"}\n').settings() is not None


def test_a_file_that_is_something_else_is_not_replaced(tmp_path: Path) -> None:
    installation = installation_of(tmp_path, "heartbeat: {file: settings.yaml}\n")
    before = installation.settings_path.read_bytes()
    [problem] = beat(installation, [])
    assert "is there and is no heartbeat" in problem
    assert installation.settings_path.read_bytes() == before
