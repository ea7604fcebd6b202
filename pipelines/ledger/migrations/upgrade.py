"""Runs the migrations through Alembic, on an open connection and without a configuration file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from pipelines.ledger.migrations import HEAD


def alembic_config(connection: Connection | None = None) -> Config:
    """Returns Alembic's configuration for this folder; `env.py` uses `connection`."""
    config = Config(attributes={"connection": connection})
    # Alembic's configuration interpolates: a percent sign in the path would be read as a variable.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def knows(revision: str) -> bool:
    """Returns whether a ledger of a revision can be upgraded by this version of Vigie."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


def upgrade(connection: Connection, revision: str | None) -> None:
    """Upgrades the tables from `revision`, None if there are none, in the open transaction of `connection`."""
    config = alembic_config(connection)
    if revision is not None:
        # A ledger from before the migrations does not have Alembic's own table yet.
        command.stamp(config, revision)
    command.upgrade(config, HEAD)
