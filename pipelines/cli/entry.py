"""Assembles the console script from its commands."""

import gc

from pipelines.cli import alerts, backtest, check, docs, doctor, export, kpi, run, silence
from pipelines.cli.app import app
from pipelines.storage.files import make_files_private

# In the order in which `vigie --help` lists them.
for module in (run, check, doctor, kpi, alerts, silence, backtest, export, docs):
    module.register(app)


def main() -> None:
    """Runs the command line."""
    make_files_private()
    try:
        app()
    finally:
        # A process that ends need not look for garbage in all of Dagster, which takes a second.
        gc.freeze()


if __name__ == "__main__":
    main()
