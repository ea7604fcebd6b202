"""Addresses of files: folders of this machine, and whatever fsspec reaches (object stores, SFTP, web servers)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec

from pipelines.storage.credentials import redact_credentials, validate_credentials, without_credentials
from pipelines.storage.drivers import missing_driver, missing_package

# There an object appears under its name when its last byte has arrived.
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci"})

_EXTRAS = {
    "s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure",
    "adl": "azure", "sftp": "sftp", "ssh": "sftp",
}  # fmt: skip
_LONGEST_REASON = 300


class AddressError(Exception):
    """A place cannot be reached. The message says which, without credentials, why, and what to do."""


def is_remote(address: str) -> bool:
    """Returns whether fsspec is needed to reach an address, rather than a path of this machine."""
    return "://" in address and not address.startswith("file://")


def local_path(address: str) -> Path:
    """Returns the path that an address of this machine names: a path, or `file://` with escapes such as `%20`."""
    return Path(unquote(urlsplit(address).path)) if address.startswith("file://") else Path(address).expanduser()


def protocol_of(address: str) -> str:
    """Returns the protocol of an address, the outermost of a chain such as `simplecache::s3://`."""
    return address.partition("://")[0].partition("::")[0]


def validate_address(address: str) -> str:
    """Returns `address` if fsspec knows its protocols and its credentials are unambiguous.

    Raises:
        ValueError: says what is wrong, without the address.
    """
    if is_remote(address):
        for part in address.split("::"):
            protocol = protocol_of(part)
            if protocol not in fsspec.available_protocols():
                raise ValueError(f"'{protocol}://' is not known; use a folder, s3://, gs://, az:// or sftp://")
        validate_credentials(address)
    return address


def open_filesystem(address: str) -> tuple[Any, str]:
    """Returns the fsspec file system of an address, which keeps no listings, and the address's path there.

    Call it within `driver_errors`.
    """
    # The client of SFTP rejects options that it does not know; it keeps no listings either.
    options = {} if protocol_of(address) in ("sftp", "ssh") else {"use_listings_cache": False}
    filesystem, path = fsspec.core.url_to_fs(address, **options)
    return filesystem, path


@contextmanager
def driver_errors(address: str, action: str) -> Iterator[None]:
    """Turns whatever a driver raises within a `with` block into an AddressError without secrets.

    Args:
        address: the place, with its credentials.
        action: what is being done, as a verb that fits "cannot … s3://bucket": read, list, write.

    Raises:
        AddressError: not chained, because the driver's own error may hold the address with its password.
    """
    shown = without_credentials(address)
    try:
        yield
    except AddressError:
        raise
    except ImportError:
        raise AddressError(f"cannot {action} {shown}: {_installation(protocol_of(address))}") from None
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own
        raise AddressError(f"cannot {action} {shown}: {_describe(error, address)}") from None


def _describe(error: BaseException, address: str) -> str:
    """A driver's error as one line without secrets: its kind, and its message if it has one."""
    message = redact_credentials(" ".join(str(error).split()), address)
    kind = type(error).__name__
    return f"{kind}: {message[:_LONGEST_REASON]}" if message else kind


def _installation(protocol: str) -> str:
    extra = _EXTRAS.get(protocol)
    if extra is not None:
        return missing_driver(extra)
    return missing_package("aiohttp" if "http" in protocol else protocol)
