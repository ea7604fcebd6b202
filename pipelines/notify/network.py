"""What channels that talk to a server share: which hosts are local, and network errors in words."""

import ipaddress
import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from pipelines.notify.sanitize import readable, single_line

# Enough of a server's answer to understand it, and not a page of HTML.
_ANSWER_LENGTH = 200
_LONGEST_ANSWER = 8 * 1024
_LONGEST_SECRET = 2 * 1024


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by its name or address; no name is looked up."""
    if host.lower() in {"localhost", "localhost.localdomain"}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def encrypted_address(text: str) -> str:
    """Returns a web address, for the settings of channels.

    Errors hide every word that is also part of the address, so these messages avoid the words of addresses.

    Raises:
        ValueError: it is incomplete, or would send a secret unencrypted to another machine.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"https", "http"} or any(mark <= " " or mark > "~" for mark in text):
        raise ValueError("this is not a complete address: copy all of it from the page of the app")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("this address is not encrypted (TLS): copy the original one from the page of the app")
    return text


def describe_error(error: OSError, host: str, port: int, deadline: float) -> str:
    """Returns why the exchange with `host` failed and what to check; `deadline` is in seconds."""
    place = f"{host}:{port}"
    match error:
        case ssl.SSLCertVerificationError():
            reason = f"the certificate of {place} is not trusted: {error.verify_message}"
        case ssl.SSLError():
            reason = f"no encrypted connection with {place}: {error.reason or error}"
        case socket.gaierror():
            reason = f"the name {host} cannot be resolved: check it, and the machine's network"
        case TimeoutError():
            reason = f"no answer from {place} within {deadline:g} s"
        case ConnectionRefusedError():
            reason = f"no server listens at {place} (connection refused)"
        case ConnectionError():
            reason = f"{place} closed the connection"
        case _:
            reason = f"cannot reach {place}: {quote_answer(error.strerror or str(error))}"
    return reason


def quote_answer(text: str | bytes, redacted: Callable[[str], str] = str) -> str:
    """Returns a server's answer on one short line; `redacted` removes secrets before it is cut."""
    start = text[:_LONGEST_ANSWER]
    line = redacted(single_line(start.decode("utf-8", "replace") if isinstance(start, bytes) else start))
    if len(start) < len(text):
        # A secret at the end may be cut, and so not recognised.
        line = line[:-_LONGEST_SECRET]
    return readable(line, _ANSWER_LENGTH)
