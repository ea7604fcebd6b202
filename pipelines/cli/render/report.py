"""The report of a pass: its steps, failures, quarantined rows, the scorecard, the open alerts and the results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.alerts import alerts_parts, subjects
from pipelines.cli.render.results import results_table, short_path
from pipelines.cli.render.values import MAX_TEXT_LENGTH, STATUS_STYLES, write_value
from pipelines.cli.render.words import counted_words, word
from pipelines.kpis import Grain, Kpi
from pipelines.kpis.dimensions import family_label
from pipelines.kpis.formatting import Language, format_count, format_decimals
from pipelines.ledger import Silence
from pipelines.notify.sanitize import readable
from pipelines.notify.translations.reasons import reason_for
from pipelines.settings import Company, Settings
from pipelines.storage.home import Home
from pipelines.warehouse.readings import Score

if TYPE_CHECKING:
    from pipelines.orchestration.run import PassReport, StepReport

SCORECARD_GRAIN: Grain = "month"

_STEPS = frozenset({"ingest", "transform", "watch", "deliver", "publish"})
_EXPORT_PREFIX = "export_"
_MOST_REASONS = 5
_INDENT = (0, 0, 0, 2)
_SCORE_COLUMNS = ("month", "value", "previous", "previous_year", "target", "sample")
# The columns that a terminal of that many characters has, and a narrower one does not.
_WIDE_COLUMNS, _WIDE_SCORECARD = frozenset({"previous_year", "sample"}), 110
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """KPI values and alerts after a pass; `warning` says why there are no values, if they cannot be read."""

    scores: Sequence[Score]
    alerts: Sequence[Mapping[str, Any]]
    silences: Sequence[Silence]
    warning: str | None = None


def step_title(job: str, language: Language) -> str:
    """Returns what a job does, for the progress line and the table of steps."""
    if job in _STEPS:
        return word(job, language)
    return word("export", language, name=job.removeprefix(_EXPORT_PREFIX))


def progress_text(job: str, done: int, total: int, language: Language) -> str:
    """Returns the line that says what a pass is doing; `total` is 0 unless the job counts models and tests."""
    title = step_title(job, language)
    return f"{title}{word('colon', language)}{word('of_models', language, done=done, total=total)}" if total else title


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
    company, language = settings.company, settings.company.language
    moment = f"{report.as_of.astimezone(ZoneInfo(company.timezone)):%Y-%m-%d %H:%M %Z}"
    yield Text()
    yield Text(word("as_of", language, company=company.name, moment=moment), style="bold")
    yield _steps_table(report.steps, language)
    yield from (Text(f"! {reason_for(note, language)}", style="yellow") for note in report.notes)
    yield from _failures(report.steps, language)
    yield from _quarantined_rows(report.steps, home, language)
    if snapshot.warning is not None:
        yield Text(reason_for(snapshot.warning, language), style="yellow")
    if snapshot.scores:
        # What is always 1 as a whole says nothing there; it is one of segments.
        shown = [score for score in snapshot.scores if score.kpi in kpis and not kpis[score.kpi].is_constant_as_a_whole]
        yield scorecard_table(shown, company, kpis, width=width)
        yield from _without_values(snapshot.scores, kpis, company.language)
    yield from alerts_parts(snapshot.alerts, snapshot.silences, company, subjects(settings, kpis), width=width)
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
        "notes": report.notes,
        "open_alerts": open_alerts,
        "home": str(home.path),
    }


def _steps_table(steps: Sequence["StepReport"], language: Language) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for step in steps:
        mark = "[green]✓[/]" if step.succeeded else "[red]✗[/]"
        seconds = format_decimals(step.seconds, 1, language)
        table.add_row(mark, step_title(step.job, language), f"{seconds} s", _summary(step, language))
    return table


def _summary(step: "StepReport", language: Language) -> Text:
    """Returns what a step did, in numbers."""

    def counted(key: str, name: str) -> str:
        return counted_words(_total([step], name), key, language)

    match step.job:
        case "ingest":
            return _ingest_summary(step, language)
        case "transform":
            if not step.was_needed:
                return Text(word("up_to_date", language))
            return Text(counted_words(len(step.metadata), "table", language))
        case "watch":
            return _watch_summary(step, language)
        case "deliver":
            summary = Text(counted("sent", "sent"))
            undelivered = _total([step], "waiting") + _total([step], "failed")
            missing = f", {counted_words(undelivered, 'not_delivered', language)}"
            return summary.append(missing, style="yellow") if undelivered else summary
        case "publish":
            is_new = any(metadata.get("is_new") for metadata in step.metadata.values())
            rows = counted("row", "dagster/row_count")
            return Text(rows if is_new else f"{rows}, {word('up_to_date', language)}")
        case _:
            channels = [str(each["channels"]) for each in step.metadata.values() if each.get("channels")]
            if channels:
                return Text(word("through", language, names=", ".join(channels)))
            paths = (metadata.get("path") for metadata in step.metadata.values())
            return Text(", ".join(short_path(str(path)) for path in paths if path))


def _ingest_summary(step: "StepReport", language: Language) -> Text:
    # A file that fills several entities counts once.
    new = _total([step], "new_files") - _total([step], "new_files_of_other_streams")
    unchanged = _total([step], "unchanged_files") - _total([step], "unchanged_files_of_other_streams")
    parts = [
        counted_words(new, "new_file", language),
        counted_words(unchanged, "unchanged", language),
        counted_words(_total([step], "new_rows"), "new_row", language),
    ]
    if filtered := _total([step], "filtered_rows"):
        parts.append(counted_words(filtered, "filtered", language))
    summary = Text(", ".join(parts))
    quarantined = _total([step], "quarantined_rows")
    if quarantined:
        summary.append(f", {counted_words(quarantined, 'quarantined', language)}", style="yellow")
    return summary


def _watch_summary(step: "StepReport", language: Language) -> Text:
    numbers = [
        counted_words(_total([step], name), key, language)
        for key, name in (("fired", "fired"), ("changed_severity", "severity_changed"), ("resolved", "resolved"))
    ]
    # Rare, so named only if there are any.
    numbers += [
        counted_words(count, key, language) for key in ("reopened", "restated") if (count := _total([step], key))
    ]
    if messages := _total([step], "new_messages"):
        numbers.append(counted_words(messages, "message", language))
    evaluated = counted_words(_total([step], "series_evaluated"), "series", language)
    summary = Text(f"{evaluated}{word('colon', language)}{', '.join(numbers)}")
    rules = [name for metadata in step.metadata.values() for name in _as_mapping(metadata.get("no_data_by_rule"))]
    if not rules:
        return summary
    missing = counted_words(_total([step], "no_data"), "without_data", language)
    return summary.append(f", {missing} ({', '.join(rules)})", style="yellow")


def _failures(steps: Sequence["StepReport"], language: Language) -> Iterator[Text]:
    """Yields the failures with their reasons, and the warnings."""
    for step in steps:
        for failure in step.failures:
            colon = word("colon", language).rstrip()
            yield Text(f"✗ {failure.subject} {failure.name}{colon}", style="red")
            for line in reason_for(failure.reason or "", language).splitlines():
                yield Text(f"    {readable(line, MAX_TEXT_LENGTH)}")
        if step.warnings and language == "fr":
            yield Text(word("warnings_in_english", language), style="yellow")
        for warning in step.warnings:
            yield Text(f"! {readable(warning, MAX_TEXT_LENGTH)}", style="yellow")


def _quarantined_rows(steps: Sequence["StepReport"], home: Home, language: Language) -> Iterator[Text]:
    """Yields the numbers of rows quarantined now and earlier, with the most frequent reasons."""
    new, total = _total(steps, "quarantined_rows"), _total(steps, "rows_left_out")
    folder = f"{short_path(str(home.quarantine))}/"
    if new:
        rows = counted_words(new, "row", language)
        yield Text(f"! {word('quarantined_now', language, rows=rows, folder=folder)}", style="yellow")
        yield from _quarantine_reasons(steps, language)
    earlier = total - new
    if earlier > 0:
        rows = counted_words(earlier, "row", language)
        yield Text(f"! {word('quarantined_before', language, rows=rows, folder=folder)}", style="yellow")


def _quarantine_reasons(steps: Sequence["StepReport"], language: Language) -> Iterator[Text]:
    """Yields the most frequent problems, each with the first row that has it."""
    found = [
        (refusal["rows"], asset.removeprefix("raw/").replace("/", " "), refusal)
        for step in steps
        for asset, metadata in step.metadata.items()
        for refusal in _as_list(metadata.get("quarantined_because"))
    ]
    found.sort(key=lambda each: (-each[0], each[1]))
    for rows, table, refusal in found[:_MOST_REASONS]:
        file, row = refusal["file"].rpartition("/")[2], refusal["row"]
        column = "" if refusal["column"] is None else f" {refusal['column']}"
        if refusal.get("file_column") is not None:
            column += word("in_column", language, column=refusal["file_column"])
        reason = word(
            "rows_of",
            language,
            rows=format_count(rows, language),
            table=table,
            column=column,
            reason=refusal["reason"],
            place=word("first_place" if rows > 1 else "place", language, file=file, row=row),
        )
        yield Text(f"    {readable(reason, MAX_TEXT_LENGTH)}")
    if len(found) > _MOST_REASONS:
        yield Text(f"    {counted_words(len(found) - _MOST_REASONS, 'more_reason', language)}")


def _total(steps: Sequence["StepReport"], key: str) -> int:
    """Returns the sum of a number in the metadata of all assets of `steps`."""
    return sum(int(str(metadata.get(key, 0))) for step in steps for metadata in step.metadata.values())


def _as_list(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def _as_mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _without_values(scores: Sequence[Score], kpis: Mapping[str, Kpi], language: Language) -> Iterator[Text]:
    """Yields which KPIs have no value in a complete month, and the command that says why."""
    with_values = {score.kpi for score in scores if score.value is not None}
    missing = [name for name in kpis if name not in with_values]
    if missing:
        names = ", ".join(missing[:_MOST_NAMES])
        if len(missing) > _MOST_NAMES:
            names += f" {counted_words(len(missing) - _MOST_NAMES, 'more', language)}"
        yield Text(word("without_values", language, names=names), style="dim")


def scorecard_table(scores: Sequence[Score], company: Company, kpis: Mapping[str, Kpi], *, width: int) -> Table:
    """Returns the last complete month of every KPI, family by family, for a terminal of `width` characters.

    A narrow one has no place for all that a value is compared with.
    """
    language = company.language
    columns = [name for name in _SCORE_COLUMNS if width >= _WIDE_SCORECARD or name not in _WIDE_COLUMNS]
    table = Table(
        title=word("scorecard", language), title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0)
    )
    table.add_column("", overflow="fold")
    for name in columns:
        table.add_column(word(name, language), justify="left" if name == "month" else "right", no_wrap=True)
    order = {name: position for position, name in enumerate(kpis)}
    family = None
    for score in sorted((score for score in scores if score.kpi in kpis), key=lambda found: order[found.kpi]):
        kpi = kpis[score.kpi]
        if kpi.family != family:
            family = kpi.family
            table.add_row(f"[bold]{family_label(family, language)}[/]")
        cells = {
            "month": f"{score.period_start:%Y-%m}",
            "value": f"[{STATUS_STYLES[score.status]}]{escape(write_value(kpi, score.value, company))}[/]",
            "previous": escape(write_value(kpi, score.previous_value, company)),
            "previous_year": escape(write_value(kpi, score.previous_year_value, company)),
            "target": escape(write_value(kpi, score.target, company)),
            "sample": format_count(score.sample_size, language),
        }
        table.add_row(Padding(escape(kpi.label(language)), _INDENT), *(cells[name] for name in columns))
    return table
