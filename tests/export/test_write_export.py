"""A run of an export: the file, its manifest, repeating it, and pruning."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from export_samples import KPIS, TICK, Lumen
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.export.errors import ExportError
from pipelines.export.rows import ExportRow
from pipelines.export.settings import Export
from pipelines.export.table import COLUMNS, definition_version
from pipelines.export.write import ExportResult, file_name, superfluous, write_export

MakeExport = Callable[..., Export]


def write(export: Export, rows: list[ExportRow], target: str | Path, **facts: Any) -> ExportResult:
    given: dict[str, Any] = {"kpis": KPIS, "company": Lumen(), "tick": TICK, "known_at": TICK + timedelta(minutes=3)}
    return write_export(export, rows, target=str(target), **(given | facts))


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_the_file_and_its_manifest_tell_the_same(
    make_export: MakeExport, rows: list[ExportRow], tmp_path: Path, format_: str
) -> None:
    export = make_export(format=format_)
    result = write(export, rows, tmp_path / "exports")
    assert result.path == str(tmp_path / "exports" / f"weekly-2026-03-30T0700.{format_}")
    content = Path(result.path).read_bytes()
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    manifest = json.loads(Path(result.manifest_path).read_text(encoding="utf-8"))
    assert manifest == {
        "export": "weekly",
        "file": f"weekly-2026-03-30T0700.{format_}",
        "tick": "2026-03-30T05:00:00Z",
        "as_of": "2026-03-30T05:03:00Z",
        "grain": "week",
        "kpis": export.kpis,
        "rows": len(rows),
        "sha256": result.sha256,
        "definition_version": definition_version(export.kpis, KPIS),
        "columns": [{"name": column.name, "type": column.type} for column in COLUMNS],
    }
    assert listed(tmp_path / "exports") == [manifest["file"], manifest["file"] + ".manifest.json"]


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_the_same_tick_again_is_the_same_file_byte_for_byte(
    make_export: MakeExport, rows: list[ExportRow], tmp_path: Path, format_: str
) -> None:
    export = make_export(format=format_)
    first = write(export, rows, tmp_path)
    before = Path(first.path).read_bytes()
    again = write(export, rows, tmp_path)
    assert again == first
    assert Path(again.path).read_bytes() == before
    assert len(listed(tmp_path)) == 2


def test_what_cannot_be_written_leaves_the_old_file(
    export: Export, make_export: MakeExport, rows: list[ExportRow], tmp_path: Path
) -> None:
    path = Path(write(export, rows, tmp_path).path)
    before = path.read_bytes()
    with pytest.raises(ExportError, match="'weekly': the catalogue has no KPI nps"):
        write(export, rows, tmp_path, kpis={name: kpi for name, kpi in KPIS.items() if name != "nps"})
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"export 'weekly': cannot write .*file/weekly"):
        write(export, rows, tmp_path / "file")
    assert path.read_bytes() == before


def test_names_sort_by_time_on_the_companys_clocks(make_export: MakeExport) -> None:
    export = make_export(format="csv")
    ticks = [datetime(2026, 3, 29, 0, 30, tzinfo=UTC) + timedelta(hours=step) for step in range(-30, 30, 7)]
    names = [file_name(export, tick, "Europe/Paris") for tick in ticks]
    assert names == sorted(names)
    assert file_name(export, TICK, "America/New_York") == "weekly-2026-03-30T0100.csv"


def test_only_the_latest_ticks_are_kept_and_only_of_this_export(
    make_export: MakeExport, rows: list[ExportRow], tmp_path: Path
) -> None:
    foreign = [
        "weekly-2019-01-07T0700.csv.bak",
        "weekly-support-2019-01-07T0700.csv",
        "my-weekly-2019-01-07T0700.csv",
        "weekly-2019-01.csv",
        "notes.txt",
    ]
    for name in foreign:
        (tmp_path / name).touch()
    (tmp_path / "weekly-2026-02-23T0700.xlsx").touch()
    export = make_export(format="csv", keep=2)
    for weeks in (4, 3, 2, 1):
        write(export, rows, tmp_path, tick=TICK - timedelta(weeks=weeks))
    result = write(export, rows, tmp_path)
    kept = ["weekly-2026-03-23T0600.csv", "weekly-2026-03-30T0700.csv"]
    assert listed(tmp_path) == sorted([*foreign, *kept, *(f"{name}.manifest.json" for name in kept)])
    assert result.pruned == ("weekly-2026-03-16T0600.csv", "weekly-2026-03-16T0600.csv.manifest.json")
    assert result.warning is None


def test_a_replayed_old_tick_does_not_remove_what_it_has_just_written() -> None:
    names = [f"weekly-2026-0{month}-02T0700.csv" for month in (1, 2, 3)]
    assert superfluous(names, "weekly", 1, written=names[0]) == [names[1]]
    assert superfluous(names, "weekly", 1, written=names[2]) == names[:2]
    assert superfluous(names, "weekly", 5, written=names[2]) == []


def test_old_files_that_cannot_be_removed_are_a_warning(
    make_export: MakeExport, rows: list[ExportRow], tmp_path: Path
) -> None:
    (tmp_path / "weekly-2026-03-23T0700.csv").mkdir()
    result = write(make_export(format="csv", keep=1), rows, tmp_path)
    assert Path(result.path).is_file()
    assert result.warning is not None
    assert "'weekly': written, but older files are still there: cannot remove" in result.warning


def test_an_export_goes_to_an_fsspec_address(make_export: MakeExport, rows: list[ExportRow]) -> None:
    export = make_export(keep=1)
    try:
        for weeks in (1, 0):
            result = write(export, rows, "memory://reports", tick=TICK - timedelta(weeks=weeks))
        assert result.path == "memory://reports/weekly-2026-03-30T0700.xlsx"
        assert sorted(MemoryFileSystem.store) == [
            "/reports/weekly-2026-03-30T0700.xlsx",
            "/reports/weekly-2026-03-30T0700.xlsx.manifest.json",
        ]
        with MemoryFileSystem().open("/reports/weekly-2026-03-30T0700.xlsx") as file:
            assert openpyxl.load_workbook(file, read_only=True).sheetnames[0] == "Scorecard"
    finally:
        MemoryFileSystem.store.clear()
