"""What the command line shows of a pass, of alerts and of KPIs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines import catalogue, warehouse
from pipelines.config import redact
from pipelines.home import Home
from pipelines.ledger import Ledger, Silence
from pipelines.notify.forms import ValueForm
from pipelines.notify.plain import readable
from pipelines.settings import Company, Settings, channels_of
from pipelines.warehouse import Score, WarehouseError
from pipelines.watch.backtest import Backtest
from pipelines.watch.kpi import Grain, Kpi
from pipelines.watch.reading import Reading
from pipelines.watch.rule import Rule

if TYPE_CHECKING:
    from pipelines.orchestration.run import PassReport, StepReport

JOB_WORDS = {
    "ingest": "taking in extracts",
    "transform": "building and testing the KPI tables",
    "watch": "judging the rules",
    "deliver": "delivering messages",
    "publish": "publishing the tables",
}

_STATUS_STYLES = {"good": "green", "warn": "yellow", "critical": "red", "none": "dim"}
_SEVERITY_STYLES = {"warn": "yellow", "critical": "red"}
_SCORECARD_GRAIN: Grain = "month"
_NOTHING = "-"
_MOST_REASONS = 5
_LONGEST_TEXT = 1_000
_WIDE, _USUAL = 130, 100


def show(report: "PassReport", settings: Settings, home: Home, base: Path, out: Console) -> None:
    """The pass: its steps, what went wrong, the scorecard, the open alerts, and where everything lies."""
    zone = ZoneInfo(settings.company.timezone)
    out.print()
    out.print(f"[bold]{escape(settings.company.name)}[/], as of {report.as_of.astimezone(zone):%Y-%m-%d %H:%M %Z}")
    out.print(_steps(report))
    _show_problems(report, home, out)
    try:
        scores = warehouse.scores(home.warehouse, _SCORECARD_GRAIN)
    except WarehouseError as error:
        out.print(str(error), style="yellow", markup=False, highlight=False)
        scores = []
    if scores:
        out.print(_scorecard(scores, settings.company))
    with Ledger(home.ledger) as ledger:
        show_alerts(ledger.open_alerts(), ledger.silences(datetime.now(UTC)), settings, out)
    out.print(_places(report, settings, home, base))


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
    for step in report.steps:
        for failure in step.failures:
            out.print(f"✗ {failure.subject} {failure.name}:", style="red", markup=False, highlight=False)
            for line in (failure.reason or "").splitlines():
                out.print(f"    {readable(line, _LONGEST_TEXT)}", markup=False, highlight=False, soft_wrap=True)
        for warning in step.warnings:
            out.print(
                f"! {readable(warning, _LONGEST_TEXT)}", style="yellow", markup=False, highlight=False, soft_wrap=True
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
            readable(f"{rows:,} of {table}: {refusal['reason']} ({where})", _LONGEST_TEXT),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if len(found) > _MOST_REASONS:
        out.print(f"    and {len(found) - _MOST_REASONS} more reasons", highlight=False)


def _listed(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def _scorecard(scores: Sequence[Score], company: Company) -> Table:
    kpis = catalogue.load()
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
            f"[{_STATUS_STYLES[score.status]}]{escape(_written(known, score.value, company))}[/]",
            escape(_written(known, score.previous_value, company)),
            escape(_written(known, score.previous_year_value, company)),
            escape(_written(known, score.target, company)),
            f"{score.sample_size:,}",
        )
    return table


def _written(kpi: Kpi, value: float | None, company: Company) -> str:
    if value is None:
        return _NOTHING
    return ValueForm.usual(kpi.unit, company.language, company.currency, value=value).write(value)


def show_alerts(
    alerts: Sequence[Mapping[str, Any]], silences: Sequence[Silence], settings: Settings, out: Console
) -> None:
    """The open alerts, the gravest first; those marked silent are told of when their silence ends."""
    if not alerts:
        out.print("No open alerts.", style="green")
        return
    kpis = catalogue.load()
    company = settings.company
    table = Table(title=f"Open alerts: {len(alerts)}", title_justify="left", title_style="bold", box=None,
                  padding=(0, 2, 0, 0))  # fmt: skip
    # The id is to be copied, so it is never broken; a narrow terminal does without what can be looked up.
    headings = ["id", "", "rule", "KPI", "segment", "period", "value", "bound", "since"]
    marks = {alert["alert_id"]: _marks(alert, silences) for alert in alerts}
    if any(marks.values()):
        headings.append("noted")
    left_out = set() if out.width >= _WIDE else {"KPI"} if out.width >= _USUAL else {"KPI", "period", "since"}
    for heading in headings:
        if heading not in left_out:
            is_text = heading in ("rule", "KPI", "segment")
            table.add_column(
                heading,
                justify="right" if heading in ("value", "bound") else "left",
                overflow="fold",
                no_wrap=not is_text,
                min_width=10 if is_text else None,
            )
    for alert in sorted(alerts, key=lambda found: (found["severity"] != "critical", found["rule"], found["segment"])):
        known = kpis.get(alert["kpi"])
        style = _SEVERITY_STYLES[alert["severity"]]
        cells = {
            "id": f"[dim]{alert['alert_id']}[/]",
            "": f"[{style}]{alert['severity']}[/]",
            "noted": marks[alert["alert_id"]],
            "rule": escape(alert["rule"]),
            "KPI": escape(known.label(company.language) if known else alert["kpi"]),
            "segment": ""
            if alert["segment_type"] == "all"
            else escape(f"{alert['segment_type']} {readable(alert['segment'])}"),
            "period": _short_period(_as_date(alert["period_start"]), alert["grain"]),
            "value": escape(_written(known, alert["value"], company) if known else str(alert["value"])),
            "bound": escape(_written(known, alert["threshold"], company) if known else str(alert["threshold"])),
            "since": f"{_as_date(alert['opened_period']):%Y-%m-%d}",
        }
        table.add_row(*(cells[heading] for heading in headings if heading not in left_out))
    out.print(table)


def _marks(alert: Mapping[str, Any], silences: Sequence[Silence]) -> str:
    marks = {"seen": alert["acknowledged_at"], "silent": _silence_on(alert, silences)}
    return ", ".join(mark for mark, is_set in marks.items() if is_set)


def _silence_on(alert: Mapping[str, Any], silences: Sequence[Silence]) -> Silence | None:
    return next((found for found in silences if found.covers(alert["rule"], alert["segment"])), None)


def alerts_as_json(alerts: Sequence[Mapping[str, Any]], silences: Sequence[Silence]) -> list[dict[str, object]]:
    """The open alerts, each with the end of its silence or None."""
    found = [(alert, _silence_on(alert, silences)) for alert in alerts]
    return [{**alert, "silent_until": silence.until if silence else None} for alert, silence in found]


def show_silences(silences: Sequence[Silence], company: Company, out: Console) -> None:
    """The silences that are on, the first to end first."""
    if not silences:
        out.print("Nothing is silent.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("rule", "segment", "until", "reason"):
        table.add_column(heading, overflow="fold")
    for silence in silences:
        until = silence.until.astimezone(ZoneInfo(company.timezone))
        table.add_row(
            escape(silence.rule),
            escape(readable(silence.segment or "all")),
            f"{until:%Y-%m-%d %H:%M %Z}",
            escape(readable(silence.reason, _LONGEST_TEXT)),
        )
    out.print(table)


def show_backtests(replays: Sequence[tuple[Rule, Backtest]], company: Company, out: Console) -> None:
    """What rules would have said of the past: a line a rule, then one an incident."""
    kpis = catalogue.load()
    for rule, found in replays:
        share = f" ({found.periods_breached / found.periods_judged:.1%})" if found.periods_judged else ""
        out.print(
            f"[bold]{escape(rule.name)}[/]: {len(found.incidents)} incident{'' if len(found.incidents) == 1 else 's'};"
            f" {found.periods_breached:,} of {found.periods_judged:,} periods breached{share}",
            highlight=False,
        )
        if not found.incidents:
            continue
        table = Table(box=None, padding=(0, 2, 0, 2))
        for heading in ("", "segment", "first", "last", "told after", "over after", "worst"):
            table.add_column(heading, justify="right" if heading == "worst" else "left", overflow="fold")
        for incident in found.incidents:
            over = incident.resolved_period
            table.add_row(
                f"[{_SEVERITY_STYLES[incident.severity]}]{incident.severity}[/]",
                ""
                if incident.segment_type == "all"
                else escape(f"{incident.segment_type} {readable(incident.segment)}"),
                _short_period(incident.first_period, rule.grain),
                _short_period(incident.last_period, rule.grain),
                _short_period(incident.fired_period, rule.grain),
                "open" if over is None else _short_period(over, rule.grain),
                escape(_written(kpis[rule.kpi], incident.worst_value, company)),
            )
        out.print(table)


def backtests_as_json(
    replays: Sequence[tuple[Rule, Backtest]], first: date | None, last: date | None
) -> dict[str, object]:
    """The same as one object; days as ISO 8601, values in the KPI's unit."""
    return {
        "from": first,
        "to": last,
        "rules": [
            {
                "rule": rule.name,
                "kpi": rule.kpi,
                "grain": rule.grain,
                "periods_judged": found.periods_judged,
                "periods_breached": found.periods_breached,
                "incidents": [asdict(incident) for incident in found.incidents],
            }
            for rule, found in replays
        ],
    }


def _short_period(start: date, grain: Grain) -> str:
    match grain:
        case "day":
            return f"{start:%Y-%m-%d}"
        case "week":
            year, week, _ = start.isocalendar()
            return f"{year}-W{week:02}"
        case "month":
            return f"{start:%Y-%m}"
        case "quarter":
            return f"{start.year}-Q{(start.month + 2) // 3}"
        case "year":
            return f"{start.year}"


def _as_date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _places(report: "PassReport", settings: Settings, home: Home, base: Path) -> Table:
    table = Table(title="Where things are", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0),
                  show_header=False)  # fmt: skip
    if settings.publish.duckdb:
        table.add_row("tables for BI tools", str(home.published / "kpi.duckdb"))
    if settings.publish.parquet:
        table.add_row("the same as Parquet", f"{home.published / 'parquet'}/")
    messages: dict[str, list[str]] = {}
    for name, channel in channels_of(settings, home.path).items():
        if channel.type == "file":
            messages.setdefault(shown(str(base / channel.path)), []).append(name)
    for path, names in messages.items():
        table.add_row(f"messages to {', '.join(names)}", path)
    exports: dict[str, list[str]] = {}
    for export in settings.exports:
        exports.setdefault(shown(export.to.resolved(base)), []).append(export.name)
    for path, names in exports.items():
        table.add_row(f"exports {', '.join(names)}", path)
    table.add_row("quarantine", f"{home.quarantine}/")
    is_usual = (home.path.absolute(), base) == (Path("var").absolute(), Path("settings").absolute())
    table.add_row("runs and assets", "make dev, then 127.0.0.1:3000" if is_usual else "docs/operations.md")
    return table


def shown(place: str) -> str:
    """A place as short as it can be said from here; an address of a remote store as it is."""
    if "://" in place:
        return redact(place, ())
    path = Path(place).resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def show_catalogue(kpis: Iterable[Kpi], out: Console) -> None:
    """Every KPI, a line each."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("KPI", "label", "family", "unit", "better", "formula"):
        table.add_column(heading, overflow="fold")
    for known in kpis:
        table.add_row(known.name, known.label_en, known.family, known.unit, known.direction, escape(known.formula))
    out.print(table)


def catalogue_page(kpis: Iterable[Kpi]) -> str:
    """The catalogue as a page of the documentation, in Markdown."""
    lines = [
        "# KPI catalogue",
        "",
        "Made from the metric definitions in `dbt_project/models/metrics/` by `make docs`; `docs/decisions/0008`",
        "argues the conventions. Every KPI has rows at the grains day, week (ISO), month, quarter and year, for",
        "`all` and for each of its segments. Rates are fractions, durations seconds, money the company's currency.",
        "",
        "The source of a definition: A the document 'KPI CRM', B a podcast on what a CRM brings, C the list of 20 KPIs",
        "with the number there, D 'Calcul CRM', E an article on customer relationship management, + what users expect.",
    ]
    family = None
    for kpi in kpis:
        if kpi.family != family:
            family = kpi.family
            lines += [
                "",
                f"## {family.capitalize()}",
                "",
                "| KPI | formula | unit, better | mature | segments | source |",
            ]
            lines += ["| --- | --- | --- | --- | --- | --- |"]
        better = "" if kpi.direction == "none" else f", {kpi.direction}"
        mature = f"{kpi.maturity_days} d" if kpi.maturity_days else "at once"
        lines.append(
            f"| **{kpi.name}**: {kpi.label_en}. {kpi.description} | {kpi.formula} | {kpi.unit}{better} | {mature} |"
            f" {', '.join(kpi.segments)} | {kpi.source} |"
        )
    return "\n".join(lines) + "\n"


def show_definition(kpi: Kpi, out: Console) -> None:
    """What a KPI means and how it is computed."""
    out.print(f"[bold]{escape(kpi.label_en)}[/] ({escape(kpi.label_fr)})")
    out.print(kpi.description, markup=False, highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_row("formula", escape(kpi.formula))
    table.add_row("unit", kpi.unit)
    table.add_row("better", kpi.direction)
    table.add_row("segments", ", ".join(kpi.segments) or "none")
    table.add_row("complete", "at the period's end" if not kpi.maturity_days else f"{kpi.maturity_days} days later")
    table.add_row("source", f"{escape(kpi.source)} [dim](docs/kpis.md names the documents)[/]")
    out.print(table)


def show_values(kpi: Kpi, readings: Sequence[Reading], company: Company, out: Console, *, last: int = 12) -> None:
    """The last monthly values of a KPI."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("month", "value", "n", "95 % interval", ""):
        table.add_column(heading, justify="left" if heading == "month" else "right")
    for reading in readings[-last:]:
        low, high = _written(kpi, reading.ci_low, company), _written(kpi, reading.ci_high, company)
        table.add_row(
            f"{reading.period_start:%Y-%m}",
            escape(_written(kpi, reading.value, company)),
            f"{reading.sample_size:,}" if reading.sample_size is not None else _NOTHING,
            "" if reading.ci_low is None else f"{low} to {high}",
            "" if reading.is_complete else "[dim]not complete[/]",
        )
    out.print(table)
