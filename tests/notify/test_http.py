"""The bounded HTTP request, against servers that answer badly, too slowly or without end."""

import gzip
import json
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hostile_server import Behaviour, Client, HostileServer, answering

from pipelines.notify import http
from pipelines.notify.outcome import Undeliverable

DEADLINE = 0.5
# A busy machine may be late; a request without a deadline would never end.
PATIENCE = 10.0

Start = Callable[..., HostileServer]


@pytest.fixture
def server(hostile: Start) -> Start:
    return hostile


def failure(url: str, deadline: float = DEADLINE, **arguments: object) -> Undeliverable:
    began = time.monotonic()
    with pytest.raises(Undeliverable) as failed:
        http.request("POST", url, deadline=deadline, json={"text": "hello"}, **arguments)  # type: ignore[arg-type]
    assert time.monotonic() - began < deadline + PATIENCE
    assert "secret" not in failed.value.reason
    assert failed.value.__cause__ is None
    assert failed.value.can_retry
    return failed.value


def test_an_answer_arrives_with_its_status_headers_and_body(server: Start) -> None:
    receiver = server(answering(b"HTTP/1.1 200 OK\r\nX-Request-ID: 7\r\nContent-Length: 2\r\n\r\nok"))
    answer = http.request("POST", receiver.url, deadline=5, json={"text": "é"})
    assert answer == http.Answer(200, {"x-request-id": "7", "content-length": "2"}, b"ok")
    (request,) = receiver.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /services/T0/B0/verysecret HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/json" in head
    assert json.loads(body) == {"text": "é"}


def drip_body(client: Client) -> object:
    client.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    return client.send_forever(b"o", pause=0.05)


def drip_headers(client: Client) -> object:
    client.connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    return client.send_forever(b"x", pause=0.05)


def drip_status(client: Client) -> object:
    return client.send_forever(b"H", pause=0.05)


def continue_forever(client: Client) -> object:
    return client.send_forever(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01)


def drip_chunks(client: Client) -> object:
    client.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    return client.send_forever(b"1\r\nx\r\n", pause=0.05)


def say_nothing(client: Client) -> object:
    return client.gone.wait(PATIENCE) if client.connection.recv(1) else None


@pytest.mark.parametrize(
    "behaviour", [drip_body, drip_headers, drip_status, drip_chunks, continue_forever, say_nothing]
)
def test_the_deadline_is_for_the_whole_exchange(server: Start, behaviour: Behaviour) -> None:
    receiver = server(behaviour)
    failed = failure(receiver.url)
    assert failed.reason == f"no answer from 127.0.0.1:{receiver.port} within 0.5 s"
    assert failed.may_have_arrived
    receiver.finish()


def test_the_deadline_includes_the_tls_handshake(server: Start) -> None:
    receiver = server(lambda client: client.send_forever(b"\x16", pause=0.05), reads_request=False)
    failed = failure(f"https://127.0.0.1:{receiver.port}/secret")
    assert not failed.may_have_arrived
    receiver.finish()


def test_a_server_that_never_answers_is_retried_as_a_possible_repetition(mute_port: int) -> None:
    assert failure(f"http://127.0.0.1:{mute_port}/secret").may_have_arrived


@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 99999999999\r\n"])
def test_an_endless_answer_is_read_up_to_the_limit(server: Start, head: bytes) -> None:
    def endless(client: Client) -> object:
        client.connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        return client.send_forever(b"10000\r\n" + b"x" * 65_536 + b"\r\n" if b"chunked" in head else b"x" * 65_536)

    receiver = server(endless)
    tracemalloc.start()
    try:
        answer = http.request("POST", receiver.url, deadline=PATIENCE, size_limit=1_000)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert answer.body == b"x" * 1_000
    receiver.finish()


def test_endless_headers_end_the_request(server: Start) -> None:
    def endless(client: Client) -> object:
        client.connection.sendall(b"HTTP/1.1 200 OK\r\n")
        return client.send_forever(b"X-Header: " + b"x" * 1_000 + b"\r\n")

    receiver = server(endless)
    assert "no answer that can be read" in failure(receiver.url, deadline=PATIENCE).reason
    receiver.finish()


def test_a_compressed_answer_is_not_unfolded(server: Start) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    receiver = server(answering(head + bomb))
    answer = http.request("POST", receiver.url, deadline=PATIENCE)
    assert answer.body == bomb[: http.SIZE_LIMIT]
    assert b"\r\nAccept-Encoding: identity\r\n" in receiver.requests[0]


@pytest.mark.parametrize(
    "location",
    [
        b"/elsewhere",
        b"http://[::1/",
        b"http://" + b"a" * 300 + b".example",
        b"\xff\xfe",
        b"http://user:password@:99999/",
        b"file:///etc/passwd",
        b"",
    ],
)
def test_no_redirect_is_followed_or_read(server: Start, location: bytes) -> None:
    def redirect(client: Client) -> object:
        client.connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n")
        return client.send_forever(b"x" * 65_536)

    receiver = server(redirect)
    answer = http.request("POST", receiver.url, deadline=PATIENCE, size_limit=10)
    assert (answer.status, answer.body) == (302, b"x" * 10)
    receiver.finish()
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok", "no answer that can be read"),
        (b"not HTTP at all\r\n\r\n", "no answer that can be read"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no answer that can be read"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "no answer that can be read"),
        (b"HTTP/1.1 twohundred OK\r\n\r\n", "no answer that can be read"),
    ],
)
def test_a_broken_answer_is_an_error_in_words(server: Start, answer: bytes, words: str) -> None:
    failed = failure(server(answering(answer)).url, deadline=PATIENCE)
    assert words in failed.reason
    assert failed.may_have_arrived


@pytest.mark.parametrize(
    "url", [f"https://{'a' * 70}.example/secret", "https://name.invalid/secret", "http://127.0.0.1:1/secret"]
)
def test_a_server_that_cannot_be_reached_has_received_nothing(url: str) -> None:
    assert not failure(url, deadline=PATIENCE).may_have_arrived


def test_a_request_is_not_sent_after_the_deadline(server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    has_given_up = threading.Event()
    look_up = http.socket.getaddrinfo

    def slow_look_up(*arguments: object, **more: object) -> object:
        has_given_up.wait(PATIENCE)
        return look_up(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(http.socket, "getaddrinfo", slow_look_up)
    assert not failure(receiver.url).may_have_arrived
    has_given_up.set()
    for thread in threading.enumerate():
        if thread.name == "vigie-http":
            thread.join(PATIENCE)
    receiver.finish()
    assert receiver.requests in ([], [b""])


def test_logins_from_netrc_are_not_sent(server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password verysecret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    receiver = server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    http.request("GET", receiver.url, deadline=PATIENCE)
    assert b"authorization" not in receiver.requests[0].lower()


def test_a_proxy_is_used_and_no_proxy_is_obeyed(server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nby proxy!"))
    receiver = server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    assert http.request("POST", receiver.url, deadline=PATIENCE).body == b"by proxy!"
    assert proxy.requests[0].startswith(f"POST {receiver.url} HTTP/1.1".encode())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert http.request("POST", receiver.url, deadline=PATIENCE).body == b"direct"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407 Proxy Authentication Required"),
        (b"", "through the proxy that HTTPS_PROXY names: hooks.example:443 closed the connection"),
    ],
)
def test_a_proxy_that_refuses_is_named(
    server: Start, monkeypatch: pytest.MonkeyPatch, answer: bytes, words: str
) -> None:
    proxy = server(answering(answer))
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:verysecret@127.0.0.1:{proxy.port}")
    failed = failure("https://hooks.example/services/verysecret", deadline=PATIENCE)
    assert words in failed.reason
    assert "hooks.example:443" in failed.reason
    assert not failed.may_have_arrived


def test_an_invalid_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://:verysecret")
    assert "HTTPS_PROXY" in failure("https://hooks.example/verysecret").reason


def test_the_machines_certificates_are_trusted_and_unknown_ones_are_not(
    server_tls: ssl.SSLContext, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Handler)
    receiver.socket = server_tls.wrap_socket(receiver.socket, server_side=True)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"https://127.0.0.1:{receiver.server_address[1]}/secret"
    try:
        with pytest.raises(Undeliverable, match="is not trusted") as refused:
            http.request("GET", url, deadline=PATIENCE)
        assert not refused.value.may_have_arrived
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            with monkeypatch.context() as environment:
                environment.setenv(variable, str(ca_file))
                assert http.request("GET", url, deadline=PATIENCE).body == b"ok"
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nbad header\r\nContent-Length: 2\r\n\r\nok", b"", b"junk\r\n\r\n"]
)
def test_no_log_contains_the_address(server: Start, caplog: pytest.LogCaptureFixture, answer: bytes) -> None:
    receiver = server(answering(answer))
    with caplog.at_level("DEBUG"), suppress(Undeliverable):
        http.request("POST", receiver.url, deadline=PATIENCE)
    assert "verysecret" not in caplog.text
