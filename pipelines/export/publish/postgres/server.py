"""The connection to PostgreSQL, and its errors in words that say what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.export.errors import PublishError
from pipelines.storage.drivers import missing_driver

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10
# A connection that a firewall has forgotten must not hang forever.
_SILENCE_MILLISECONDS = 60_000
_LOCK_SECONDS = 60

_UNCHANGED = "what was published before is unchanged"


@contextmanager
def connected(url: str) -> "Iterator[psycopg.Connection[Any]]":
    """A connection in autocommit mode for the duration of a `with` block.

    Raises:
        PublishError: the server cannot be reached, or refuses something in the block. The message has neither the
            password nor values of rows.
    """
    try:
        # The driver is an extra, and takes a while to import.
        import psycopg  # noqa: PLC0415
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ImportError:
        raise PublishError(f"cannot publish to PostgreSQL: {missing_driver('postgres')}") from None
    address = re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql:", url)
    try:
        parameters = conninfo_to_dict(address)
    except psycopg.Error:
        # The error may quote the address, which holds a password.
        raise PublishError("publish.postgres cannot be read: write postgresql://user@host/database") from None
    place = f"PostgreSQL database {parameters.get('dbname') or parameters.get('user')} at {parameters.get('host')}"
    options: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS, "tcp_user_timeout": _SILENCE_MILLISECONDS,
        **parameters,
        "client_encoding": "utf8", "application_name": "vigie",
    }  # fmt: skip
    try:
        with psycopg.connect(**options, autocommit=True) as connection:
            connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
            yield connection
    except psycopg.Error as error:
        raise PublishError(f"cannot publish to {place}: {_explained(error)}; {_UNCHANGED}") from None


def _explained(error: "psycopg.Error") -> str:
    """Returns what happened and what to do. Details of an error are omitted: they may quote rows."""
    from psycopg import errors  # noqa: PLC0415

    said = error.diag.message_primary or str(error).strip().partition("\n")[0]
    if isinstance(error, errors.LockNotAvailable):
        return f"another session has used one of its tables for more than {_LOCK_SECONDS} s; the next pass tries again"
    if isinstance(error, errors.DependentObjectsStillExist):
        # The detail names objects of the database, such as "view reporting.sales depends on table vigie.fct_sale".
        detail = (error.diag.message_detail or "").partition("\n")[0]
        return f"{said} ({detail}): drop what depends on it, and create it again after the next pass"
    if isinstance(error, errors.InsufficientPrivilege):
        return f"{said}: grant it to the user of publish.postgres (docs/bi.md has the statements)"
    if error.sqlstate is None:
        return f"{said}: check publish.postgres, and that the server is running and can be reached from here"
    return said
