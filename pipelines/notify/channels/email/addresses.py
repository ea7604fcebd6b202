"""E-mail addresses in settings, checked when the settings are read."""

from email.headerregistry import Address
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, WithJsonSchema

# Mail inside a company may use names that the public Internet reserves; everything else about them is checked.
_INTERNAL_DOMAINS = ("local", "localhost", "test", "internal")


def _checked(address: str, *, with_name: bool) -> tuple[str, str]:
    """Returns the display name and the bare address; ValueError in words if it is not an address."""
    opening, bracket, closing = address.strip().partition(">")
    is_internal = opening.replace("@", ".").rsplit(".", 1)[-1].lower() in _INTERNAL_DOMAINS
    suffix = ".example.com" if is_internal else ""
    try:
        found = validate_email(
            f"{opening}{suffix}{bracket}{closing}", check_deliverability=False, allow_display_name=with_name
        )
    except EmailNotValidError as error:
        raise ValueError(f"{address!r} is not an e-mail address: {error}") from error
    if found.ascii_email is None:
        raise ValueError(
            f"{address!r} has letters before the @ that many mail servers cannot take: use another address"
        )
    return found.display_name or "", found.ascii_email.removesuffix(suffix)


def _recipient(address: str) -> str:
    return _checked(address, with_name=False)[1]


def _sender(address: str) -> str:
    name, bare = _checked(address, with_name=True)
    return str(Address(display_name=name, addr_spec=bare)) if name else bare


Recipient = Annotated[str, AfterValidator(_recipient), WithJsonSchema({"type": "string", "format": "email"})]
Sender = Annotated[str, AfterValidator(_sender)]
