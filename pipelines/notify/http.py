"""One bounded HTTP request.

The whole exchange has a deadline, the answer a size limit, redirects are not followed, and neither errors nor logs
contain the address. `requests` alone bounds only the wait for each piece of data: a server that sends one byte a
second keeps it busy for ever, and it reads the whole body of a redirect even if it does not follow it.
"""

import http.client
import logging
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection

from pipelines.notify.network import describe_error
from pipelines.notify.outcome import Undeliverable

SIZE_LIMIT = 64 * 1024

# A receiver may ask for a longer wait, but a message must be tried again before it expires.
LONGEST_WAIT = 6 * 3_600.0

_THREAD_NAME = "vigie-http"
# SO_LINGER: on, and for no time at all.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: header names in lower case, and at most the size limit of its body, not decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(
    method: Literal["GET", "HEAD", "POST"],
    url: str,
    *,
    deadline: float,
    json: object = None,
    form: Mapping[str, str] | None = None,
    content: bytes | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
    size_limit: int = SIZE_LIMIT,
) -> Answer:
    """Sends one request and returns the answer with any status.

    `json`, `form` or `content` becomes the body; `headers` are sent beside the usual ones. `deadline` is the number of
    seconds for everything from the look-up of the name to the last byte of the answer; what exceeds `size_limit` bytes
    is not read. Proxies and additional certificates come from the usual environment variables (HTTPS_PROXY, NO_PROXY,
    SSL_CERT_FILE, REQUESTS_CA_BUNDLE).

    Raises:
        Undeliverable: there was no answer, or none that can be read. A retry may help. Its reason names the host, never
            the rest of the address.
    """
    exchange = _Exchange()
    answer: Future[Answer] = Future()

    def work() -> None:
        try:
            answer.set_result(_perform(exchange, method, url, json, form or content, headers, deadline, size_limit))
        except Exception as error:  # noqa: BLE001 - handed to the caller, who waits for it
            answer.set_exception(error)

    threading.Thread(target=work, name=_THREAD_NAME, daemon=True).start()
    try:
        return answer.result(timeout=deadline)
    # TimeoutError is an OSError: a name server, a proxy or a server that is too slow.
    except (
        OSError,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        ValueError,
    ) as error:
        failure = error
    finally:
        exchange.abort()
    reason = _describe(failure, url, deadline, has_connected=exchange.has_connected)
    # The cause stays out: its text or its frames may contain the address.
    raise Undeliverable(reason, can_retry=True, may_have_arrived=exchange.has_connected) from None


def unreachable(url: str, *, deadline: float) -> str | None:
    """Returns why the server of an address cannot be reached, or None; neither path nor login is sent."""
    parts = urlsplit(url)
    try:
        request("HEAD", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/", deadline=deadline)
    except Undeliverable as error:
        return error.reason
    # Any answer shows that the server is there.
    return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Returns the seconds to wait by a Retry-After header (RFC 9110: seconds or a date), at most LONGEST_WAIT.

    None if there is no such header or it is neither; `now` is aware.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        # Python refuses to convert numbers of thousands of digits.
        return LONGEST_WAIT if len(text) > 9 else min(float(text), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
        wait = (moment - now).total_seconds() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return None if wait is None else min(max(0.0, wait), LONGEST_WAIT)


class _Exchange:
    """What the waiting thread and the working thread know of one request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._is_over = False
        self.has_connected = False

    def watch(self, connection: HTTPConnection) -> None:
        """Registers the connection that `abort` shuts down."""
        self._connection = connection

    def start_sending(self) -> None:
        """Marks that the request may reach the server from now on; TimeoutError if the caller has given up."""
        with self._lock:
            if self._is_over:
                raise TimeoutError
            self.has_connected = True

    def abort(self) -> None:
        """Ends the working thread if it is still busy: no request is sent and no answer is read any more."""
        with self._lock:
            self._is_over = True
        sock = None if self._connection is None else self._connection.sock
        if sock is not None:
            # The method of the base class leaves the state of TLS to the working thread.
            with suppress(OSError):
                # Closing it resets the connection: a server that does not stop sending is not waited for.
                socket.socket.setsockopt(sock, socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _watched(base: type[HTTPConnection], exchange: _Exchange) -> type[HTTPConnection]:
    """Returns a class of connections like `base` that `exchange` can abort."""

    def connect(connection: HTTPConnection) -> None:
        exchange.watch(connection)
        base.connect(connection)
        exchange.start_sending()

    return type(base.__name__, (base,), {"connect": connect})


class _WatchingAdapter(HTTPAdapter):
    """Makes connections that an exchange can abort; trusts the machine's certificates beside those of `requests`."""

    def __init__(self, exchange: _Exchange, trust: ssl.SSLContext | None) -> None:
        self._exchange = exchange
        self._trust = trust
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._trust, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._trust, **kwargs)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._exchange)
        return pool


class _Session(requests.Session):
    def get_redirect_target(self, resp: Any) -> None:
        """Returns no target. `requests` would read the whole answer to prepare the next request, sent or not."""


class _NoLogin(requests.auth.AuthBase):
    """Keeps `requests` from sending logins that it finds in ~/.netrc."""

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        return prepared


def _perform(
    exchange: _Exchange,
    method: str,
    url: str,
    json: object,
    body: Mapping[str, str] | bytes | None,
    headers: Mapping[str, str],
    deadline: float,
    size_limit: int,
) -> Answer:
    with _Session() as session:
        # Certificates take longer to read than a request on this machine.
        is_plain = url.startswith("http://") and not get_environ_proxies(url)
        adapter = _WatchingAdapter(exchange, None if is_plain else ssl.create_default_context())
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        with session.request(
            method,
            url,
            json=json,
            data=body,
            # A compressed answer could unfold to any size.
            headers={"User-Agent": "Vigie", "Accept-Encoding": "identity", "Connection": "close", **headers},
            auth=_NoLogin(),
            timeout=deadline,
            allow_redirects=False,
            stream=True,
        ) as response:
            said = bytearray()
            # An answer that is shorter than it announced is an error only once the read that finds no more is made.
            while len(said) < size_limit and (piece := response.raw.read(size_limit - len(said), decode_content=False)):
                said += piece
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(said))


def _describe(error: Exception, url: str, deadline: float, *, has_connected: bool) -> str:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    root = _system_error(error)
    if root is not None:
        reason = describe_error(root, host, port, deadline)
    else:
        reason = f"{host}:{port} gave no answer that can be read ({type(error).__name__})"
    has_proxy = select_proxy(url, get_environ_proxies(url)) is not None
    return f"through the proxy that HTTPS_PROXY names: {reason}" if has_proxy and not has_connected else reason


def _system_error(error: BaseException) -> OSError | None:
    """Returns the operating system's error behind those of `requests` and `urllib3`, which wrap it in several ways."""
    queue, seen = deque[BaseException]([error]), set[int]()
    while queue:
        found = queue.popleft()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, OSError) and not isinstance(found, requests.RequestException):
            return found
        linked = (*found.args, getattr(found, "reason", None), found.__cause__, found.__context__)
        queue.extend(link for link in linked if isinstance(link, BaseException))
    return None


def _is_not_ours(record: logging.LogRecord) -> bool:
    return record.threadName != _THREAD_NAME


# These loggers write addresses, some of them as warnings. Errors reach the caller anyway.
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_is_not_ours)
