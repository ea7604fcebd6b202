"""The console script `vigie`: one module per command; `render` builds what the commands show."""

from pipelines.cli.application import app
from pipelines.cli.entry import main

__all__ = ["app", "main"]
