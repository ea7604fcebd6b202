"""Starts the servers that channels talk to in tests."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from hostile_server import Behaviour, HostileServer
from notify_receivers import AnyPort, Mailbox, MailServer, Slack
from slack_workspace import Workspace


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def mail_server(server_tls: ssl.SSLContext) -> Iterator[Callable[..., MailServer]]:
    """Starts mail servers: with an offer of STARTTLS, with TLS from the first byte, with a required login."""
    running: list[Controller] = []

    def start(*, starttls: bool = True, tls: bool = False, login: bool = False) -> MailServer:
        mailbox = Mailbox()
        controller = AnyPort(
            mailbox,
            hostname="127.0.0.1",
            port=0,
            ssl_context=server_tls if tls else None,
            tls_context=server_tls if starttls and not tls else None,
            authenticator=mailbox.authenticate,
            auth_required=login,
            auth_require_tls=starttls and not tls,
        )
        controller.start()
        running.append(controller)
        return MailServer(controller.port, mailbox)

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def slack() -> Iterator[Slack]:
    state = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append(("POST", self.path))
            if state.hangs_up:
                self.close_connection = True
                return
            if state.status == 200:
                state.posted.append(json.loads(body))
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.body.encode())

        def do_HEAD(self) -> None:
            state.requests.append(("HEAD", self.path))
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hostile() -> Iterator[Callable[..., HostileServer]]:
    """Starts servers with one behaviour each; at the end they stop."""
    running: list[HostileServer] = []

    def start(behaviour: Behaviour, *, reads_request: bool = True) -> HostileServer:
        running.append(HostileServer(behaviour, reads_request=reads_request))
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
