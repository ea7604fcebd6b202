"""A load through an API that allows so many requests in ten seconds, against that limit itself."""

import multiprocessing
import statistics
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

from benchmarks.figure import Figure
from pipelines.sources.rest.pace import RateLimit
from pipelines.sources.rest.session import Vendor, open_client

# That of a private app of HubSpot's smaller editions.
_LIMIT = RateLimit(100, 10.0)
# So many windows are used; the first one is full at once.
_WINDOWS = 4
_VENDOR = Vendor("A vendor", limits=[("", _LIMIT)], remedy="nothing: this is a benchmark")
_GOAL = "at least 95 % of the allowed requests, no refusal"


def figure(repetitions: int) -> Figure:
    """Times some hundred requests as fast as a server on loopback lets them pass.

    Raises:
        RuntimeError: the server refused one, or requests passed faster than it allows.
    """
    requests = _LIMIT.requests * (_WINDOWS + 1)
    least = _LIMIT.seconds * _WINDOWS
    times = []
    for _ in range(repetitions):
        here, there = multiprocessing.get_context("spawn").Pipe()
        server = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
        server.start()
        client = open_client(_VENDOR, f"http://127.0.0.1:{here.recv()}", BearerTokenAuth("token"))
        started = time.perf_counter()
        for number in range(requests):
            client.get(f"/records/{number}")
        times.append(time.perf_counter() - started)
        here.send("stop")
        refused = here.recv()
        server.join()
        if refused:
            raise RuntimeError(f"{refused} of {requests} requests were faster than {_LIMIT} allows")
    seconds = statistics.median(times)
    return Figure("load through an API", seconds, "the limit", least, seconds / least, _GOAL, 0, repetitions)


def _serve(pipe: Connection) -> None:
    """Answers until it is stopped, and says then how many requests it refused; a request counts when it arrives."""
    arrived: deque[float] = deque()
    refused = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            nonlocal refused
            now = time.monotonic()
            while arrived and arrived[0] <= now - _LIMIT.seconds:
                arrived.popleft()
            is_allowed = len(arrived) < _LIMIT.requests
            refused += not is_allowed
            arrived.append(now)
            self.send_response(200 if is_allowed else 429)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pipe.send(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pipe.recv()
        pipe.send(refused)
        server.shutdown()
