"""Exports: writes the scheduled files and records which ticks are done."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from math import isfinite
from pathlib import Path, PurePosixPath

from pipelines.config import redact, secrets_of
from pipelines.export.content import Advice, Bound, ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.rows import read_rows, read_segment_names
from pipelines.export.schedule import due_tick, latest_tick
from pipelines.export.settings import Export
from pipelines.export.write import ExportResult, write_export
from pipelines.ledger import Ledger
from pipelines.notify.attachment import Attachment
from pipelines.notify.message import Message
from pipelines.notify.reports import compose_digest, compose_export
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.services.reports import situation_of
from pipelines.settings import watched_kpi
from pipelines.storage.addresses import is_remote, local_path
from pipelines.warehouse import connect
from pipelines.warehouse.readings import Selection, readings
from pipelines.warehouse.run_context import known_at
from pipelines.watch.conditions.baseline import Baseline, FalseAlarms
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.rule import Rule
from pipelines.watch.wording import text_of

_MEDIA_TYPES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "pdf": "application/pdf",
}


def write(installation: Installation, ledger: Ledger, export: Export, tick: datetime) -> ExportResult:
    """Writes one export for a tick of its schedule and records it, together with the messages that bring it.

    A run that is repeated, or killed and repeated, writes the same file again and sends no message twice.

    Raises:
        ExportError: the export cannot be written; the message holds no secret.
    """
    settings = installation.settings()
    now = installation.now()
    try:
        content = content_of(installation, ledger, export, tick)
        result = _written(content, installation, ledger)
        messages = _messages(content, result, installation)
    except ExportError as error:
        raise ExportError(redact(str(error), secrets_of(settings))) from None
    if export.format == "digest":
        result = replace(result, sha256=hashlib.sha256(messages[0].text.encode()).hexdigest())
    at = installation.wall_clock()
    ledger.record_export(
        export.name,
        tick,
        written_at=now,
        path=result.path,
        rows=result.rows,
        sha256=result.sha256,
        messages=[outbox_item(message, alert_id=None, at=at) for message in messages],
    )
    return result


def _written(content: ExportContent, installation: Installation, ledger: Ledger) -> ExportResult:
    """Writes the file of an export where the settings want it, or where its channels find it."""
    export = content.export
    channels = tuple(export.to.channels)
    if export.format == "digest":
        return ExportResult(path="", rows=len(content.rows), sha256="", manifest_path="", channels=channels)
    address = export.to.resolved(installation.base)
    if address is not None:
        return write_export(content, address, is_private=_is_in_home(address, installation))
    needed = _waiting_files(ledger, installation)
    result = write_export(content, str(installation.home.attachments), is_private=True, needed=needed)
    return replace(result, channels=channels)


def _waiting_files(ledger: Ledger, installation: Installation) -> set[str]:
    """Returns the names of the files that messages in the outbox still need."""
    waiting = (each.item.record.get("attachment") for each in ledger.undelivered(installation.wall_clock()))
    return {PurePosixPath(attachment["path"]).name for attachment in waiting if attachment}


def _messages(content: ExportContent, result: ExportResult, installation: Installation) -> list[Message]:
    """Returns the messages that bring an export through its channels."""
    export, company = content.export, company_facts(installation.settings())
    if not result.channels:
        return []
    previous = latest_tick(export.schedule, content.company.timezone, content.tick - timedelta(seconds=1))
    situation = situation_of(content, previous_tick=previous)
    if export.format == "digest":
        return [compose_digest(situation, channel, company) for channel in result.channels]
    home = installation.home
    file = Attachment(
        path=f"{home.attachments.name}/{Path(result.path).name}",
        name=Path(result.path).name,
        media_type=_MEDIA_TYPES[export.format],
    )
    return [compose_export(situation, file, channel, company) for channel in result.channels]


def content_of(installation: Installation, ledger: Ledger, export: Export, tick: datetime) -> ExportContent:
    """Returns what the file of an export for a tick holds, from one snapshot of the tables.

    Raises:
        ExportError: the tables cannot be read, or a value is not a number.
    """
    settings = installation.settings()
    timezone, language = settings.company.timezone, settings.company.language
    with installation.home.lock():
        with connect(installation.home.warehouse, read_only=True, timezone=timezone) as connection:
            rows = read_rows(connection, export, tick=tick, timezone=timezone)
            people = () if settings.publish.personal else installation.public_models().person_segments
            names = read_segment_names(connection, export, hidden=people)
            moment = known_at(connection)
        bounds = _bounds(installation, export)
        usual = _usual_ranges(installation, export)
    every = ledger.every_alert()
    catalogue = installation.kpis()
    return ExportContent(
        export=export,
        rows=rows,
        catalogue=catalogue,
        company=settings.company,
        tick=tick,
        known_at=moment,
        alerts=[alert for alert in every if alert["status"] != "resolved"],
        resolved=[alert for alert in every if alert["status"] == "resolved"],
        bounds=bounds,
        usual=usual,
        advice={
            rule.name: Advice(
                text_of(rule.owner, language),
                text_of(rule.action, language),
                None if rule.condition.measures_kpi else watched_kpi(rule, settings, catalogue),
            )
            for rule in settings.rules
        },
        segment_names=names,
    )


def _bounds(installation: Installation, export: Export) -> list[Bound]:
    """Returns the bounds of the rules that watch a KPI of an export as a whole at its grain."""
    rules = _rules_on_the_whole(installation, export)
    if not rules:
        return []
    frame = readings(installation.home.warehouse, [Selection(rule.kpi, rule.grain, "all") for rule in rules])
    bounds = []
    for rule in rules:
        evaluated = evaluate_readings(rule, installation.kpis()[rule.kpi], frame)
        days = [day.item() for day in evaluated.periods]
        for severity, limit in evaluated.limits:
            thresholds = ((day, limit.at(place).value) for place, day in enumerate(days))
            bounds.append(Bound(rule.kpi, severity, {day: value for day, value in thresholds if isfinite(value)}))
    return bounds


def _rules_on_the_whole(installation: Installation, export: Export) -> list[Rule]:
    return [
        rule
        for rule in installation.settings().rules
        if rule.kpi in export.kpis and rule.grain == export.grain and rule.by is None and rule.condition.measures_kpi
    ]


def _usual_ranges(installation: Installation, export: Export) -> dict[str, dict[date, tuple[float, float]]]:
    """Returns the usual range of each period, for each KPI that a rule on its baseline watches as a whole.

    The end that the rule watches is its bound for the mildest severity.
    """
    rules = {
        rule.kpi: _on_both_sides(rule, rule.condition)
        for rule in reversed(_rules_on_the_whole(installation, export))
        if isinstance(rule.condition, Baseline)
    }
    if not rules:
        return {}
    selections = [Selection(kpi, rule.grain, "all") for kpi, rule in rules.items()]
    frame = readings(installation.home.warehouse, selections)
    found = {}
    for kpi, rule in rules.items():
        evaluated = evaluate_readings(rule, installation.kpis()[kpi], frame)
        mildest = [limit for severity, limit in evaluated.limits if severity == evaluated.limits[-1][0]]
        ends = {limit.side: limit for limit in mildest}
        ranges = {}
        for place, day in enumerate(evaluated.periods):
            low, high = ends["below"].at(place).value, ends["above"].at(place).value
            if isfinite(low) and isfinite(high):
                ranges[day.item()] = (low, high)
        found[kpi] = ranges
    return found


def _on_both_sides(rule: Rule, baseline: Baseline) -> Rule:
    """Returns a rule on both ends of the usual range, each as far off as the one that the rule watches."""
    frequencies = baseline.false_alarms_per_year
    if baseline.side != "both":
        # They are shared between the sides.
        frequencies = FalseAlarms.model_validate({name: 2 * each for name, each in frequencies.by_severity.items()})
    changed = baseline.model_copy(update={"side": "both", "false_alarms_per_year": frequencies})
    return rule.model_copy(update={"baseline": changed})


def due_exports(installation: Installation, ledger: Ledger) -> Iterator[tuple[Export, datetime]]:
    """Yields the exports whose latest tick has not been written yet, each with that tick."""
    settings = installation.settings()
    for export in settings.exports:
        is_delivered = partial(ledger.export_is_done, export.name)
        tick = due_tick(export.schedule, settings.company.timezone, installation.now(), is_delivered)
        if tick is not None:
            yield export, tick


def names_of_due_exports(installation: Installation) -> list[str]:
    """Returns the names of the exports that are due."""
    with installation.ledger() as ledger:
        return [export.name for export, _ in due_exports(installation, ledger)]


def current_tick(installation: Installation, export: Export) -> datetime:
    """Returns the tick that an export written now is for: the latest one, UTC."""
    return latest_tick(export.schedule, installation.settings().company.timezone, installation.now())


def _is_in_home(address: str, installation: Installation) -> bool:
    """Returns whether files at an address are in the home folder, where everything is private."""
    if is_remote(address):
        return False
    return local_path(address).resolve().is_relative_to(installation.home.path.resolve())
