"""A Slack workspace on loopback: the Web API and a webhook, with the limits of Block Kit and failures on demand."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

TOKEN = "xoxb-0000-verysecret-token"
CHANNEL = "C0123"
HOOK = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
SCOPES = "chat:write,channels:history,files:write"

_READS = {"auth.test", "conversations.history", "conversations.replies", "files.getUploadURLExternal"}


@dataclass
class Failure:
    """How a call fails: with a status and a body, or without an answer if there is no status.

    `has_effect` says that the call does what it should before it fails; `seconds` is how long the client waits in vain.
    """

    status: int | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    has_effect: bool = False
    seconds: float = 0.0


def error(code: str, **more: Any) -> Failure:
    """An error as Slack answers it."""
    return Failure(200, json.dumps({"ok": False, "error": code, **more}).encode())


class Workspace(ThreadingHTTPServer):
    """Messages by their `ts`, in order; `failures` has what the next calls of a method answer instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failures: dict[str, list[Failure | None]] = {}
        self.fails: Callable[[str], Failure | None] = lambda _: None
        self.messages: dict[str, dict[str, Any]] = {}
        self.hooked: list[dict[str, Any]] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.scopes = SCOPES
        self.lock = threading.RLock()
        self._now = time.time()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/"

    @property
    def hook_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{HOOK}"

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def ids(self) -> list[str]:
        """The ids of our messages, in the order in which they were posted."""
        return [each["own_id"] for each in self.messages.values()]

    def thread(self, root: str) -> list[dict[str, Any]]:
        return [each for each in self.messages.values() if each.get("thread_ts") == root]

    def answer(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Does what a method does, and returns its answer."""
        with self.lock:
            self.calls.append((method, fields))
            action: Any = getattr(self, "_" + method.replace(".", "_"), None)
            if action is None:
                return {"ok": False, "error": "unknown_method"}
            answer: dict[str, Any] = action(fields)
            return {"ok": True, **answer} if "error" not in answer else {"ok": False, **answer}

    def _auth_test(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"user_id": "U1", "bot_id": "B1"}

    def _chat_postMessage(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        wrong = self._wrong(fields)
        thread = fields.get("thread_ts")
        if wrong or (thread is not None and thread not in self.messages):
            return {"error": wrong or "thread_not_found"}
        self._now += 1
        ts = f"{self._now:.6f}"
        own_id = fields["metadata"]["event_payload"]["message_id"]
        self.messages[ts] = {**fields, "ts": ts, "own_id": own_id, "edits": 0}
        return {"channel": CHANNEL, "ts": ts}

    def _chat_update(self, fields: dict[str, Any]) -> dict[str, Any]:
        if wrong := self._wrong(fields):
            return {"error": wrong}
        if fields["ts"] not in self.messages:
            return {"error": "message_not_found"}
        self.messages[fields["ts"]].update(fields)
        self.messages[fields["ts"]]["edits"] += 1
        return {"channel": CHANNEL, "ts": fields["ts"]}

    def _conversations_history(self, fields: dict[str, Any]) -> dict[str, Any]:
        return self._page([each for each in self.messages.values() if "thread_ts" not in each][::-1], fields)

    def _conversations_replies(self, fields: dict[str, Any]) -> dict[str, Any]:
        if fields["ts"] not in self.messages:
            return {"error": "thread_not_found"}
        shared = [
            {"ts": self.messages[fields["ts"]]["ts"], "files": [{"id": name}]}
            for name, file in self.files.items()
            if file["shown"] and file["thread"] == fields["ts"]
        ]
        return self._page([self.messages[fields["ts"]], *self.thread(fields["ts"]), *shared], fields)

    def _page(self, messages: list[dict[str, Any]], fields: dict[str, Any]) -> dict[str, Any]:
        if fields["channel"] != CHANNEL:
            return {"error": "channel_not_found"}
        assert fields.get("include_all_metadata") == "true" or fields["limit"] == "1"
        start, size = int(fields.get("cursor") or 0), int(fields["limit"])
        recent = [each for each in messages if float(each["ts"]) >= float(fields.get("oldest") or 0)]
        following = str(start + size) if start + size < len(recent) else ""
        return {"messages": recent[start : start + size], "response_metadata": {"next_cursor": following}}

    def _files_getUploadURLExternal(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert fields["filename"]
        name = f"F{len(self.files)}"
        self.files[name] = {"name": fields["filename"], "length": int(fields["length"]), "shown": 0}
        return {"upload_url": f"http://127.0.0.1:{self.server_port}/upload/{name}", "file_id": name}

    def _files_completeUploadExternal(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for each in fields["files"]:
            file = self.files.get(each["id"])
            if file is None or "content" not in file:
                return {"error": "file_not_found"}
            if file["shown"]:
                return {"error": "file_already_shared"}
            file.update(
                shown=1, thread=fields.get("thread_ts"), channel=fields.get("channel_id"), title=each.get("title")
            )
        return {"files": fields["files"]}

    def _wrong(self, fields: dict[str, Any]) -> str | None:
        if fields["channel"] != CHANNEL:
            return "channel_not_found"
        return "invalid_blocks" if beyond_limits(fields) else None


def beyond_limits(body: dict[str, Any]) -> bool:
    """Whether Slack would refuse the layout of a message."""
    blocks = body["blocks"]
    if not 1 <= len(blocks) <= 50 or not 0 < len(body["text"]) <= 40_000:
        return True
    for block in blocks:
        match block:
            case {"type": "header", "text": {"type": "plain_text", "text": text}}:
                fits = 0 < len(text) <= 150
            case {"type": "section", "text": {"type": "mrkdwn", "text": text}}:
                fits = 0 < len(text) <= 3_000
            case {"type": "section", "fields": fields}:
                fits = 1 <= len(fields) <= 10 and all(0 < len(each["text"]) <= 2_000 for each in fields)
            case {"type": "context", "elements": elements}:
                fits = 1 <= len(elements) <= 10
            case _:
                fits = False
        if not fits:
            return True
    return len(json.dumps(body.get("metadata", {}))) > 8_000


class _Handler(BaseHTTPRequestHandler):
    server: Workspace

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = self.path.removeprefix("/api/")
        failure = self._failure(place)
        if failure is not None and not failure.has_effect:
            self._fail(failure)
            return
        status, said = self._do(place, content)
        if failure is not None:
            self._fail(failure)
            return
        self.send_response(status)
        self.send_header("X-OAuth-Scopes", self.server.scopes)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_HEAD(self) -> None:
        self.send_response(302)
        self.end_headers()

    def _failure(self, place: str) -> Failure | None:
        with self.server.lock:
            waiting = self.server.failures.get(place)
            if waiting:
                return waiting.pop(0)
        return self.server.fails(place)

    def _do(self, place: str, content: bytes) -> tuple[int, bytes]:
        if self.path == HOOK:
            body = json.loads(content)
            with self.server.lock:
                self.server.hooked.append(body)
            return (400, b"invalid_blocks") if beyond_limits(body) else (200, b"ok")
        if place.startswith("/upload/"):
            with self.server.lock:
                file = self.server.files[place.removeprefix("/upload/")]
                assert len(content) == file["length"]
                file["content"] = content
            return 200, f"OK - {len(content)}".encode()
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 200, json.dumps({"ok": False, "error": "invalid_auth"}).encode()
        is_form = not content or self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        # Methods that read ignore JSON.
        assert is_form == (place in _READS), place
        fields = dict(parse_qsl(content.decode())) if is_form else json.loads(content)
        return 200, json.dumps(self.server.answer(place, fields)).encode()

    def _fail(self, failure: Failure) -> None:
        if failure.seconds:
            self.connection.settimeout(failure.seconds)
            with suppress(OSError):
                # Until the client has given up.
                self.connection.recv(1)
        if failure.status is None:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(failure.status)
        for name, value in failure.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(failure.body)))
        self.end_headers()
        self.wfile.write(failure.body)

    def log_message(self, *_: object) -> None:
        pass
