"""The processes that read workbooks."""

from contextlib import suppress

import psutil


def running_readers() -> list[psutil.Process]:
    """The readers that this process has started and that still run; it may have other children."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if any("duckdb_process" in argument for argument in child.cmdline()):
                found.append(child)
    return found
