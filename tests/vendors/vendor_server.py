"""An HTTP server on loopback that answers as a vendor does: it has state, refuses, is slow, hangs up.

A vendor's own server derives from `VendorServer` and answers requests by their paths. Faults are queued: each concerns one
request.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was received."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; `content` is sent as JSON, text as it is."""

    content: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request instead of its answer, or to its answer on the way.

    `hangs_up` closes the connection without an answer; `is_cut` sends the first half of it.
    """

    answer: Answer | None = None
    hangs_up: bool = False
    is_cut: bool = False


class VendorServer(ThreadingHTTPServer):
    """Answers requests from its state, under a lock; `before` is called before each answer and may change the state."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.RLock()
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.before: Callable[[Asked], None] = lambda _: None

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serves in a thread."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()
            self.server_close()

    def answer(self, asked: Asked) -> Answer:
        """Returns the answer to a request."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    server: VendorServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        address = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_json = headers.get("content-type", "").startswith("application/json")
        body = json.loads(content) if content and is_json else content.decode()
        asked = Asked(self.command, address.path, dict(parse_qsl(address.query, keep_blank_values=True)), headers, body)
        with self.server.lock:
            self.server.asked.append(asked)
            fault = self.server.faults.pop(0) if self.server.faults else None
            if fault is not None and fault.hangs_up:
                self.close_connection = True
                return
            self.server.before(asked)
            answer = fault.answer if fault is not None and fault.answer is not None else self.server.answer(asked)
        text = answer.content if isinstance(answer.content, str) else json.dumps(answer.content)
        sent = b"" if answer.status in {204, 304} else text.encode()
        self.send_response(answer.status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(sent)),
            **answer.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if fault is not None and fault.is_cut:
            sent = sent[: len(sent) // 2]
            self.close_connection = True
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        pass
