"""Proposes settings from extract files, and writes them where there are none."""

import os
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines import settings as vigie_settings
from pipelines.config import SettingsError
from pipelines.kpis import Kpi
from pipelines.sources.files.propose.model import SURE, Finding, Remark, Sample, Table, UnsuitableError, edit, likely
from pipelines.sources.files.propose.paths import pattern_of
from pipelines.sources.files.propose.render import Company, render
from pipelines.sources.files.propose.sample import read_sample
from pipelines.sources.files.propose.tables import propose
from pipelines.storage.files import write_atomically

FILE_NAME = "settings.yaml"


class ExistingSettingsError(Exception):
    """The folder has settings already, or cannot be written; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found about each file, and the text of the settings; None if no file can be loaded."""

    findings: tuple[Finding, ...]
    text: str | None


def refuse_existing(folder: Path) -> None:
    """Raises ExistingSettingsError if `folder` has settings already, or is no folder."""
    if folder.exists() and not folder.is_dir():
        raise ExistingSettingsError(f"{folder} is a file; name a folder with --to")
    found = sorted(path.name for path in (*folder.glob("*.yaml"), *folder.glob("*.yml"))) if folder.exists() else []
    if found:
        raise ExistingSettingsError(
            f"{folder} has settings already ({', '.join(found[:5])}), and they are not overwritten. Name another folder"
            " with --to, for instance --to my-settings, and copy from there what you need"
        )


def propose_settings(files: Sequence[Path], folder: Path, kpis: Mapping[str, Kpi]) -> Proposal:
    """Returns the settings that are proposed for `files`, with paths relative to `folder`."""
    findings = _findings(files, folder)
    usable = [finding for finding in findings if finding.tables]
    if not usable:
        return Proposal(tuple(findings), None)
    company = _company(usable)
    excluded = _excluded(usable, kpis)
    text = render(company, usable, excluded)
    if _mistakes(text, kpis):
        # A table that the settings refuse is written as a comment, so that the others can be loaded.
        findings = [_checked(finding, company, kpis) for finding in findings]
        text = render(company, [finding for finding in findings if finding.tables], excluded)
    return Proposal(tuple(findings), text)


def write_settings(text: str, folder: Path) -> Path:
    """Writes the text to the folder's settings file and returns its path.

    Raises:
        ExistingSettingsError: the folder has settings already, or cannot be written.
    """
    refuse_existing(folder)
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    except OSError as error:
        raise ExistingSettingsError(
            f"{path} cannot be written ({error.strerror}); name another folder with --to"
        ) from error
    return path


def _findings(files: Sequence[Path], folder: Path) -> list[Finding]:
    findings: list[Finding] = []
    samples: dict[tuple[str, object, object], list[tuple[Path, Sample]]] = {}
    for file in dict.fromkeys(files):
        try:
            sample = read_sample(file)
        except UnsuitableError as error:
            findings.append(Finding(file=str(file), problem=f"{file} {error}"))
            continue
        path = pattern_of(file, folder)
        samples.setdefault((path, sample.columns, sample.options), []).append((file, sample))
    for (path, *_), group in samples.items():
        # Files of one kind are looked at together: what one leaves open, such as the order of dates, another decides.
        file, first = group[0]
        rows = tuple(row for _, sample in group for row in sample.rows)
        name = first.name if len(group) == 1 else f"{first.name} and {len(group) - 1} more"
        try:
            findings.append(replace(propose(replace(first, rows=rows), path), file=name))
        except UnsuitableError as error:
            findings.append(Finding(file=str(file), problem=f"{file} {error}"))
    return findings


def _mistakes(text: str, kpis: Mapping[str, Kpi]) -> str | None:
    with tempfile.TemporaryDirectory(prefix="vigie-") as folder:
        path = Path(folder) / FILE_NAME
        path.write_text(text, encoding="utf-8")
        try:
            vigie_settings.load(path, kpis)
        except SettingsError as error:
            return re.sub(r"^.*?settings\.yaml(:\d+)?: ", "", str(error).partition("\n")[0])
    return None


def _checked(finding: Finding, company: Company, kpis: Mapping[str, Kpi]) -> Finding:
    tables: list[Table] = []
    for table in finding.tables:
        mistakes = _mistakes(render(company, [replace(finding, tables=(table,))]), kpis)
        lacking = () if mistakes is None else (f"the settings refuse it: {mistakes}",)
        tables.append(replace(table, lacking=(*table.lacking, *lacking)))
    return replace(finding, tables=tuple(tables))


def _excluded(findings: Sequence[Finding], kpis: Mapping[str, Kpi]) -> list[str]:
    """The usual statuses of orders that are no sales, and those of the files; none if the usual ones suffice."""
    parameters = kpis["revenue"].parameters if "revenue" in kpis else ()
    usual = [each.default for each in parameters if each.name == "excluded_statuses"]
    known = list(usual[0]) if usual and isinstance(usual[0], tuple | list) else []
    found = [word.strip().lower() for finding in findings for word in finding.cancelled]
    new = [word for word in dict.fromkeys(found) if word not in known]
    return [*known, *new] if known and new else []


def _company(findings: Sequence[Finding]) -> Company:
    currencies = Counter(code for finding in findings for code in finding.currencies)
    found = [code for code, _ in currencies.most_common(3)]
    if len(found) == 1:
        currency = found[0], likely("the files' amounts have it")
    elif found:
        currency = found[0], edit(f"the files have {', '.join(found)}; others need rates, entity fx_rate")
    else:
        currency = "EUR", edit("the files do not name a currency")
    zone = machine_timezone()
    return Company(
        name=("My company", edit("the name in messages and exports")),
        timezone=(zone, edit("this machine's time zone; days and weeks are cut in it")),
        currency=currency,
        language=_language(findings),
    )


def _language(findings: Sequence[Finding]) -> tuple[str, Remark]:
    """The language of most files' headers; somebody has to check it where the files differ."""
    languages = Counter(finding.language for finding in findings)
    language, most = languages.most_common(1)[0]
    what = "en or fr: of messages and exports"
    if len(languages) == 1:
        return language, Remark(SURE.confidence, what)
    return language, edit(f"{what}; the headers of {most} of {languages.total()} files are in this one")


def machine_timezone() -> str:
    """Returns the IANA name of this machine's time zone; UTC if it cannot be found."""
    link = os.path.realpath("/etc/localtime").rpartition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), link):
        try:
            if name and "/" in name and ZoneInfo(name):
                return name.removeprefix("posix/").removeprefix("right/")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return "UTC"
