"""A session with a mail server that ends in time, whatever the server does, and its errors in words.

`smtplib` alone bounds only the wait for each piece of data: a server that greets without end, or says one byte a
second, keeps it busy for ever and fills the memory.
"""

import smtplib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipelines.notify.channels.email.smtp import SmtpSettings
from pipelines.notify.network import describe_error, is_loopback, quote_answer
from pipelines.notify.outcome import Undeliverable

# What a server says in one connection; a login and a hundred recipients need some kilobytes.
SIZE_LIMIT = 1024 * 1024

_ACCEPTED = 250
# SO_LINGER: on, and for no time at all.
_RESET = struct.pack("ii", 1, 0)


class Refused(Undeliverable):
    """The server refused a message for its recipient; others may be accepted in the same connection."""


class Deadline:
    """The moment at which an attempt has to end, `seconds` from now on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Returns the seconds that are left, at least zero."""
        return max(0.0, self._end - time.monotonic())


class Session:
    """An open connection, logged in as the settings require. Use `session` to open one."""

    def __init__(self, server: smtplib.SMTP, explained: Callable[[], Any]) -> None:
        self._server = server
        self._explained = explained

    def send(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """Hands an e-mail to the server for one recipient.

        Raises:
            Refused: the server refused it and the connection can be used for others.
            Undeliverable: the connection failed.
        """
        with self._explained():
            self._server.sendmail(sender, [recipient], mail)

    def check(self) -> None:
        """Asks the server whether it listens; errors as of `send`."""
        with self._explained():
            code, said = self._server.noop()
            if code != _ACCEPTED:
                raise smtplib.SMTPResponseException(code, said)


@contextmanager
def session(
    smtp: SmtpSettings, base: Path, deadline: Deadline, redacted: Callable[[str], str] = str
) -> Iterator[Session]:
    """Gives a connection, encrypted and logged in as the settings require; relative paths refer to `base`.

    `redacted` removes secrets from what the server said.

    Raises:
        Undeliverable: the connection failed, or the server refused encryption or login.
    """
    exchange = _Exchange(deadline, smtp.timeout)

    @contextmanager
    def explained() -> Iterator[None]:
        try:
            yield
        except (smtplib.SMTPException, OSError, ValueError, LookupError, TypeError) as error:
            failure = error
        else:
            return
        # The cause stays out: its frames contain the password.
        raise _explained(failure, smtp, exchange, redacted) from None

    try:
        with explained():
            server = _connection(smtp, base, exchange)
        try:
            yield Session(server, explained)
            # The messages are accepted or refused by now: an error while disconnecting changes nothing.
            with suppress(smtplib.SMTPException, OSError, ValueError):
                server.quit()
                exchange.has_ended = True
        finally:
            server.close()
    finally:
        exchange.close()


class _Exchange:
    """Ends a connection at its deadline, and when the server has said too much."""

    def __init__(self, deadline: Deadline, timeout: float) -> None:
        self.deadline = deadline
        self.timeout = timeout
        self.is_late = False
        # Both sides have said goodbye.
        self.has_ended = False
        # From then on the server may have the message.
        self.has_content = False
        self._changing = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(deadline.left(), self._expire)
        self._timer.daemon = True
        self._timer.start()

    def connect(self, host: str, port: int) -> socket.socket:
        """Returns a connected socket."""
        addresses = self._addresses(host, port)
        for position, (family, kind, protocol, _, address) in enumerate(addresses):
            found = socket.socket(family, kind, protocol)
            try:
                self._watch(found)
                found.settimeout(self.timeout)
                found.connect(address)
            except OSError:
                found.close()
                if position + 1 == len(addresses) or self.is_late:
                    raise
            else:
                return found
        raise socket.gaierror

    def close(self) -> None:
        """Closes every connection, also one that an error has left open."""
        self._timer.cancel()
        if not self.has_ended:
            self._shut_down()
        with self._changing:
            for each in self._sockets:
                each.close()
            self._sockets.clear()

    def _watch(self, found: socket.socket) -> None:
        # A copy: TLS takes the socket itself over.
        with self._changing:
            if self.is_late:
                raise TimeoutError
            self._sockets.append(found.dup())

    def _expire(self) -> None:
        self.is_late = True
        self._shut_down()

    def _shut_down(self) -> None:
        with self._changing:
            for each in self._sockets:
                with suppress(OSError):
                    # Closing it resets the connection: a server that does not stop sending is not waited for.
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    each.shutdown(socket.SHUT_RDWR)

    def _addresses(self, host: str, port: int) -> list[Any]:
        """Looks a name up in a thread that can be abandoned: the system's own limit may be longer."""
        found: Future[list[Any]] = Future()

        def look_up() -> None:
            try:
                found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except Exception as error:  # noqa: BLE001 - handed to the caller, who waits for it
                found.set_exception(error)

        threading.Thread(target=look_up, daemon=True).start()
        return found.result(timeout=min(self.deadline.left(), self.timeout))


class _Reader:
    """Reads lines of a server until it has said too much."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._left = SIZE_LIMIT

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise smtplib.SMTPServerDisconnected("it does not stop talking")
        return line

    def close(self) -> None:
        self._file.close()


class _Smtp(smtplib.SMTP):
    """The client of the standard library, on sockets that end in time."""

    def __init__(self, exchange: _Exchange, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._exchange = exchange
        self._tls = tls
        try:
            super().__init__(host, port)
        except BaseException:
            self.close()
            raise

    def _get_socket(self, host: str, port: int, timeout: object) -> socket.socket:
        found = self._exchange.connect(host, port)
        return found if self._tls is None else self._tls.wrap_socket(found, server_hostname=host)

    def getreply(self) -> tuple[int, bytes]:
        """Reads an answer, within the limit of its connection."""
        if self.file is None:
            assert self.sock is not None  # noqa: S101 - as the class it extends
            self.file = _Reader(self.sock.makefile("rb"))
        try:
            return super().getreply()
        except smtplib.SMTPResponseException:
            # Its own, for a line that is too long: not the server's answer.
            raise smtplib.SMTPServerDisconnected("it does not end its line") from None

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Sends the content of an e-mail."""
        self._exchange.has_content = True
        answer = super().data(msg)
        self._exchange.has_content = False
        return answer


def _connection(smtp: SmtpSettings, base: Path, exchange: _Exchange) -> smtplib.SMTP:
    host = smtp.host.strip("[]")
    trust = smtp.trust(base)
    server = _Smtp(exchange, host, smtp.port, trust if smtp.tls else None)
    try:
        _greet(server, smtp, trust)
    except BaseException:
        # The error keeps the client, and so its connection, alive.
        server.close()
        raise
    return server


def _greet(server: smtplib.SMTP, smtp: SmtpSettings, trust: ssl.SSLContext | None) -> None:
    """Begins encryption and logs in, as the settings require."""
    server.ehlo_or_helo_if_needed()
    if trust is not None and not smtp.tls:
        if server.has_extn("starttls"):
            server.starttls(context=trust)
            server.ehlo_or_helo_if_needed()
        elif smtp.must_encrypt:
            reason = f"{smtp.host.strip('[]')}:{smtp.port} offers no STARTTLS, and the settings require encryption: "
            raise Undeliverable(reason + "set tls: true and its TLS port (often 465)", can_retry=False)
    if smtp.username is not None and smtp.password is not None:
        server.login(smtp.username, smtp.password.get_secret_value())


def _explained(
    error: Exception, smtp: SmtpSettings, exchange: _Exchange, redacted: Callable[[str], str]
) -> Undeliverable:
    """Returns what happened in words, and whether a retry may help."""
    place = f"{smtp.host}:{smtp.port}"
    may_have_arrived, exchange.has_content = exchange.has_content, False

    def failed(reason: str, *, can_retry: bool) -> Undeliverable:
        return Undeliverable(reason, can_retry=can_retry, may_have_arrived=may_have_arrived)

    if exchange.is_late:
        return failed(describe_error(TimeoutError(), smtp.host, smtp.port, exchange.deadline.seconds), can_retry=True)
    match error:
        case smtplib.SMTPRecipientsRefused():
            # One recipient at a time.
            [(recipient, (code, answer))] = error.recipients.items()
            reason = f"{place} refused {recipient} ({code} {quote_answer(answer, redacted)})"
            return Refused(reason, can_retry=_is_temporary(code))
        case smtplib.SMTPAuthenticationError():
            return failed(
                f"{place} refused the login of {smtp.username}; check username and password: {_said(error, redacted)}",
                can_retry=_is_temporary(error.smtp_code),
            )
        case smtplib.SMTPResponseException():
            what = "the message"
            if isinstance(error, smtplib.SMTPSenderRefused):
                what = f"the sender {error.sender}; set `from` to an address it accepts"
            reason = f"{place} refused {what}: {_said(error, redacted)}"
            return Refused(reason, can_retry=_is_temporary(error.smtp_code))
        case smtplib.SMTPServerDisconnected():
            # smtplib reports a server that stops answering as one that disconnected.
            cause = error.__context__ if isinstance(error.__context__, OSError) else ConnectionError()
            return failed(describe_error(cause, smtp.host, smtp.port, exchange.timeout), can_retry=True)
        case smtplib.SMTPException():
            said = quote_answer(str(error), redacted)
            return failed(f"{place} cannot do what the settings require: {said}", can_retry=False)
        case OSError():
            reason = describe_error(error, smtp.host, smtp.port, exchange.timeout) + _tls_hint(error, smtp)
            return failed(redacted(reason), can_retry=True)
        case _:
            # Such as a challenge for the login that is not what it should be.
            return failed(f"{place} gave an answer that cannot be read ({type(error).__name__})", can_retry=True)


def _said(error: smtplib.SMTPResponseException, redacted: Callable[[str], str]) -> str:
    return f"{error.smtp_code} {quote_answer(error.smtp_error, redacted)}"


def _is_temporary(code: int) -> bool:
    """Whether to retry after an answer (RFC 5321, 4.2.1); smtplib uses -1 for an incomplete one."""
    return code < 500


def _tls_hint(error: OSError, smtp: SmtpSettings) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "; name the authority that signed it in ca_file"
        return f"{hint}, or set starttls: never for this machine's own server" if is_loopback(smtp.host) else hint
    return "; if the server wants STARTTLS, set tls: false" if isinstance(error, ssl.SSLError) and smtp.tls else ""
