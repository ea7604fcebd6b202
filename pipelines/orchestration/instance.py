"""The Dagster instance of a home folder."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg

from pipelines.orchestration.environment import environment
from pipelines.storage.files import make_private_folder, write_atomically
from pipelines.storage.home import Home
from pipelines.storage.locks import exclusive_lock

INSTANCE_SETTINGS = Path(__file__).resolve().parents[2] / "dagster.yaml"


@contextmanager
def dagster_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Opens the Dagster instance of a home folder, created if it does not exist."""
    home.create()
    folder = home.dagster
    make_private_folder(folder)
    write_atomically(folder / "dagster.yaml", INSTANCE_SETTINGS.read_bytes())
    with ExitStack() as stack:
        # The first process creates the databases, which two processes must not do at once.
        with exclusive_lock(folder / "dagster.lock"), environment(DAGSTER_HOME=str(folder)):
            instance = stack.enter_context(dg.DagsterInstance.from_config(str(folder)))
        yield instance
