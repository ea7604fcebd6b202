"""`vigie run`: one complete pass."""

import json
from dataclasses import replace
from typing import Annotated

import typer

from pipelines.cli.app import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    FAILED,
    AsJson,
    HomePath,
    SettingsPath,
    err,
    in_words,
    moment,
    out,
)
from pipelines.cli.render import report as render
from pipelines.services.installation import Installation


def run(
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_of: Annotated[
        str | None,
        typer.Option(help="The moment that counts as now; what happened later has not happened.", envvar="VIGIE_AS_OF"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One complete pass: ingest, dbt, watch, deliver, publish, export."""
    from pipelines.orchestration.run import run_pass  # noqa: PLC0415 - Dagster takes seconds to import

    installation = Installation(settings, home)
    loaded = installation.settings()
    installation = replace(installation, as_of=moment("--as-of", as_of, loaded))
    with err.status("starting") as status:
        report = run_pass(installation, progress=lambda job: status.update(render.JOB_WORDS.get(job, job)))
    if as_json:
        out.print_json(json.dumps(render.as_json(report, loaded, installation.home), default=str))
    else:
        render.show(report, loaded, installation.kpis(), installation.home, installation.base, out)
    raise typer.Exit(0 if report.succeeded else FAILED)


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("run")(in_words(run))
