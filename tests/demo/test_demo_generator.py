"""The generator writes the same bytes for the same seed, and replaces a folder as a whole or not at all."""

import gzip
import hashlib
import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import demo
from demo import DemoError, DemoFacts

TINY = 120


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> DemoFacts:
    return demo.write(tmp_path_factory.mktemp("tiny") / "demo", customers=TINY)


def test_same_seed_gives_the_same_bytes(tiny: DemoFacts, tmp_path: Path) -> None:
    again = demo.write(tmp_path / "again", customers=TINY)

    assert digests(again.folder) == digests(tiny.folder)
    assert again.control_values == tiny.control_values


def test_another_seed_gives_other_data(tiny: DemoFacts, tmp_path: Path) -> None:
    other = demo.write(tmp_path / "other", customers=TINY, seed=tiny.seed + 1)

    here, there = digests(tiny.folder), digests(other.folder)
    assert here.keys() == there.keys()
    same = {name for name in here if here[name] == there[name]}
    assert not same & {
        "hubspot/contacts.csv",
        "shop/orders-2024.csv",
        "zendesk/tickets-2025.csv",
        "surveys/answers.xlsx",
    }
    assert other.generation != tiny.generation


def test_folder_with_the_same_company_is_not_written_again(tiny: DemoFacts) -> None:
    stamps = {path: path.stat().st_mtime_ns for path in tiny.folder.rglob("*")}

    assert demo.write(tiny.folder, customers=TINY) == tiny

    assert {path: path.stat().st_mtime_ns for path in tiny.folder.rglob("*")} == stamps


def test_another_generation_replaces_the_whole_folder(tiny: DemoFacts, tmp_path: Path) -> None:
    shutil.copytree(tiny.folder, tmp_path / "demo")
    (tmp_path / "demo" / "shop" / "orders-1999.csv").write_text("left over\n")

    facts = demo.write(tmp_path / "demo", customers=TINY + 1)

    assert facts.customers == TINY + 1
    assert not (tmp_path / "demo" / "shop" / "orders-1999.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_company_of_another_version_is_replaced(tiny: DemoFacts, tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / demo.FACTS_FILE).write_text('{"some": "other facts"}')

    assert demo.write(tmp_path / "demo", customers=TINY).rows == tiny.rows


@pytest.mark.parametrize("customers", [0, 99])
def test_too_few_customers_are_refused(tmp_path: Path, customers: int) -> None:
    with pytest.raises(DemoError, match="at least 100"):
        demo.write(tmp_path / "demo", customers=customers)
    assert not (tmp_path / "demo").exists()


def test_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(DemoError, match="not a demo company"):
        demo.write(tmp_path, customers=TINY)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_facts_can_be_written_and_read_as_json(tiny: DemoFacts) -> None:
    assert DemoFacts.from_json(tiny.to_json(), tiny.folder) == tiny
    assert str(tiny.folder) not in (tiny.folder / demo.FACTS_FILE).read_text(encoding="utf-8")


def test_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo", "--to", str(tmp_path / "var" / "demo"), "--scale", "0.024"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stderr
    assert "120 customers" in finished.stdout
    # Its data is personal, and its parent may become a home folder.
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    refused = subprocess.run([*command[:4], str(tmp_path / "other")], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "not a demo company" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_data_ends_before_now(small: DemoFacts) -> None:
    for path in small.folder.glob("mailchimp/activity-*.csv.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            assert "2026-01-05" not in lines.read()
    calls = json.loads((small.folder / "calls" / "calls-2026.json").read_text(encoding="utf-8"))
    assert max(call["ended_at"] for call in calls) < small.now.timestamp()
