"""The Dagster instance of a home folder."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg

from pipelines.orchestration.environment import environment
from pipelines.storage.files import PRIVATE_FOLDER, StorageError, make_private_folder, write_atomically
from pipelines.storage.home import Home
from pipelines.storage.locks import exclusive_lock

_MISREAD = re.compile(r"[%?#;=*\[\]]")
INSTANCE_SETTINGS = Path(__file__).resolve().parents[2] / "dagster.yaml"


@contextmanager
def dagster_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Opens the Dagster instance of a home folder, created if it does not exist."""
    home.create()
    make_private_folder(home.dagster)
    folder = _plain_path(home.dagster)
    write_atomically(folder / "dagster.yaml", INSTANCE_SETTINGS.read_bytes())
    with ExitStack() as stack:
        # The first process creates the databases, which two processes must not do at once.
        with exclusive_lock(folder / "dagster.lock"), environment(DAGSTER_HOME=str(folder)):
            instance = stack.enter_context(dg.DagsterInstance.from_config(str(folder)))
        yield instance


def _plain_path(folder: Path) -> Path:
    """Returns another path of a folder, if Dagster would take characters of its own for a pattern or a URL's.

    It leads through a symbolic link in a private folder for temporary files.

    Raises:
        StorageError: that folder belongs to somebody else.
    """
    if _MISREAD.search(str(folder)) is None:
        return folder
    links = Path(tempfile.gettempdir()) / f"vigie-{os.getuid()}"
    links.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    if links.is_symlink() or links.stat().st_uid != os.getuid():
        raise StorageError(f"{links} belongs to another user; remove it, or set TMPDIR to a folder of your own")
    link = links / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    if not link.is_symlink():
        new = links / f".{link.name}.{os.getpid()}"
        new.unlink(missing_ok=True)
        new.symlink_to(folder, target_is_directory=True)
        new.replace(link)
    return link
