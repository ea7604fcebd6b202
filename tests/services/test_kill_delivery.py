"""A process that is killed at any step between a decision and its record: nothing is lost, and nothing arrives twice
where the receiver allows to find out.

The receivers are a Slack workspace (Web API and webhook), a mail server with STARTTLS and a login, PagerDuty and a file.
They also refuse, fail, hang up before and after they have accepted, and do not answer in time.
"""

import json
import random
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.notify.notify_receivers import PASSWORD, USERNAME, AnyPort, Mailbox
from tests.notify.slack_workspace import CHANNEL, TOKEN, Failure, Workspace

# Half a minute of processor time.
pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

KILLS = 102
KILLS_OF_GROUPS = 51
KILLS_IN_A_ROW = 3
# The value of each week: normal, then the message that follows from it.
VALUES = (0.9, 0.7, 0.5, 0.9)
RECIPIENTS = ("a@example.com", "b@example.com")
SEED = 20260112


class Pager(ThreadingHTTPServer):
    """PagerDuty: the incidents by their keys, with what happened to each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _PagerHandler)
        self.incidents: dict[str, list[str]] = {}
        self.fails: Any = lambda _: None


class _PagerHandler(BaseHTTPRequestHandler):
    server: Pager

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        failure = self.server.fails("pager")
        if failure is None or failure.has_effect:
            self.server.incidents.setdefault(event["dedup_key"], []).append(event["event_action"])
        self.send_response(202 if failure is None else failure.status or 500)
        self.end_headers()
        self.wfile.write(b'{"status": "success"}')

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    with server:
        thread.start()
        yield
        server.shutdown()
        thread.join()


class Receivers:
    """All receivers, the settings that name them, and the failures that they have in store."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.workspace, self.pager, self.mailbox = Workspace(), Pager(), Mailbox()
        self.failures: Counter[str] = Counter()
        self.are_well = False
        self.timeouts = 2
        self.lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[Path]:
        """Starts the receivers; gives the settings."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        mail = AnyPort(
            self.mailbox,
            hostname="127.0.0.1",
            port=0,
            tls_context=tls,
            authenticator=self.mailbox.authenticate,
            auth_required=True,
            auth_require_tls=True,
        )
        mail.start()
        self.workspace.fails = self.pager.fails = self.failure
        self.mailbox.hangs_up_after = lambda: self.failure("mail") is not None
        try:
            with serving(self.workspace), serving(self.pager):
                path = self.folder / "settings.yaml"
                path.write_text(json.dumps({"company": {"name": "Lumen"}, "channels": self.channels(mail.port)}))
                yield path
        finally:
            mail.stop()

    def channels(self, mail_port: int) -> dict[str, Any]:
        smtp = {"host": "127.0.0.1", "port": mail_port, "username": USERNAME, "password": PASSWORD, "ca_file": "ca.pem"}
        return {
            "bot": {
                "type": "slack", "token": TOKEN, "channel": CHANNEL, "api_url": self.workspace.api_url, "timeout": 2,
            },
            "hook": {"type": "slack", "webhook_url": self.workspace.hook_url, "timeout": 2},
            "mail": {"type": "email", "to": list(RECIPIENTS), "from": "vigie@example.com", "smtp": smtp},
            "pager": {
                "type": "pagerduty", "routing_key": "0123456789abcdef",
                "url": f"http://127.0.0.1:{self.pager.server_port}/",
            },
            "file": {"type": "file", "path": "messages.jsonl"},
        }  # fmt: skip

    def failure(self, place: str) -> Failure | None:
        """One call in eight fails, in one way or another."""
        with self.lock:
            if self.are_well or self.chance.random() > 0.125:
                return None
            self.failures[place] += 1
            has_effect = self.chance.random() < 0.5
            kind = self.chance.choice(["429", "500", "hang up", "no answer"])
            is_slow = kind == "no answer" and self.timeouts > 0 and place != "mail"
            self.timeouts -= is_slow
        if is_slow:
            return Failure(has_effect=has_effect, seconds=3)
        if kind == "429":
            return Failure(429, b"", {"Retry-After": "1"})
        return Failure(500, has_effect=has_effect) if kind == "500" else Failure(has_effect=has_effect)


class Runs:
    """The process that delivers, and the clock of its ledger."""

    def __init__(self, settings: Path, home: Path) -> None:
        self._home = home
        command = [sys.executable, "-m", "tests.services.killed_process", str(settings), str(home)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(
        self, segments: Sequence[str], values: Sequence[float], kill: tuple[str, int] | None = None
    ) -> dict[str, Any]:
        """Runs a pass in a child."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"segments": segments, "values": values, "kill": kill}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def let_time_pass(self) -> None:
        """Ends leases and back-offs."""
        if (self._home / "ledger.db").exists():
            with closing(sqlite3.connect(self._home / "ledger.db", timeout=30)) as ledger, ledger:
                ledger.execute("UPDATE outbox SET lease_until = created_at WHERE state = 'sending'")
                ledger.execute("UPDATE outbox SET next_attempt_at = created_at WHERE state = 'pending'")

    def waiting(self) -> int:
        """The messages that are not sent."""
        return sum(
            number for state, number in self.table("SELECT state, count(*) FROM outbox GROUP BY 1") if state != "sent"
        )

    def table(self, query: str) -> list[Any]:
        """The rows of a query of the ledger."""
        with closing(sqlite3.connect(self._home / "ledger.db", timeout=30)) as ledger:
            return ledger.execute(query).fetchall()

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


@pytest.mark.parametrize(("segments", "kills"), [(1, KILLS), (3, KILLS_OF_GROUPS)], ids=["one alert", "a group"])
def test_no_message_is_lost_and_none_is_repeated_where_the_receiver_allows_it(
    tmp_path: Path, segments: int, kills: int
) -> None:
    chance = random.Random(SEED)
    killed = Counter[str]()
    receivers = Receivers(tmp_path, chance)

    def incident(number: object) -> list[str]:
        return [f"s{number}-{segment}" for segment in range(segments)]

    with receivers.running() as settings:
        runs = Runs(settings, tmp_path / "home")
        try:
            # The steps of an undisturbed pass are the points at which the others are killed.
            receivers.are_well = True
            steps = runs.run(incident("last"), VALUES[:2])["steps"]
            receivers.are_well = False
            number = 0
            while killed.total() < kills:
                # What a first evaluation finds is one event, whatever came before.
                runs.run(incident(number), VALUES[:1])
                for step in range(2, len(VALUES) + 1):
                    # A step that does not come to pass any more is an undisturbed pass.
                    for _ in range(KILLS_IN_A_ROW):
                        place = chance.choice(sorted(steps))
                        kill = (place, chance.randint(1, min(steps[place], 3)))
                        killed[place] += runs.run(incident(number), VALUES[:step], kill)["killed"]
                        runs.let_time_pass()
                number += 1
            receivers.are_well = True
            for each in range(number):
                runs.run(incident(each), VALUES)
            runs.run(incident("last"), VALUES)
            for _ in range(30):
                if not runs.waiting():
                    break
                runs.let_time_pass()
                runs.run(incident("last"), VALUES)
            figures = check(receivers, runs, incidents=number + 1, segments=segments)
        finally:
            runs.close()
    figures["kills"], figures["different steps"] = killed.total(), len(+killed)
    figures["failures of receivers"] = receivers.failures.total()
    sys.stdout.write(f"{figures}\n")
    assert figures["different steps"] > kills / 2


def check(receivers: Receivers, runs: Runs, *, incidents: int, segments: int) -> dict[str, Any]:
    """Fails if a message is lost, or came twice where that can be avoided; returns how often it did elsewhere.

    The segments of an incident are one message, except where each alert has an incident or a record of its own.
    """
    sent = runs.table("SELECT channel, message_id, dedup_key, state FROM outbox ORDER BY position")
    assert {state for *_, state in sent} == {"sent"}
    ids = {channel: [found[1] for found in sent if found[0] == channel] for channel in ("bot", "hook", "mail", "file")}
    expected = 3 * incidents
    assert {channel: len(found) for channel, found in ids.items()} == {
        **dict.fromkeys(ids, expected), "file": expected * segments,
    }  # fmt: skip

    # Slack can be asked: each once, and every first message shows the end.
    assert Counter(receivers.workspace.ids()) == Counter(ids["bot"])
    roots = [each for each in receivers.workspace.messages.values() if "thread_ts" not in each]
    assert len(roots) == incidents
    assert all(each["text"].startswith("🟢") for each in roots)
    # A file is searched.
    lines = [json.loads(line) for line in (receivers.folder / "messages.jsonl").read_text().splitlines() if line]
    assert Counter(line["message_id"] for line in lines) == Counter(ids["file"])
    # An incident is opened, goes on and ends, however often it is said.
    assert len(receivers.pager.incidents) == incidents * segments
    for actions in receivers.pager.incidents.values():
        assert [action for action, before in zip(actions, [None, *actions], strict=False) if action != before] == [
            "trigger", "resolve",
        ]  # fmt: skip
    # A webhook cannot be asked; a repetition says that it may be one.
    hooked = Counter(each["metadata"]["event_payload"]["message_id"] for each in receivers.workspace.hooked)
    assert set(hooked) == set(ids["hook"])
    noted = sum("May have arrived before" in json.dumps(each["blocks"]) for each in receivers.workspace.hooked)
    repeated_hooks = hooked.total() - expected
    assert noted >= repeated_hooks
    # Neither can a mail server; a repetition has the same Message-ID.
    mails = Counter(
        (mail["Message-ID"], recipient)
        for mail, envelope in zip(receivers.mailbox.mails, receivers.mailbox.envelopes, strict=True)
        for recipient in envelope.rcpt_tos
    )
    assert set(mails) == {(f"<{each}@example.com>", recipient) for each in ids["mail"] for recipient in RECIPIENTS}
    # The incidents are those of an undisturbed run.
    alerts = runs.table(
        "SELECT segment, severity, status, value, peak_value, messages_sent FROM alert ORDER BY segment"
    )
    assert {alert[1:] for alert in alerts} == {("critical", "resolved", 0.5, 0.5, 15)}
    return {
        "messages": len(sent),
        "lost": 0,
        "doubled in Slack, file and PagerDuty": 0,
        "repeated by the webhook, with a note": repeated_hooks,
        "repeated e-mails, with the same Message-ID": mails.total() - expected * len(RECIPIENTS),
    }
