"""The report of a pass."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.cli.render.alerts import show_alerts
from pipelines.cli.render.places import places, shown
from pipelines.cli.render.values import LONGEST_TEXT, STATUS_STYLES, written
from pipelines.kpis import Grain, Kpi
from pipelines.ledger import Ledger
from pipelines.notify.sanitize import readable
from pipelines.settings import Company, Settings
from pipelines.storage.home import Home
from pipelines.warehouse import WarehouseError
from pipelines.warehouse.readings import Score, scores

if TYPE_CHECKING:
    from pipelines.orchestration.run import PassReport, StepReport

JOB_WORDS = {
    "ingest": "taking in extracts",
    "transform": "building and testing the KPI tables",
    "watch": "judging the rules",
    "deliver": "delivering messages",
    "publish": "publishing the tables",
}

_SCORECARD_GRAIN: Grain = "month"
_MOST_REASONS = 5


def show(
    report: "PassReport", settings: Settings, kpis: Mapping[str, Kpi], home: Home, base: Path, out: Console
) -> None:
    """The pass: its steps, what went wrong, the scorecard, the open alerts, and where everything lies."""
    zone = ZoneInfo(settings.company.timezone)
    out.print()
    out.print(f"[bold]{escape(settings.company.name)}[/], as of {report.as_of.astimezone(zone):%Y-%m-%d %H:%M %Z}")
    out.print(_steps(report))
    _show_problems(report, home, out)
    try:
        found = scores(home.warehouse, _SCORECARD_GRAIN)
    except WarehouseError as error:
        out.print(str(error), style="yellow", markup=False, highlight=False)
        found = []
    if found:
        out.print(_scorecard(found, settings.company, kpis))
    with Ledger(home.ledger) as ledger:
        show_alerts(ledger.open_alerts(), ledger.silences(datetime.now(UTC)), settings, kpis, out)
    out.print(places(settings, home, base))


def as_json(report: "PassReport", settings: Settings, home: Home) -> dict[str, object]:
    """The pass as one object: steps, failures, row counts, open alerts."""
    with Ledger(home.ledger) as ledger:
        open_alerts = ledger.open_alerts()
    return {
        "company": settings.company.name,
        "as_of": report.as_of.isoformat(),
        "succeeded": report.succeeded,
        "steps": [
            {
                "job": step.job,
                "run_id": step.run_id,
                "succeeded": step.succeeded,
                "was_needed": step.was_needed,
                "seconds": round(step.seconds, 3),
                "failures": [
                    {"subject": failure.subject, "name": failure.name, "reason": failure.reason}
                    for failure in step.failures
                ],
                "warnings": step.warnings,
                "assets": step.metadata if step.job != "transform" else {},
            }
            for step in report.steps
        ],
        "open_alerts": open_alerts,
        "home": str(home.path),
    }


def _steps(report: "PassReport") -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for step in report.steps:
        mark = "[green]✓[/]" if step.succeeded else "[red]✗[/]"
        table.add_row(mark, JOB_WORDS.get(step.job, step.job.replace("_", " ")), f"{step.seconds:.1f} s", _facts(step))
    return table


def _facts(step: "StepReport") -> str:
    def total(key: str) -> int:
        return sum(int(str(metadata.get(key, 0))) for metadata in step.metadata.values())

    match step.job:
        case "ingest":
            new_files = total("new_files")
            facts = (
                f"{new_files} new file{'' if new_files == 1 else 's'}, {total('unchanged_files')} unchanged,"
                f" {total('new_rows'):,} new rows"
            )
            quarantined = total("quarantined_rows")
            return facts + (f", [yellow]{quarantined} in quarantine[/]" if quarantined else "")
        case "transform":
            return f"{len(step.metadata)} tables and views" if step.was_needed else "nothing new: they are up to date"
        case "watch":
            return (
                f"{total('series_judged')} series: {total('fired')} fired, {total('severity_changed')} changed,"
                f" {total('resolved')} resolved"
            )
        case "deliver":
            waiting = total("waiting") + total("failed")
            return f"{total('sent')} sent" + (f", [yellow]{waiting} not accepted[/]" if waiting else "")
        case "publish":
            is_new = any(metadata.get("is_new") for metadata in step.metadata.values())
            return f"{total('dagster/row_count'):,} rows{'' if is_new else ', nothing new: left as they were'}"
        case _:
            return ", ".join(shown(str(found["path"])) for found in step.metadata.values() if found.get("path"))


def _show_problems(report: "PassReport", home: Home, out: Console) -> None:
    for note in report.notes:
        out.print(f"! {note}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    for step in report.steps:
        for failure in step.failures:
            out.print(f"✗ {failure.subject} {failure.name}:", style="red", markup=False, highlight=False)
            for line in (failure.reason or "").splitlines():
                out.print(f"    {readable(line, LONGEST_TEXT)}", markup=False, highlight=False, soft_wrap=True)
        for warning in step.warnings:
            out.print(
                f"! {readable(warning, LONGEST_TEXT)}", style="yellow", markup=False, highlight=False, soft_wrap=True
            )
    new, all_in_all = _total(report, "quarantined_rows"), _total(report, "rows_left_out")
    place = f"{shown(str(home.quarantine))}/"
    if new:
        rows = f"{new:,} row{'' if new == 1 else 's'}"
        out.print(f"! {rows} in quarantine, with their reasons: {place}", style="yellow", highlight=False)
        _show_refusals(report, out)
    if all_in_all > new:
        rows = f"{all_in_all - new:,} row{'' if all_in_all - new == 1 else 's'}"
        out.print(f"! {rows} of files taken in before still left out: {place}", style="yellow", highlight=False)


def _total(report: "PassReport", key: str) -> int:
    return sum(int(str(metadata.get(key, 0))) for step in report.steps for metadata in step.metadata.values())


def _show_refusals(report: "PassReport", out: Console) -> None:
    """Why rows went to quarantine: the most frequent reasons, each with the first row it was said of."""
    found = [
        (refusal["rows"], asset.removeprefix("raw/").replace("/", " "), refusal)
        for step in report.steps
        for asset, metadata in step.metadata.items()
        for refusal in _listed(metadata.get("quarantined_because"))
    ]
    found.sort(key=lambda each: (-each[0], each[1]))
    for rows, table, refusal in found[:_MOST_REASONS]:
        where = f"{refusal['file'].rpartition('/')[2]}, row {refusal['row']}"
        out.print(
            readable(f"{rows:,} of {table}: {refusal['reason']} ({where})", LONGEST_TEXT),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if len(found) > _MOST_REASONS:
        out.print(f"    and {len(found) - _MOST_REASONS} more reasons", highlight=False)


def _listed(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def _scorecard(scores: Sequence[Score], company: Company, kpis: Mapping[str, Kpi]) -> Table:
    table = Table(title="Scorecard: the last complete month", title_justify="left", title_style="bold", box=None,
                  padding=(0, 2, 0, 0))  # fmt: skip
    for heading in ("", "month", "value", "before", "a year before", "target", "n"):
        table.add_column(heading, justify="left" if heading in ("", "month") else "right")
    family = None
    order = {name: position for position, name in enumerate(kpis)}
    for score in sorted((score for score in scores if score.kpi in kpis), key=lambda found: order[found.kpi]):
        known = kpis[score.kpi]
        if known.family != family:
            family = known.family
            table.add_row(f"[bold]{family}[/]")
        table.add_row(
            f"  {escape(known.label(company.language))}",
            f"{score.period_start:%Y-%m}",
            f"[{STATUS_STYLES[score.status]}]{escape(written(known, score.value, company))}[/]",
            escape(written(known, score.previous_value, company)),
            escape(written(known, score.previous_year_value, company)),
            escape(written(known, score.target, company)),
            f"{score.sample_size:,}",
        )
    return table
