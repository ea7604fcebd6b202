"""The console script `vigie`: one module a command, and `render` for what it shows."""

from pipelines.cli.app import app
from pipelines.cli.entry import main

__all__ = ["app", "main"]
