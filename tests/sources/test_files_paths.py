"""Folders and file names with characters that patterns, SQL or encodings give a meaning."""

import os
from pathlib import Path

import openpyxl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from tests.sources.shop import Shop

LEADS = "lead_id,created_at,channel\n"
ODD_NAMES = ["100%", "a;b", "channel=web", "2024[1]", "a[b", "a*b", "a?b", "it's", 'say "hi"', "[!a]", "two words", "é"]


def write_every_format(folder: Path, prefix: str = "") -> None:
    """One lead in each format and encoding: each is read by another part of DuckDB."""
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, content: str, encoding: str = "utf-8") -> None:
        (folder / name).write_bytes(content.encode(encoding))

    write("1-plain.csv", LEADS + f"{prefix}csv,2024-01-31,web\n")
    write("2-repaired.csv", LEADS + f'\n{prefix}repaired,2024-01-31,"a\nb"\r\n')
    write("3-encoded.csv", LEADS + f"{prefix}encoded,2024-01-31,é\n", encoding="utf-16")
    write("4.json", f'[{{"lead_id": "{prefix}json", "created_at": "2024-01-31"}}]')
    write("5.jsonl", f'{{"lead_id": "{prefix}jsonl", "created_at": "2024-01-31"}}\n')
    pq.write_table(pa.table({"lead_id": [f"{prefix}parquet"], "created_at": ["2024-01-31"]}), folder / "6.parquet")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["lead_id", "created_at"])
    sheet.append([f"{prefix}xlsx", "2024-01-31"])
    book.save(folder / "7.xlsx")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_extracts_and_home_in_an_odd_folder(tmp_path: Path, name: str) -> None:
    """The neighbours are folders that the name would match if anything took it for a pattern."""
    for neighbour in ("axb", "20241", "b"):
        write_every_format(tmp_path / neighbour / "extracts", "neighbour-")
    (tmp_path / name).mkdir()
    shop = Shop(tmp_path / name)
    write_every_format(shop.base)
    report = shop.load(path="*.*")
    assert (report.failures, report.quarantined) == ([], 0)
    assert shop.rows("lead", "lead_id") == ["csv", "repaired", "encoded", "json", "jsonl", "parquet", "xlsx"]
    assert shop.probe({"entity": "lead", "path": "*.*"}) == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_file_name_that_the_settings_spell_out(shop: Shop, name: str) -> None:
    shop.write(f"{name}.csv", LEADS + "a,2024-01-31,web\n")
    shop.write("axb.csv", LEADS + "neighbour,2024-01-31,web\n")
    assert shop.load(path=f"{name}.csv").failures == []
    assert shop.rows("lead", "lead_id", "_file") == [("a", f"{name}.csv")]


def test_a_link_to_a_missing_file_fails_alone(shop: Shop) -> None:
    shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\n")
    (shop.base / "leads-2.csv").symlink_to(shop.base / "unmounted" / "leads.csv")
    (shop.base / "leads-3.csv").symlink_to("leads-3.csv")
    report = shop.load(path="leads-*.csv")
    assert report.failures == [
        f"leads-{number}.csv is a link to a file that is missing; is its folder mounted?" for number in (2, 3)
    ]
    assert shop.rows("lead", "lead_id") == ["a"]


def test_a_home_directory_is_no_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "ada[1]"
    (home / "extracts").mkdir(parents=True)
    (home / "extracts" / "leads.csv").write_text(LEADS + "a,2024-01-31,web\n")
    monkeypatch.setenv("HOME", str(home))
    shop = Shop(tmp_path)
    assert shop.load(path="~/extracts/*.csv").failures == []
    assert shop.rows("lead", "lead_id") == ["a"]


def test_a_file_name_that_is_not_utf8_fails_alone(shop: Shop) -> None:
    for number in range(3):
        shop.write(f"leads-{number}.csv", LEADS + f"{number},2024-01-31,web\n")
    Path(os.fsdecode(os.fsencode(shop.base) + b"/leads-\xe9t\xe9.csv")).write_text(LEADS + "x,2024-01-31,web\n")
    report = shop.load(path="*.csv")
    assert report.failures == [r"the path of leads-\xe9t\xe9.csv is not UTF-8; rename that file or its folder"]
    assert shop.rows("lead", "lead_id") == ["0", "1", "2"]
    assert shop.probe({"entity": "lead", "path": "*.csv"}) == [
        r"lead: the path of leads-\xe9t\xe9.csv is not UTF-8; rename that file or its folder"
    ]


def test_a_folder_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.base = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9"))
    shop.base.mkdir()
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    assert shop.load(path="*.csv").failures == ["the path of leads.csv is not UTF-8; rename that file or its folder"]
