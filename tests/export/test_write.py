"""A run of an export: the file, its manifest, a second run, and the removal of older files."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
from export_samples import KPIS, TICK
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.export.content import ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.flat_table import COLUMNS, definition_version
from pipelines.export.formats import Format
from pipelines.export.settings import Export
from pipelines.export.write import ExportResult, file_name, outdated, write_export

# A PDF needs a browser; test_pdf.py has its bytes.
FORMATS = [name for name in get_args(Format) if name != "pdf"]
MakeExport = Callable[..., Export]
Write = Callable[..., ExportResult]


@pytest.fixture
def write(make_content: Callable[..., ExportContent]) -> Write:
    def write(export: Export, target: str | Path, **changes: Any) -> ExportResult:
        return write_export(make_content(export=export, **changes), str(target))

    return write


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("format_", FORMATS)
def test_the_manifest_describes_the_file(make_export: MakeExport, write: Write, tmp_path: Path, format_: str) -> None:
    export = make_export(format=format_)
    result = write(export, tmp_path / "exports")
    assert result.path == str(tmp_path / "exports" / f"weekly-2026-03-30T0700.{format_}")
    content = Path(result.path).read_bytes()
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    manifest = json.loads(Path(result.manifest_path).read_text(encoding="utf-8"))
    assert manifest == {
        "export": "weekly",
        "file": f"weekly-2026-03-30T0700.{format_}",
        "tick": "2026-03-30T05:00:00Z",
        "as_of": "2026-04-02T04:15:00Z",
        "grain": "week",
        "kpis": export.kpis,
        "rows": 288,
        "sha256": result.sha256,
        "definition_version": definition_version(export.kpis, KPIS),
        "columns": [{"name": column.name, "type": column.type} for column in COLUMNS],
    }
    assert listed(tmp_path / "exports") == [manifest["file"], manifest["file"] + ".manifest.json"]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_second_run_for_the_same_tick_writes_the_same_bytes(
    make_export: MakeExport, write: Write, tmp_path: Path, format_: str
) -> None:
    export = make_export(format=format_)
    first = write(export, tmp_path)
    before = Path(first.path).read_bytes()
    again = write(export, tmp_path)
    assert again == first
    assert Path(again.path).read_bytes() == before
    assert len(listed(tmp_path)) == 2


def test_a_failed_run_leaves_the_old_file_unchanged(
    export: Export, make_export: MakeExport, write: Write, tmp_path: Path
) -> None:
    path = Path(write(export, tmp_path).path)
    before = path.read_bytes()
    with pytest.raises(ExportError, match="'weekly': the catalogue has no KPI nps"):
        write(export, tmp_path, catalogue={name: kpi for name, kpi in KPIS.items() if name != "nps"})
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"export 'weekly': cannot write .*file/weekly"):
        write(export, tmp_path / "file")
    assert path.read_bytes() == before


def test_names_sort_by_company_time(make_export: MakeExport) -> None:
    export = make_export(format="csv")
    ticks = [datetime(2026, 3, 29, 0, 30, tzinfo=UTC) + timedelta(hours=step) for step in range(-30, 30, 7)]
    names = [file_name(export, tick, "Europe/Paris") for tick in ticks]
    assert names == sorted(names)
    assert file_name(export, TICK, "America/New_York") == "weekly-2026-03-30T0100.csv"


def test_older_files_of_this_export_alone_are_removed(make_export: MakeExport, write: Write, tmp_path: Path) -> None:
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
        write(export, tmp_path, tick=TICK - timedelta(weeks=weeks))
    result = write(export, tmp_path)
    kept = ["weekly-2026-03-23T0600.csv", "weekly-2026-03-30T0700.csv"]
    assert listed(tmp_path) == sorted([*foreign, *kept, *(f"{name}.manifest.json" for name in kept)])
    assert result.removed == ("weekly-2026-03-16T0600.csv", "weekly-2026-03-16T0600.csv.manifest.json")
    assert result.warning is None


def test_the_file_just_written_stays_even_for_an_old_tick() -> None:
    names = [f"weekly-2026-0{month}-02T0700.csv" for month in (1, 2, 3)]
    assert outdated(names, "weekly", 1, written=names[0]) == [names[1]]
    assert outdated(names, "weekly", 1, written=names[2]) == names[:2]
    assert outdated(names, "weekly", 5, written=names[2]) == []


def test_an_older_file_that_cannot_be_removed_is_a_warning(
    make_export: MakeExport, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "weekly-2026-03-23T0700.csv").mkdir()
    result = write(make_export(format="csv", keep=1), tmp_path)
    assert Path(result.path).is_file()
    assert result.warning is not None
    assert "'weekly': written, but older files could not be removed: cannot remove" in result.warning


def test_an_export_goes_to_an_fsspec_address(make_export: MakeExport, write: Write) -> None:
    export = make_export(keep=1)
    try:
        for weeks in (1, 0):
            result = write(export, "memory://reports", tick=TICK - timedelta(weeks=weeks))
        assert result.path == "memory://reports/weekly-2026-03-30T0700.xlsx"
        assert sorted(MemoryFileSystem.store) == [
            "/reports/weekly-2026-03-30T0700.xlsx",
            "/reports/weekly-2026-03-30T0700.xlsx.manifest.json",
        ]
        with MemoryFileSystem().open("/reports/weekly-2026-03-30T0700.xlsx") as file:
            assert openpyxl.load_workbook(file, read_only=True).sheetnames[0] == "Scorecard"
    finally:
        MemoryFileSystem.store.clear()
