"""Credentials in addresses: separated from host and path, and removed from everything that is shown."""

import re
from urllib.parse import unquote, urlsplit

# Shorter texts are also parts of innocent words.
_SHORTEST_CREDENTIAL = 3
_HIDDEN = "***"

_USER_INFORMATION = re.compile(r"(?<=://)[^/\s]*@")
# Signed addresses of web servers carry their key in the query. Elsewhere a question mark may belong to a pattern of
# file names, unless a key with a value follows it.
_WEB_QUERY = re.compile(r"(https?://[^\s?#\"']*)[?#][^\s\"']*")
_KEYED_QUERY = re.compile(r"([a-z][a-z0-9+.\-]*://[^\s?\"']*)\?\w+=[^\s\"']*", re.IGNORECASE)


def validate_credentials(address: str) -> str:
    """Returns `address` if its user name and password can be separated from its host and path.

    An unescaped `/` in a password would make the rest of it a part of the path, which is shown.

    Raises:
        ValueError: they cannot be separated; the message says which characters to escape.
    """
    for part in address.split("::"):
        rest = part.partition("://")[2]
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        port = authority.rpartition(":")[2]
        is_cut = "@" not in authority and "@" in rest and ":" in authority and not port.isdecimal()
        if is_cut or re.search(r"\s", authority):
            raise ValueError(
                "write the characters / ? # @ : and blanks of a user name or password as %2F %3F %23 %40 %3A and %20"
            )
    return address


def without_credentials(text: str) -> str:
    """Returns a text without the user names, passwords and query keys of the addresses in it."""
    text = _USER_INFORMATION.sub("", text)
    text = _WEB_QUERY.sub(r"\1", text)
    return _KEYED_QUERY.sub(r"\1", text)


def redact_credentials(text: str, address: str) -> str:
    """Returns a text, such as a driver's error, without what is secret in `address`, wherever and however it occurs."""
    text = without_credentials(text.replace(address, without_credentials(address)))
    for credential in sorted(_credentials_of(address), key=len, reverse=True):
        text = text.replace(credential, _HIDDEN)
    return text


def _credentials_of(address: str) -> set[str]:
    """The user names, passwords and values of queries in an address or a chain of them, escaped and not."""
    found: set[str] = set()
    for part in address.split("::"):
        try:
            parts = urlsplit(part)
        except ValueError:
            # A malformed host: no driver can use the address either.
            continue
        values = [parts.username, parts.password, *(pair.partition("=")[2] for pair in parts.query.split("&"))]
        found |= {text for value in values if value for text in (value, unquote(value))}
    return {text for text in found if len(text) >= _SHORTEST_CREDENTIAL}
