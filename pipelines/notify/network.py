"""What went wrong on the way to a server, in words."""

import socket
import ssl
from datetime import datetime
from email.utils import parsedate_to_datetime

from pipelines.notify.plain import readable

# Enough of a server's own words to understand it, not a page of HTML.
_ANSWER_LENGTH = 200


def problem(error: OSError, host: str, port: int, timeout: float) -> str:
    """Why `host` could not be reached or talked to, and what to check."""
    place = f"{host}:{port}"
    match error:
        case ssl.SSLCertVerificationError():
            reason = f"the certificate of {place} is not trusted: {error.verify_message}"
        case ssl.SSLError():
            reason = f"no encrypted connection with {place}: {error.reason or error}"
        case socket.gaierror():
            reason = f"the name {host} cannot be resolved: check it, and the machine's network"
        case TimeoutError():
            reason = f"no answer from {place} within {timeout:g} s"
        case ConnectionRefusedError():
            reason = f"nothing listens at {place} (connection refused)"
        case ConnectionError():
            reason = f"{place} broke off the connection"
        case _:
            reason = f"cannot reach {place}: {error.strerror or error}"
    return reason


def answer(text: str | bytes) -> str:
    """A server's answer on one short line."""
    return readable(text.decode("utf-8", "replace") if isinstance(text, bytes) else text, _ANSWER_LENGTH)


def wait_asked_for(retry_after: str | None, now: datetime) -> float | None:
    """Seconds to wait according to a Retry-After header (RFC 9110: seconds or a date), None if it says nothing."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment - now).total_seconds()) if moment.tzinfo else None
