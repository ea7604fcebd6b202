"""Assembles the console script from its commands."""

import gc

from pipelines.cli.ack import ack, unack
from pipelines.cli.alerts import alerts
from pipelines.cli.application import app
from pipelines.cli.backtest import backtest
from pipelines.cli.channels import channels
from pipelines.cli.check import check
from pipelines.cli.docs import catalogue_page, schema
from pipelines.cli.doctor import doctor
from pipelines.cli.export import export
from pipelines.cli.init import init
from pipelines.cli.kpi import kpi
from pipelines.cli.preview import preview
from pipelines.cli.run import run
from pipelines.cli.silence import silence
from pipelines.storage.files import make_files_private

# `vigie --help` lists the commands in this order.
for command in (
    init, run, check, preview, doctor, channels, kpi, alerts, ack, unack, silence, backtest, export,
):  # fmt: skip
    app.command()(command)
for hidden_command in (catalogue_page, schema):
    app.command(hidden=True)(hidden_command)


def main() -> None:
    """Runs the command line."""
    make_files_private()
    try:
        app()
    finally:
        # Without this, the interpreter searches all objects of Dagster for garbage at its end, which takes a second.
        gc.freeze()


if __name__ == "__main__":
    main()
