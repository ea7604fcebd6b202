"""Tries every connection of the settings and says what to fix."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from pipelines.config import redact, secrets_of
from pipelines.entities import ENTITIES
from pipelines.export import destination
from pipelines.export.browser import find_browser
from pipelines.export.errors import ExportError
from pipelines.export.publish import probe_postgres
from pipelines.export.settings import Export
from pipelines.kpis.formatting import Language, format_count, format_duration, format_moment, plural
from pipelines.kpis.words import WORDS, Phrase, choose
from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.translations.reasons import reason_for
from pipelines.services.heartbeat import Heartbeat as LastHeartbeat
from pipelines.services.heartbeat import read_heartbeat
from pipelines.services.ingest import extract_context
from pipelines.services.installation import Installation
from pipelines.services.preview import preview_source
from pipelines.settings import Heartbeat, channels_of
from pipelines.sources import ExtractContext, Rejection, SourceSettings, health, open_source

_LONGEST_SILENCE = timedelta(days=2)

# English, then French.
_WORDS: Mapping[str, Phrase] = {
    "row": ("{count} row", "{count} ligne"),
    "rows": ("{count} rows", "{count} lignes"),
    "quarantined": ("{count} quarantined", "{count} en quarantaine"),
    "in_newest_files": (" in its newest files", " dans ses fichiers les plus récents"),
    "too_many": (
        "{quarantined} of {read} rows of {entity} would be quarantined",
        "{quarantined} lignes sur {read} de {entity} seraient mises en quarantaine",
    ),
    "rejection": (
        "{entity}: {count} quarantined, {reason} ({file}, row {row})",
        "{entity}\u00a0: {count} en quarantaine, {reason} ({file}, ligne {row})",
    ),
    "no_heartbeat": ("no pass has ended yet", "aucun passage ne s'est encore terminé"),
    "heartbeat": ("a pass ended {age} ago, {moment}", "un passage s'est terminé il y a {age}, {moment}"),
    "failed_heartbeat": (
        "a pass ended {age} ago, {moment}; failed: {names}",
        "un passage s'est terminé il y a {age}, {moment}\u00a0; en échec\u00a0: {names}",
    ),
    "quiet_heartbeat": (
        "no pass has ended for {age}: is the daemon, or cron, still running?",
        "aucun passage ne s'est terminé depuis {age}\u00a0: le démon, ou cron, tourne-t-il encore\u00a0?",
    ),
    "warning": ("{entity} {column}: {message}", "{entity} {column}\u00a0: {message}"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One connection; `problem` says what to fix, None if it works.

    `counts` says how many rows a source would deliver, `remarks` what is or may be wrong with some of them. They are in
    the language of the company, as far as reasons have a translation; `subject` is the same in all languages.
    """

    subject: str
    problem: str | None
    counts: str | None = None
    remarks: tuple[str, ...] = ()


def examine(installation: Installation) -> list[Finding]:
    """Returns a finding for the home folder and for every source, channel, export and database."""
    secrets = secrets_of(installation.settings())
    return [
        replace(
            finding,
            problem=None if finding.problem is None else redact(finding.problem, secrets),
            remarks=tuple(redact(remark, secrets) for remark in finding.remarks),
        )
        for finding in _findings(installation)
    ]


def _findings(installation: Installation) -> Iterator[Finding]:
    settings, home, base = installation.settings(), installation.home, installation.base
    language = settings.company.language
    context = extract_context(installation)
    yield _finding(f"home {home.path}", _folder_problem(home.path), language)
    heartbeat = read_heartbeat(installation)
    if heartbeat is not None or settings.heartbeat != Heartbeat():
        yield _heartbeat_finding(heartbeat, installation)
    for source in settings.sources:
        yield _source_finding(installation, source, context)
    channel_context = ChannelContext(base, now=installation.wall_clock())
    for name, channel in channels_of(settings, home.path).items():
        yield _finding(f"channel {name}", channel.probe(channel_context), language)
    for export in settings.exports:
        yield _finding(f"export {export.name}", _export_problem(export, base), language)
    publish = settings.publish
    if publish.postgres.get_secret_value():
        problem = probe_postgres(publish.postgres.get_secret_value(), publish.schema_, company=settings.company.name)
        yield _finding("publish.postgres", problem, language)


def _finding(subject: str, problem: str | None, language: Language) -> Finding:
    return Finding(subject, None if problem is None else reason_for(problem, language))


def _heartbeat_finding(heartbeat: LastHeartbeat | None, installation: Installation) -> Finding:
    """How long ago a pass ended. How often cron starts one is not known here: a long silence is a remark."""
    company, now = installation.settings().company, installation.wall_clock()
    if heartbeat is None:
        return Finding("heartbeat", None, choose(_WORDS["no_heartbeat"], company.language))
    silence = max(now - heartbeat.at, timedelta(0))
    age = format_duration(silence.total_seconds(), company.language)
    said = choose(
        _WORDS["failed_heartbeat" if heartbeat.failed else "heartbeat"],
        company.language,
        age=age,
        moment=format_moment(heartbeat.at, company.timezone, company.language),
        names=", ".join(heartbeat.failed),
    )
    is_quiet = silence > _LONGEST_SILENCE and now > heartbeat.next_expected
    remarks = (choose(_WORDS["quiet_heartbeat"], company.language, age=age),) if is_quiet else ()
    return Finding("heartbeat", None, said, remarks)


def _source_finding(installation: Installation, settings: SourceSettings, context: ExtractContext) -> Finding:
    """Whether a source can be read, and what its newest files hold."""
    language = installation.settings().company.language
    problems = [_problem(problem, language) for problem in open_source(settings).probe(context)]
    previews = [] if problems else list(preview_source(installation, settings))
    remarks = []
    for preview in previews:
        entity = preview.entity
        if health.too_many(settings.max_quarantined, preview.rows, preview.quarantined):
            quarantined, read = (
                format_count(number, language) for number in (preview.quarantined, preview.rows + preview.quarantined)
            )
            problems.append(choose(_WORDS["too_many"], language, quarantined=quarantined, read=read, entity=entity))
        remarks += [_rejection(entity, rejection, language) for rejection in preview.rejections]
        remarks += [
            choose(_WORDS["warning"], language, entity=entity, column=warning.column, message=warning.message)
            for warning in preview.warnings
        ]
        problems += [reason_for(problem, language) for problem in preview.problems]
    rows, quarantined_rows = sum(each.rows for each in previews), sum(each.quarantined for each in previews)
    is_whole = all(each.is_whole for each in previews)
    return Finding(
        f"source {settings.name}",
        "; ".join(problems) or None,
        _counts(rows, quarantined_rows, language, is_whole=is_whole) if previews else None,
        tuple(remarks),
    )


def _problem(problem: str, language: Language) -> str:
    """Returns what is wrong with a source for readers of a language; it may begin with the entity that it is about."""
    entity, colon, reason = problem.partition(": ")
    if entity not in ENTITIES or not colon:
        return reason_for(problem, language)
    return f"{entity}{choose(WORDS['colon'], language)}{reason_for(reason, language)}"


def _rejection(entity: str, rejection: Rejection, language: Language) -> str:
    return choose(
        _WORDS["rejection"],
        language,
        entity=entity,
        count=format_count(rejection.rows, language),
        reason=rejection.reason,
        file=rejection.file.rpartition("/")[2],
        row=format_count(rejection.row, language),
    )


def _counts(rows: int, quarantined: int, language: Language, *, is_whole: bool) -> str:
    counted = choose(_WORDS[plural(rows, "row", "rows", language)], language, count=format_count(rows, language))
    if quarantined:
        rejected = choose(_WORDS["quarantined"], language, count=format_count(quarantined, language))
        counted += f", {rejected}"
    return counted if is_whole else counted + choose(_WORDS["in_newest_files"], language)


def _folder_problem(folder: Path) -> str | None:
    """Why a home folder cannot be written, or created; it is not created here."""
    advice = "grant this user write access, or name another folder with --home"
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        return f"cannot be created: {nearest} is a file; name another folder with --home"
    if nearest != folder:
        return None if os.access(nearest, os.W_OK | os.X_OK) else f"cannot be created in {nearest}; {advice}"
    try:
        trial = folder / ".doctor"
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        return f"cannot be written: {error.strerror}; {advice}"
    return None


def _export_problem(export: Export, base: Path) -> str | None:
    """Why the file of an export cannot be made or delivered."""
    try:
        if export.format == "pdf":
            find_browser(export.browser)
        address = export.to.resolved(base)
        if address is not None:
            destination.probe(address)
    except ExportError as error:
        return str(error)
    return None
