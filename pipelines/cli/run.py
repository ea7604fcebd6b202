"""`vigie run`: one complete pass."""

from datetime import UTC, datetime

import typer

from pipelines import config
from pipelines import settings as vigie_settings
from pipelines.cli.console import FAILED, messages, results, show, show_json
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, AsJson, AsOf, HomePath, SettingsPath, parse_as_of
from pipelines.cli.render.report import SCORECARD_GRAIN, Snapshot, report_as_json, report_parts, step_title
from pipelines.ledger import Ledger
from pipelines.services.installation import Installation
from pipelines.storage.home import Home
from pipelines.warehouse import WarehouseError
from pipelines.warehouse.readings import Score, scores


def run(
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Run one complete pass: ingest, dbt, watch, deliver, publish, export."""
    from pipelines.orchestration.run import run_pass  # noqa: PLC0415 - Dagster takes seconds to import

    loaded = vigie_settings.load(settings)
    installation = Installation(settings, home, parse_as_of(as_of, loaded))
    with messages.status("starting") as status:
        report = run_pass(installation, progress=lambda job: status.update(step_title(job)))
    if as_json:
        with installation.ledger() as ledger:
            show_json(report_as_json(report, ledger.open_alerts(), loaded, installation.home))
    else:
        base = config.base_folder(settings)
        snapshot = _read_snapshot(installation.home)
        show(*report_parts(report, snapshot, loaded, installation.home, base, width=results.width))
    raise typer.Exit(0 if report.succeeded else FAILED)


def _read_snapshot(home: Home) -> Snapshot:
    """Returns the KPI values and alerts after the pass."""
    found: list[Score] = []
    warning = None
    try:
        found = scores(home.warehouse, SCORECARD_GRAIN)
    except WarehouseError as error:
        warning = str(error)
    with Ledger(home.ledger) as ledger:
        return Snapshot(found, ledger.open_alerts(), ledger.silences(datetime.now(UTC)), warning)
