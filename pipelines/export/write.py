"""One run of an export: content, file, manifest, and the pruning of older files."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from pipelines.export import delimited, workbook
from pipelines.export.destination import Place, destination
from pipelines.export.errors import ExportError
from pipelines.export.rows import ExportRow
from pipelines.export.settings import Export, Format
from pipelines.export.table import COLUMNS, Company, definition_version
from pipelines.kpis import Kpi

_MANIFEST = ".manifest.json"


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What a run wrote. `rows` are those of the flat table, `sha256` is of the file, `pruned` names files removed.

    `warning` says what went wrong after the file was safely there (old files could not be removed), or is None.
    """

    path: str
    rows: int
    sha256: str
    manifest_path: str
    pruned: tuple[str, ...] = ()
    warning: str | None = None


def file_name(export: Export, tick: datetime, timezone: str) -> str:
    """`<export>-<tick on the company's clocks>.<format>`, which sorts by time: `weekly-2026-03-30T0700.xlsx`."""
    return f"{export.name}-{tick.astimezone(ZoneInfo(timezone)):%Y-%m-%dT%H%M}.{export.format}"


def write_export(
    export: Export,
    rows: Sequence[ExportRow],
    *,
    kpis: Mapping[str, Kpi],
    company: Company,
    tick: datetime,
    known_at: datetime,
    target: str,
) -> ExportResult:
    """Writes the file of `export` for `tick` to `target` (a folder or an fsspec address), then its manifest.

    The same rows for the same tick make the same bytes under the same name, but for `known_at`, the moment whose data
    the file holds, in the workbook's heading and the manifest. Times are aware.

    Raises:
        ExportError: the catalogue `kpis` lacks a KPI, the format cannot hold the rows, or `target` cannot be written;
            nothing is there under the file's name then but what was there before.
    """
    missing = [name for name in export.kpis if name not in kpis]
    if missing:
        raise ExportError(f"export '{export.name}': the catalogue has no KPI {', '.join(missing)}")
    if export.format == "csv":
        content = delimited.render(rows, kpis, company.language)
    else:
        content = workbook.render(export, rows, kpis, company, tick=tick, known_at=known_at)
    name = file_name(export, tick, company.timezone)
    checksum = hashlib.sha256(content).hexdigest()
    manifest = {
        "export": export.name,
        "file": name,
        "tick": _iso(tick),
        "as_of": _iso(known_at),
        "grain": export.grain,
        "kpis": export.kpis,
        "rows": len(rows),
        "sha256": checksum,
        "definition_version": definition_version(export.kpis, kpis),
        "columns": [{"name": column.name, "type": column.type} for column in COLUMNS],
    }
    place = destination(target)
    try:
        path = place.put(name, content)
        manifest_path = place.put(
            name + _MANIFEST, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
        )
    except ExportError as error:
        raise ExportError(f"export '{export.name}': {error}") from error
    pruned: tuple[str, ...] = ()
    warning = None
    if export.keep is not None:
        try:
            pruned = _prune(place, export.name, export.keep, written=name)
        except ExportError as error:
            warning = f"export '{export.name}': written, but older files are still there: {error}"
    return ExportResult(path, len(rows), checksum, manifest_path, pruned, warning)


def superfluous(names: Sequence[str], export: str, keep: int, written: str) -> list[str]:
    """Which of `names` are files of `export` older than its `keep` latest ticks, each file before its manifest.

    Only names of the export's own pattern count, in any format; the file just `written` always stays.
    """
    formats = "|".join(get_args(Format))
    pattern = re.compile(rf"{re.escape(export)}-(\d{{4}}-\d\d-\d\dT\d{{4}})\.({formats})({re.escape(_MANIFEST)})?")
    found = {name: match[1] for name in sorted(names) if (match := pattern.fullmatch(name))}
    kept = set(sorted(set(found.values()), reverse=True)[:keep])
    return [name for name, tick in found.items() if tick not in kept and name not in {written, written + _MANIFEST}]


def _prune(place: Place, export: str, keep: int, written: str) -> tuple[str, ...]:
    old = superfluous(place.names(), export, keep, written)
    for name in old:
        place.remove(name)
    return tuple(old)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
