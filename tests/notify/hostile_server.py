"""A server on loopback that sends the bytes of a test, at the pace of the test."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

REQUEST_END = b"\r\n\r\n"


@dataclass
class Client:
    """A connection as the server sees it; `gone` is set at the end of the test."""

    connection: socket.socket
    gone: threading.Event

    def send_forever(self, piece: bytes, pause: float = 0.0) -> int:
        """Sends `piece` again and again until the client closes the connection or the test ends; returns the bytes."""
        sent = 0
        with suppress(OSError):
            while not self.gone.wait(pause) if pause else not self.gone.is_set():
                self.connection.sendall(piece)
                sent += len(piece)
        return sent


Behaviour = Callable[[Client], object]


def answering(answer: bytes) -> Behaviour:
    """Sends one answer and closes the connection."""
    return lambda client: client.connection.sendall(answer)


def http_answer(status: int, body: bytes = b"", *headers: bytes) -> bytes:
    """Returns a whole answer."""
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 %d Said" % status, length, *headers]) + b"\r\n\r\n" + body


@dataclass
class HostileServer:
    """Answers each connection with one behaviour, in a thread of its own."""

    behaviour: Behaviour
    requests: list[bytes] = field(default_factory=list)
    results: list[object] = field(default_factory=list)
    reads_request: bool = True

    def __post_init__(self) -> None:
        self._gone = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._workers: list[threading.Thread] = []
        self._last_client: object = None
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T0/B0/verysecret"

    def finish(self) -> None:
        """Waits for the connections to end by themselves, as they do once the client has closed them."""
        self._stop_accepting()
        for worker in self._workers:
            worker.join(timeout=10)
            assert not worker.is_alive(), "the client has not closed its connection"

    def close(self) -> None:
        self._gone.set()
        self._stop_accepting()
        self._listener.close()
        for worker in self._workers:
            worker.join()

    def _stop_accepting(self) -> None:
        """Accepts what clients have connected until now, and nothing after it."""
        if not self._acceptor.is_alive():
            return
        # A blocked accept does not notice that its socket is closed; a connection wakes it up, after those before it.
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last_client = last.getsockname()
            last.connect(("127.0.0.1", self.port))
            self._acceptor.join()

    def _accept(self) -> None:
        while True:
            connection, client = self._listener.accept()
            if client == self._last_client:
                connection.close()
                return
            worker = threading.Thread(target=self._serve, args=(connection,))
            self._workers.append(worker)
            worker.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            if self.reads_request:
                self.requests.append(_read_request(connection))
            self.results.append(self.behaviour(Client(connection, self._gone)))


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while REQUEST_END not in received:
        piece = connection.recv(65_536)
        if not piece:
            return received
        received += piece
    head, _, body = received.partition(REQUEST_END)
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                body += connection.recv(65_536)
    return head + REQUEST_END + body
