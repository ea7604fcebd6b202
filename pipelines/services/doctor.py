"""Tries every connection of the settings and says what to fix."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.config import redact, secrets_of
from pipelines.export import destination
from pipelines.export.errors import ExportError
from pipelines.export.publish import probe_postgres
from pipelines.notify.channels.base import ChannelContext
from pipelines.services.ingest import extract_context
from pipelines.services.installation import Installation
from pipelines.settings import channels_of
from pipelines.sources import ExtractContext, SourceSettings, health, open_source


@dataclass(frozen=True, slots=True)
class Finding:
    """One connection; `problem` says what to fix, None if it works.

    `counts` says how many rows a source would deliver, `remarks` what is or may be wrong with some of them.
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
    context = extract_context(installation)
    yield Finding(f"home {home.path}", _folder_problem(home.path))
    for source in settings.sources:
        yield _source_finding(source, context)
    channel_context = ChannelContext(base, now=installation.wall_clock())
    for name, channel in channels_of(settings, home.path).items():
        yield Finding(f"channel {name}", channel.probe(channel_context))
    for export in settings.exports:
        yield Finding(f"export {export.name}", _destination_problem(export.to.resolved(base)))
    publish = settings.publish
    if publish.postgres.get_secret_value():
        problem = probe_postgres(publish.postgres.get_secret_value(), publish.schema_, company=settings.company.name)
        yield Finding("publish.postgres", problem)


def _source_finding(settings: SourceSettings, context: ExtractContext) -> Finding:
    """Whether a source can be read, and what its newest files hold."""
    source = open_source(settings)
    problems = source.probe(context)
    previews = [] if problems else list(source.preview(context))
    remarks = []
    for preview in previews:
        if health.too_many(settings.max_quarantined, preview.rows, preview.quarantined):
            read = preview.rows + preview.quarantined
            problems.append(f"{preview.quarantined:,} of {read:,} rows of {preview.entity} would be quarantined")
        remarks += [
            f"{preview.entity}: {rejection.rows:,} quarantined, {rejection.reason}"
            f" ({rejection.file.rpartition('/')[2]}, row {rejection.row:,})"
            for rejection in preview.rejections
        ]
        remarks += [f"{preview.entity} {warning.column}: {warning.message}" for warning in preview.warnings]
        problems += preview.problems
    rows, quarantined = sum(each.rows for each in previews), sum(each.quarantined for each in previews)
    return Finding(
        f"source {settings.name}",
        "; ".join(problems) or None,
        _counts(rows, quarantined, is_whole=all(each.is_whole for each in previews)) if previews else None,
        tuple(remarks),
    )


def _counts(rows: int, quarantined: int, *, is_whole: bool) -> str:
    rejected = f", {quarantined:,} quarantined" if quarantined else ""
    return f"{rows:,} row{'' if rows == 1 else 's'}{rejected}{'' if is_whole else ' in its newest files'}"


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


def _destination_problem(address: str) -> str | None:
    try:
        destination.probe(address)
    except ExportError as error:
        return str(error)
    return None
