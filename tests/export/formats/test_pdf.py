"""The report printed by a browser, and what happens without one."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import MISSING, PROGRAM
from export_samples import KNOWN_AT, TICK, export_of

from pipelines.export import browser
from pipelines.export.content import ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.formats.pdf import render

MakeContent = Callable[..., ExportContent]
needs_browser = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


def program(folder: Path, text: str) -> str:
    """Returns a program that stands for a browser."""
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


@needs_browser
def test_the_pages_are_printed_and_dated_by_the_tick(make_content: MakeContent) -> None:
    printed = render(make_content())
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", printed)) >= 3
    assert set(re.findall(rb"/(?:CreationDate|ModDate) \(D:(\d{14})", printed)) == {f"{TICK:%Y%m%d%H%M%S}".encode()}
    # The moment of the tables is on the page, and moments in the file do not depend on the clock.
    assert render(make_content()) == printed
    assert render(make_content(known_at=KNOWN_AT.replace(year=2027))) != printed


def test_the_names_of_table_heads_do_not_depend_on_what_the_browser_did_before(
    make_content: MakeContent, tmp_path: Path
) -> None:
    def printed(first: int) -> bytes:
        heads = f"/ID (node{first + 2:08d}) /ID (node{first:08d}) /Names [(node{first:08d}) (node{first + 2:08d})]"
        browser = program(
            tmp_path, f'for flag; do case $flag in --print-to-pdf=*) echo "{heads}" > "${{flag#*=}}";; esac; done'
        )
        return render(make_content(export=export_of(format="pdf", browser=browser)))

    # The tree of names stays sorted, and every part keeps its length.
    assert (
        printed(34) == printed(71) == b"/ID (node00000001) /ID (node00000000) /Names [(node00000000) (node00000001)]\n"
    )


def test_without_a_browser_the_error_says_what_to_install(
    make_content: MakeContent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExportError, match=r"'weekly': format pdf needs a browser, .*install Chromium .*format html"):
        render(make_content(export=export_of(format="pdf")))
    with pytest.raises(ExportError, match=r"there is no program my-browser for format pdf: install Chromium"):
        render(make_content(export=export_of(format="pdf", browser="my-browser")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo no display >&2; exit 3", "ended with status 3: no display"),
        ("exit 0", "printed no file"),
    ],
)
def test_a_browser_that_fails_says_what_it_said(
    make_content: MakeContent, tmp_path: Path, text: str, message: str
) -> None:
    export = export_of(format="pdf", browser=program(tmp_path, text))
    with pytest.raises(ExportError, match=message):
        render(make_content(export=export))


def test_a_browser_that_does_not_end_is_ended_with_its_processes(
    make_content: MakeContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "_TIMEOUT", 1)
    child = tmp_path / "child"
    export = export_of(format="pdf", browser=program(tmp_path, f"sleep 60 & echo $! > {child}; wait"))
    with pytest.raises(ExportError, match="did not print the report within 1 seconds"):
        render(make_content(export=export))
    time.sleep(0.2)
    state = Path(f"/proc/{child.read_text().strip()}/stat")
    # Where nobody waits for it, an ended process is a zombie.
    assert not state.exists() or state.read_text().split()[2] == "Z"
