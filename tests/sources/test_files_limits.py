"""A corrupt or hostile file fails alone, with words, within a limited time, memory and disk space."""

import gzip
import time
from pathlib import Path

import duckdb
import pytest
from reader_processes import running_readers
from workbooks import (
    SHEET,
    STRINGS,
    leads,
    that_hangs,
    with_byte_changed,
    with_misplaced_directory,
    with_part,
    with_row_number,
)

from pipelines.sources.files.errors import ExtractError
from pipelines.sources.files.formats.cells import Extract
from pipelines.sources.files.formats.delimited import Dialect, repair
from pipelines.sources.files.formats.limits import ReadLimits
from pipelines.sources.files.read import read
from pipelines.sources.files.settings import ExtractTable
from tests.sources.shop import Shop

LEADS = "lead_id,created_at,channel\n"
# More than any machine counts in a test, and nothing that DuckDB could answer without counting.
ENDLESS = "expr: (SELECT count(*) FROM range(1000000000000) AS a(x), range(1000) AS b(y) WHERE x + y > 7)::VARCHAR"


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setenv("VIGIE_FILE_SECONDS", "1.5")
    return 1.5


@pytest.fixture
def mebibytes(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("VIGIE_FILE_UNPACKED_MIB", "10")
    return 10


def test_a_workbook_that_is_read_without_end_fails_alone(shop: Shop, seconds: float) -> None:
    shop.write("1.xlsx", that_hangs(leads(10)))
    shop.write("2.csv", LEADS + "a,2024-01-31,web\n")
    before = time.monotonic()
    report = shop.load(path="*.*")
    assert time.monotonic() - before < 20 * seconds
    assert report.failures == [
        "1.xlsx could not be read within 1.51 s; is it corrupt? open it and save it again, or allow more with"
        " VIGIE_FILE_SECONDS"
    ]
    assert shop.rows("lead", "lead_id") == ["a"]
    assert running_readers() == []


def test_the_probe_ends_such_a_workbook_too(shop: Shop, seconds: float) -> None:
    shop.write("leads.xlsx", that_hangs(leads(10)))
    (problem,) = shop.probe({"entity": "lead", "path": "leads.xlsx"})
    assert problem.startswith("lead: leads.xlsx could not be read within")


@pytest.mark.parametrize(
    ("book", "words"),
    [
        (with_byte_changed(leads(300), SHEET), "1.xlsx is corrupt ("),
        (with_byte_changed(leads(300), STRINGS), "1.xlsx is corrupt ("),
        (with_misplaced_directory(leads(10)), "1.xlsx is corrupt ("),
        (
            with_row_number(leads(10), 4_000_000_000),
            "1.xlsx has rows below 1,048,576, the last that Excel knows; is it",
        ),
        (with_row_number(leads(10), 99_999_999_999), "1.xlsx has rows below 1,048,576, the last that Excel knows"),
        (with_part(leads(10), STRINGS, lambda _: b""), "1.xlsx cannot be read as xlsx: "),
        (with_part(leads(10), SHEET, lambda sheet: sheet[:-200]), "1.xlsx cannot be read as xlsx: XML parse error"),
    ],
    ids=["sheet", "strings", "directory", "row", "late row", "no strings", "cut sheet"],
)
def test_a_damaged_workbook_fails_alone(shop: Shop, book: bytes, words: str) -> None:
    shop.write("1.xlsx", book)
    shop.write("2.xlsx", leads(3))
    report = shop.load(path="*.xlsx")
    (failure,) = report.failures
    assert failure.startswith(words)
    assert failure.endswith("open it and save it again")
    assert str(shop.base) not in failure
    assert shop.rows("lead", "lead_id") == ["lead-1", "lead-2", "lead-3"]


def test_damage_outside_the_sheets_changes_nothing(shop: Shop) -> None:
    shop.write("leads.xlsx", with_byte_changed(leads(3), "docProps/app.xml"))
    assert shop.load(path="leads.xlsx").rows == 3


def test_a_cell_far_below_and_right_of_the_others_costs_nothing(shop: Shop) -> None:
    far = b'<row r="1048576"><c r="A1048576" t="s"><v>0</v></c><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    shop.write("leads.xlsx", with_part(leads(2), SHEET, lambda sheet: sheet.replace(b"</sheetData>", far)))
    report = shop.load(path="leads.xlsx")
    assert shop.rows("lead", "lead_id") == ["lead-1", "lead-2"]
    assert (report.quarantined, shop.quarantine()[0]["row"]) == (1, 1_048_576)


@pytest.mark.parametrize("part", [SHEET, STRINGS])
def test_a_workbook_that_unpacks_to_too_much(shop: Shop, mebibytes: int, part: str) -> None:
    shop.write("1.xlsx", with_part(leads(2), part, lambda content: content + b" " * (40 << 20)))
    shop.write("2.xlsx", leads(3))
    report = shop.load(path="*.xlsx")
    (failure,) = report.failures
    assert failure.startswith("1.xlsx unpacks to more than ")
    assert failure.endswith("open it and save it again, or allow more with VIGIE_FILE_UNPACKED_MIB")
    assert report.rows == 3


@pytest.mark.parametrize("name", ["1.csv.gz", "1.jsonl.gz"])
def test_a_compressed_text_that_unpacks_to_too_much(shop: Shop, mebibytes: int, name: str) -> None:
    shop.write(name, gzip.compress((LEADS + "a,2024-01-31,web\n" * 3_000_000).encode(), compresslevel=9))
    shop.write("2.csv.gz", gzip.compress((LEADS + "b,2024-01-31,web\n").encode()))
    report = shop.load(path="*.gz")
    (failure,) = report.failures
    assert failure.startswith(f"{name} unpacks to more than ")
    assert failure.endswith("is it corrupt? export it again, or allow more with VIGIE_FILE_UNPACKED_MIB")
    assert shop.rows("lead", "lead_id") == ["b"]


def test_a_workbook_that_needs_too_much_memory(tmp_path: Path) -> None:
    """DuckDB's own limit does not count the texts of a workbook."""
    path = tmp_path / "leads.xlsx"
    path.write_bytes(with_part(leads(2), STRINGS, lambda texts: texts.replace(b"lead-1", b"x" * (400 << 20))))
    with duckdb.connect(config={"memory_limit": "100MB"}) as connection:
        extract = Extract(path, "leads.xlsx", "xlsx", tmp_path)
        table = ExtractTable(entity="lead", path="leads.xlsx")
        with pytest.raises(ExtractError) as failed:
            read(connection, extract, table, [], lambda _: 0, lambda *_: None)
        assert str(failed.value) == (
            "leads.xlsx needs more than 0.0931 GiB of memory; is it corrupt? open it and save it again, or save the"
            " sheet as CSV"
        )
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def write_lead(shop: Shop, name: str) -> None:
    match name.partition(".")[2]:
        case "csv":
            shop.write(name, LEADS + "a,2024-01-31,web\n")
        case "jsonl":
            shop.write(name, '{"lead_id": "a", "created_at": "2024-01-31"}\n')
        case "parquet":
            with duckdb.connect() as connection:
                query = "SELECT 'a' AS lead_id, '2024-01-31' AS created_at"
                connection.execute(f"COPY ({query}) TO '{shop.base / name}' (FORMAT parquet)")
        case _:
            shop.write(name, leads(1))


@pytest.mark.parametrize("name", ["1.csv", "1.jsonl", "1.parquet", "1.xlsx"])
def test_a_query_without_end_is_interrupted(shop: Shop, seconds: float, name: str) -> None:
    write_lead(shop, name)
    columns = {"lead_id": "lead_id", "created_at": "created_at"}
    report = shop.load("lead", {"path": name, "columns": {**columns, "channel": ENDLESS}})
    (failure,) = report.failures
    assert failure.startswith(f"{name} could not be read within 1.5")
    assert shop.load("lead", {"path": name, "columns": columns}).rows == 1


def test_an_interrupted_connection_reads_the_next_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_FILE_SECONDS", "0.2")
    (tmp_path / "leads.csv").touch()
    with duckdb.connect() as connection:
        for _ in range(2):
            limits = ReadLimits(tmp_path / "leads.csv", "leads.csv")
            with pytest.raises(ExtractError, match=r"leads\.csv could not be read"), limits.interrupting(connection):
                connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS SELECT {ENDLESS.removeprefix('expr:')}")
            assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_the_repair_of_a_csv_file_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("".join(f"{number},2024-01-31,web\n" for number in range(2_000)))
    monkeypatch.setenv("VIGIE_FILE_SECONDS", "0.0001")
    (tmp_path / "tiny.csv").touch()
    limits = ReadLimits(tmp_path / "tiny.csv", "leads.csv")
    with pytest.raises(ExtractError, match=r"leads\.csv could not be read within"):
        repair(path, tmp_path / "repaired.csv", Dialect(",", '"', 1, begins_plainly=True), 3, limits, print)


def test_limits_grow_with_the_file(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"x")
    with large.open("wb") as file:
        file.truncate(100 << 20)
    limits = [ReadLimits(path, path.name) for path in (small, large)]
    assert [round(limit.seconds) for limit in limits] == [60, 160]
    assert [limit.unpacked_bytes for limit in limits] == [1 << 30, 200 * (100 << 20)]


@pytest.mark.parametrize("text", ["soon", "0", "-1", "inf", "nan"])
def test_a_limit_that_is_no_number_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    monkeypatch.setenv("VIGIE_FILE_SECONDS", text)
    assert shop.load(path="leads.csv").failures == [
        f"VIGIE_FILE_SECONDS is {text!r}; set it to a number above 0, or remove it"
    ]


def test_whole_files_are_read_within_the_limits(shop: Shop, seconds: float, mebibytes: int) -> None:
    for name in ("1.csv", "2.jsonl", "3.parquet", "4.xlsx"):
        write_lead(shop, name)
    assert shop.load(path="*.*").failures == []
    assert len(shop.rows("lead", "lead_id")) == 4
