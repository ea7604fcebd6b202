"""Whatever a file has, `vigie init` ends in words, and the settings that it writes are valid."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import settings as vigie_settings
from pipelines.services.propose import propose_settings, write_settings

HEADERS = st.one_of(
    st.sampled_from(
        ["Deal ID", "Create Date", "Amount", "Stage", "Close Date", "Email", "Order Number", "Total", "Date", "Ticket ID", "Created at",
         "Score", "Record ID", "Deal Name", "Deal Stage", "Deal owner", "${HOME}", "{{ x }}", "a: b", "# c", "- d", "'", '"', "expr: 1",
         "null", "true", "1e5", "2024-01-01", "&a", "*a", "!t", "%d", "@", "`", "[x]", "{y}", ">", "|", "a\nb", "\ttab", "é", "\u2028", "\x85", "\ufeff"]
    ),
    st.text(max_size=15),
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(["", "1", "2024-01-05", "31/12/2024 10:00", "1.234,50 €", "Closed Won", "Lost", "a@example.com", "n/a", "${X}", "x\ny", "y: z", "#"]),
    st.text(max_size=10),
)  # fmt: skip
COMMON = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(folder: Path, name: str, content: bytes) -> None:
    file = folder / name
    file.write_bytes(content)
    proposal = propose_settings([file], folder, {})
    if proposal.text is None:
        [finding] = proposal.findings
        assert finding.problem is not None
        assert finding.problem.startswith(str(file))
        return
    path = folder / "checked.yaml"
    path.write_text(proposal.text, encoding="utf-8")
    vigie_settings.load(path, {})


@COMMON
@given(
    st.binary(max_size=400),
    st.sampled_from(["a.csv", "a.json", "a.jsonl", "a.parquet", "a.xlsx", "a.csv.gz", "a", "a.weird"]),
)
def test_any_bytes_end_in_words(tmp_path: Path, content: bytes, name: str) -> None:
    check(tmp_path, name, content)


@COMMON
@given(
    st.lists(HEADERS, min_size=1, max_size=8),
    st.data(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_any_table_gives_valid_settings(
    tmp_path: Path, header: list[str], data: st.DataObject, delimiter: str, encoding: str
) -> None:
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=6))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    check(tmp_path, "table.csv", text.getvalue().encode(encoding, errors="replace"))


@pytest.mark.parametrize(
    "name", ["${HOME}.csv", "a: b # c.csv", "[x]*.csv", '"quoted".csv', "é {{ x }}.csv", "a\nb.csv"]
)
def test_any_file_name_gives_valid_settings(tmp_path: Path, name: str) -> None:
    check(tmp_path, name, b"Deal ID,Create Date,Amount,Stage,Close Date\n1,2024-01-05,3,Won,2024-01-06\n")


def test_five_hundred_columns(tmp_path: Path) -> None:
    header = ["Deal ID", "Create Date", "Amount", "Stage", "Close Date", *(f"Custom {n}" for n in range(495))]
    check(
        tmp_path, "wide.csv", ",".join(header).encode() + b"\n" + b"1,2024-01-05,3,Won,2024-01-06" + b"," * 495 + b"\n"
    )


def test_of_a_large_file_a_part_is_read(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    lines = [b"%d,c@example.com,2024-01-05,10.00\n" % number for number in range(300_000)]
    with file.open("wb") as content:
        content.write(b"Order Number,Customer Email,Order Date,Total\n" + b"".join(lines))
        # A hole: two gigabytes that take no space.
        content.seek(2 << 30)
        content.write(lines[-1])
    proposal = propose_settings([file], tmp_path, {})
    assert proposal.findings[0].problem is None
    file.unlink()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \n\n", "is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "old or encrypted Excel"),
        ("page.csv", b"<!DOCTYPE html><html></html>", "is a web page"),
        ("archive.zip", b"PK\x03\x04xxxx", "is an archive"),
        ("text.txt", b"Dear all,\nno table here\n", "has no columns that an entity needs"),
        ("report.csv", b'Email Campaign Report\n"Title:","D"\n"Subject Line:","S"\n"Total Recipients:","1"\n"Bounces:","0"\n', "one row per campaign"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_the_rest_goes_on(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "deals.csv").write_text("Deal ID,Create Date,Amount,Stage,Close Date\n1,2024-01-05,3,Won,2024-01-06\n")
    files = [tmp_path / name, tmp_path, tmp_path / "missing.csv", tmp_path / "deals.csv"]
    proposal = propose_settings(files, tmp_path, {})
    problems = [finding.problem for finding in proposal.findings if finding.problem is not None]
    assert len(problems) == 3
    assert words in problems[0] + problems[-1]
    assert any("is a folder" in problem for problem in problems)
    assert any("does not exist" in problem for problem in problems)
    assert write_settings(proposal.text or "", tmp_path / "new").read_text().count("- entity: deal") == 1
