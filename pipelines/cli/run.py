"""`vigie run`: one complete pass."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from pipelines.cli import options
from pipelines.cli.console import FAILED, REFUSED, fail, messages, results, show, show_json
from pipelines.cli.inputs import open_installation, parse_as_of, unknown_name

if TYPE_CHECKING:
    from pipelines.cli.render.report import Snapshot
    from pipelines.services.installation import Installation


def run(
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_of: options.AsOf = None,
    source: options.OnlySource = None,
    rename_company: options.RenameCompany = False,
    as_json: options.AsJson = False,
) -> None:
    """Run one complete pass: ingest, dbt, watch, deliver, publish, export."""
    from pipelines.cli.render.report import progress_text, report_as_json, report_parts
    from pipelines.orchestration.run import run_pass
    from pipelines.services import upgrade

    installation, loaded = open_installation(settings, home)
    names = [each.name for each in loaded.sources]
    if source is not None and source not in names:
        fail(unknown_name("source", source, names, loaded.company.language), REFUSED)
    installation = replace(installation, as_of=parse_as_of(as_of, loaded.company))
    if rename_company:
        upgrade.rename_company(installation.home, loaded.company.name)
    with messages.status("") as status:

        def show_progress(job: str, done: int, total: int) -> None:
            status.update(progress_text(job, done, total, loaded.company.language))

        report = run_pass(installation, source=source, progress=show_progress)
    if as_json:
        with installation.ledger() as ledger:
            show_json(report_as_json(report, ledger.open_alerts(), loaded, installation.home))
    else:
        snapshot = _read_snapshot(installation)
        parts = report_parts(
            report,
            snapshot,
            loaded,
            installation.kpis(),
            home=installation.home,
            base=installation.base,
            width=results.width,
        )
        show(*parts)
    raise typer.Exit(0 if report.succeeded else FAILED)


def _read_snapshot(installation: "Installation") -> "Snapshot":
    """Returns the KPI values and alerts after the pass."""
    from pipelines.cli.render.report import SCORECARD_GRAIN, Snapshot
    from pipelines.warehouse import WarehouseError
    from pipelines.warehouse.readings import Score, scores

    found: list[Score] = []
    warning = None
    try:
        found = scores(installation.home.warehouse, SCORECARD_GRAIN)
    except WarehouseError as error:
        warning = str(error)
    with installation.ledger() as ledger:
        return Snapshot(found, ledger.open_alerts(), ledger.silences(datetime.now(UTC)), warning)
