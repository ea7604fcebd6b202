"""Opening a ledger: its tables are created or upgraded before they are used.

Alembic takes longer to import than an up-to-date ledger to open, so it is imported for a migration only.
"""

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from pipelines.ledger.database import Database
from pipelines.ledger.errors import LedgerError, LedgerFormatError
from pipelines.ledger.migrations import HEAD, REVISION_OF_FORMAT, VERSION_TABLE
from pipelines.ledger.tables import METADATA, meta

_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String))


def open_tables(database: Database) -> None:
    """Creates the tables of a new ledger, or upgrades those of an earlier version of Vigie.

    Raises:
        LedgerFormatError: the tables are missing or of another version, and the database is open for reading alone.
        LedgerError: a newer version of Vigie wrote the ledger, or the database is not a ledger. Nothing has changed.
    """
    with database.reading() as connection:
        revision = _revision(connection, database)
    if revision == HEAD:
        return
    if database.is_read_only:
        raise LedgerFormatError(
            f"the ledger {database.location} has {'no tables' if revision is None else f'format {revision}'}, but this"
            f" version of Vigie reads format {HEAD}: `vigie run` upgrades a ledger of an earlier version"
        )
    with database.migrating() as connection:
        # Another process may have migrated the ledger while this one waited for the lock.
        revision = _revision(connection, database)
        if revision == HEAD:
            return
        from pipelines.ledger.migrations.upgrade import knows, upgrade  # noqa: PLC0415 - see the module's docstring

        if revision is not None and not knows(revision):
            raise LedgerError(
                f"the ledger {database.location} has format {revision}, but this version of Vigie knows {HEAD}: "
                "run the version of Vigie that wrote it, or a newer one"
            )
        upgrade(connection, revision)


def _revision(connection: Connection, database: Database) -> str | None:
    """Returns the revision of the tables, None if there are none."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        revision = connection.execute(select(_version.c.version_num)).scalar()
    elif meta.name in names:
        # A version before the migrations wrote it.
        known = connection.execute(select(meta.c.value).where(meta.c.key == "schema_version")).scalar()
        revision = None if known is None else REVISION_OF_FORMAT.get(known, known)
    else:
        # Other programs may share a PostgreSQL database, but not the file of a ledger.
        taken = names if database.is_sqlite else names & set(METADATA.tables)
        if taken:
            raise LedgerError(
                f"{database.location} is not a ledger but holds other tables ({', '.join(sorted(taken))}): "
                "name another file or database for the ledger"
            )
        return None
    if revision is None:
        raise LedgerError(
            f"{database.location} does not say which format of ledger it has: name another file or database"
        )
    return str(revision)
