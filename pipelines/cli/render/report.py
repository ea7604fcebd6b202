"""The report of a pass: its steps, failures, quarantined rows, the scorecard, the open alerts and the results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.alerts import alerts_table
from pipelines.cli.render.results import results_table, short_path
from pipelines.cli.render.values import MAX_TEXT_LENGTH, STATUS_STYLES, write_value
from pipelines.kpis import Grain, Kpi
from pipelines.ledger import Silence
from pipelines.notify.sanitize import readable
from pipelines.settings import Company, Settings
from pipelines.storage.home import Home
from pipelines.warehouse.readings import Score

if TYPE_CHECKING:
    from pipelines.orchestration.run import PassReport, StepReport

SCORECARD_GRAIN: Grain = "month"

_STEP_TITLES = {
    "ingest": "loading extracts",
    "transform": "building and testing the KPI tables",
    "watch": "evaluating the rules",
    "deliver": "delivering messages",
    "publish": "publishing the tables",
}
_MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """KPI values and alerts after a pass; `warning` says why there are no values, if they cannot be read."""

    scores: Sequence[Score]
    alerts: Sequence[Mapping[str, Any]]
    silences: Sequence[Silence]
    warning: str | None = None


def step_title(job: str) -> str:
    """Returns what a job does, for the progress line and the table of steps."""
    return _STEP_TITLES.get(job, job.replace("_", " "))


def report_parts(
    report: "PassReport",
    snapshot: Snapshot,
    settings: Settings,
    kpis: Mapping[str, Kpi],
    *,
    home: Home,
    base: Path,
    width: int,
) -> Iterator[RenderableType]:
    """Yields the parts of the report, for a terminal of `width` characters; `base` is the folder of the settings."""
    as_of = report.as_of.astimezone(ZoneInfo(settings.company.timezone))
    yield Text()
    yield Text.assemble((settings.company.name, "bold"), f", as of {as_of:%Y-%m-%d %H:%M %Z}")
    yield _steps_table(report.steps)
    yield from (Text(f"! {note}", style="yellow") for note in report.notes)
    yield from _failures(report.steps)
    yield from _quarantined_rows(report.steps, home)
    if snapshot.warning is not None:
        yield Text(snapshot.warning, style="yellow")
    if snapshot.scores:
        yield _scorecard(snapshot.scores, settings.company, kpis)
    yield alerts_table(snapshot.alerts, snapshot.silences, settings.company, kpis, width=width)
    yield results_table(settings, home, base)


def report_as_json(
    report: "PassReport", open_alerts: Sequence[Mapping[str, Any]], settings: Settings, home: Home
) -> dict[str, object]:
    """Returns the report as one object: steps, failures, metadata of assets (row counts), open alerts."""
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


def _steps_table(steps: Sequence["StepReport"]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for step in steps:
        mark = "[green]✓[/]" if step.succeeded else "[red]✗[/]"
        table.add_row(mark, step_title(step.job), f"{step.seconds:.1f} s", _summary(step))
    return table


def _summary(step: "StepReport") -> Text:
    """Returns what a step did, in numbers."""
    match step.job:
        case "ingest":
            return _ingest_summary(step)
        case "transform":
            return Text(f"{len(step.metadata)} tables and views" if step.was_needed else "up to date")
        case "watch":
            return Text(
                f"{_total([step], 'series_evaluated'):,} series: {_total([step], 'fired')} fired,"
                f" {_total([step], 'severity_changed')} changed severity, {_total([step], 'resolved')} resolved"
            )
        case "deliver":
            summary = Text(f"{_total([step], 'sent')} sent")
            undelivered = _total([step], "waiting") + _total([step], "failed")
            return summary.append(f", {undelivered} not delivered", style="yellow") if undelivered else summary
        case "publish":
            is_new = any(metadata.get("is_new") for metadata in step.metadata.values())
            return Text(f"{_total([step], 'dagster/row_count'):,} rows{'' if is_new else ', up to date'}")
        case _:
            paths = (metadata.get("path") for metadata in step.metadata.values())
            return Text(", ".join(short_path(str(path)) for path in paths if path))


def _ingest_summary(step: "StepReport") -> Text:
    new_files, quarantined = _total([step], "new_files"), _total([step], "quarantined_rows")
    summary = Text(
        f"{new_files:,} new file{'' if new_files == 1 else 's'}, {_total([step], 'unchanged_files'):,} unchanged,"
        f" {_total([step], 'new_rows'):,} new rows"
    )
    filtered = _total([step], "filtered_rows")
    if filtered:
        summary.append(f", {filtered:,} filtered")
    return summary.append(f", {quarantined:,} quarantined", style="yellow") if quarantined else summary


def _failures(steps: Sequence["StepReport"]) -> Iterator[Text]:
    """Yields the failures with their reasons, and the warnings."""
    for step in steps:
        for failure in step.failures:
            yield Text(f"✗ {failure.subject} {failure.name}:", style="red")
            for line in (failure.reason or "").splitlines():
                yield Text(f"    {readable(line, MAX_TEXT_LENGTH)}")
        for warning in step.warnings:
            yield Text(f"! {readable(warning, MAX_TEXT_LENGTH)}", style="yellow")


def _quarantined_rows(steps: Sequence["StepReport"], home: Home) -> Iterator[Text]:
    """Yields the numbers of rows quarantined now and earlier, with the most frequent reasons."""
    new, total = _total(steps, "quarantined_rows"), _total(steps, "rows_left_out")
    folder = f"{short_path(str(home.quarantine))}/"
    if new:
        yield Text(f"! {new:,} row{'' if new == 1 else 's'} quarantined, with reasons in {folder}", style="yellow")
        yield from _quarantine_reasons(steps)
    earlier = total - new
    if earlier > 0:
        rows = f"{earlier:,} row{'' if earlier == 1 else 's'}"
        yield Text(f"! {rows} of files loaded earlier still quarantined, in {folder}", style="yellow")


def _quarantine_reasons(steps: Sequence["StepReport"]) -> Iterator[Text]:
    """Yields the most frequent problems, each with the first row that has it."""
    found = [
        (refusal["rows"], asset.removeprefix("raw/").replace("/", " "), refusal)
        for step in steps
        for asset, metadata in step.metadata.items()
        for refusal in _as_list(metadata.get("quarantined_because"))
    ]
    found.sort(key=lambda each: (-each[0], each[1]))
    for rows, table, refusal in found[:_MOST_REASONS]:
        first = "first in " if rows > 1 else ""
        place = f"{first}{refusal['file'].rpartition('/')[2]}, row {refusal['row']}"
        column = "" if refusal["column"] is None else f" {refusal['column']}"
        if refusal.get("file_column") is not None:
            column += f' (column "{refusal["file_column"]}")'
        reason = f"{rows:,} of {table}{column}: {refusal['reason']} ({place})"
        yield Text(f"    {readable(reason, MAX_TEXT_LENGTH)}")
    if len(found) > _MOST_REASONS:
        yield Text(f"    and {len(found) - _MOST_REASONS} more reasons")


def _total(steps: Sequence["StepReport"], key: str) -> int:
    """Returns the sum of a number in the metadata of all assets of `steps`."""
    return sum(int(str(metadata.get(key, 0))) for step in steps for metadata in step.metadata.values())


def _as_list(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def _scorecard(scores: Sequence[Score], company: Company, kpis: Mapping[str, Kpi]) -> Table:
    table = Table(
        title="Scorecard: the last complete month",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2, 0, 0),
    )
    for heading in ("", "month", "value", "previous", "previous year", "target", "n"):
        table.add_column(heading, justify="left" if heading in ("", "month") else "right")
    order = {name: position for position, name in enumerate(kpis)}
    family = None
    for score in sorted((score for score in scores if score.kpi in kpis), key=lambda found: order[found.kpi]):
        kpi = kpis[score.kpi]
        if kpi.family != family:
            family = kpi.family
            table.add_row(f"[bold]{family}[/]")
        table.add_row(
            f"  {escape(kpi.label(company.language))}",
            f"{score.period_start:%Y-%m}",
            f"[{STATUS_STYLES[score.status]}]{escape(write_value(kpi, score.value, company))}[/]",
            escape(write_value(kpi, score.previous_value, company)),
            escape(write_value(kpi, score.previous_year_value, company)),
            escape(write_value(kpi, score.target, company)),
            f"{score.sample_size:,}",
        )
    return table
