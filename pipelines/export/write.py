"""Writes one run of an export: the file, its manifest, and the removal of older files."""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from pipelines.export.content import ExportContent
from pipelines.export.destination import Place, destination
from pipelines.export.errors import ExportError
from pipelines.export.flat_table import COLUMNS, definition_version
from pipelines.export.formats import Format, renderer
from pipelines.export.settings import Export

_MANIFEST = ".manifest.json"


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What a run wrote.

    Attributes:
        path: the address of the file, without secrets; empty of a digest.
        rows: the number of rows of the flat table.
        sha256: the checksum of the file, or of the text of a digest.
        manifest_path: the address of the manifest; empty of a digest.
        removed: the names of older files that were removed.
        channels: the channels through which it is sent.
        warning: what failed after the file was written (older files could not be removed), or None.
    """

    path: str
    rows: int
    sha256: str
    manifest_path: str
    removed: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    warning: str | None = None


def file_name(export: Export, tick: datetime, timezone: str) -> str:
    """Returns `<export>-<tick, company time>.<format>`, which sorts by time: `weekly-2026-03-30T0700.xlsx`."""
    return f"{export.name}-{tick.astimezone(ZoneInfo(timezone)):%Y-%m-%dT%H%M}.{export.format}"


def write_export(
    content: ExportContent, target: str, *, is_private: bool = False, needed: Collection[str] = ()
) -> ExportResult:
    """Writes the file of an export to `target` (a folder or an fsspec address), then its manifest.

    Files in a folder are readable by their owner alone if `is_private`; otherwise the user's umask decides. The same
    rows for the same tick give the same bytes under the same name. Only `known_at` may differ; it is in the heading of
    the workbook and in the manifest. Files whose names are in `needed` are not removed, however old they are.

    Raises:
        ExportError: the catalogue lacks a KPI, the format cannot hold the rows, or `target` cannot be written. A file
            of that name that was there before is unchanged.
    """
    export = content.export
    missing = [name for name in export.kpis if name not in content.catalogue]
    if missing:
        raise ExportError(f"export '{export.name}': the catalogue has no KPI {', '.join(missing)}")
    if export.format == "digest":
        raise ExportError(f"export '{export.name}': a digest is a message and has no file")
    file = renderer(export.format)(content)
    name = file_name(export, content.tick, content.company.timezone)
    checksum = hashlib.sha256(file).hexdigest()
    place = destination(target, is_private=is_private)
    try:
        path = place.put(name, file)
        manifest_path = place.put(name + _MANIFEST, _manifest(content, name, checksum))
    except ExportError as error:
        raise ExportError(f"export '{export.name}': {error}") from error
    removed: tuple[str, ...] = ()
    warning = None
    if export.kept is not None:
        try:
            removed = _remove_older(place, export.name, export.kept, written=name, needed=needed)
        except ExportError as error:
            warning = f"export '{export.name}': written, but older files could not be removed: {error}"
    return ExportResult(path, len(content.rows), checksum, manifest_path, removed, warning=warning)


def _manifest(content: ExportContent, name: str, checksum: str) -> bytes:
    export = content.export
    manifest = {
        "export": export.name,
        "file": name,
        "tick": _iso(content.tick),
        "as_of": _iso(content.known_at),
        "grain": export.grain,
        "kpis": export.kpis,
        "rows": len(content.rows),
        "sha256": checksum,
        "definition_version": definition_version(export.kpis, content.catalogue),
        "columns": [{"name": column.name, "type": column.type} for column in COLUMNS],
    }
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()


def outdated(names: Sequence[str], export: str, keep: int, written: str) -> list[str]:
    """Returns which of `names` are files of `export` that are older than its `keep` latest ticks.

    Each file comes before its manifest. Only names of the export's own pattern count, in any format. The file that was
    just `written` always stays.
    """
    formats = "|".join(get_args(Format))
    pattern = re.compile(rf"{re.escape(export)}-(\d{{4}}-\d\d-\d\dT\d{{4}})\.({formats})({re.escape(_MANIFEST)})?")
    found = {name: match[1] for name in sorted(names) if (match := pattern.fullmatch(name))}
    kept = set(sorted(set(found.values()), reverse=True)[:keep])
    return [name for name, tick in found.items() if tick not in kept and name not in {written, written + _MANIFEST}]


def _remove_older(place: Place, export: str, keep: int, written: str, needed: Collection[str]) -> tuple[str, ...]:
    old = [
        name for name in outdated(place.names(), export, keep, written) if name.removesuffix(_MANIFEST) not in needed
    ]
    for name in old:
        place.remove(name)
    return tuple(old)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
