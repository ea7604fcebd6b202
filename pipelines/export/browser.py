"""The browser that prints a report as PDF: where it is, and one run of it without a window."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from pipelines.export.errors import ExportError

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_TIMEOUT = 120
_ADVICE = (
    "install Chromium or Google Chrome (for instance the package chromium), name its program with `browser:` in the "
    "export, or choose format html"
)


def find_browser(named: str | None) -> str:
    """Returns the program of a browser: the one that the settings name, otherwise the first one on PATH.

    Raises:
        ExportError: there is none; the message says what to install.
    """
    if named is not None:
        found = shutil.which(named)
        if found is None:
            raise ExportError(f"there is no program {named} for format pdf: {_ADVICE}")
        return found
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        raise ExportError(f"format pdf needs a browser, and none is on PATH: {_ADVICE}")
    return found


def print_page(page: bytes, browser: str) -> bytes:
    """Returns a page of HTML as PDF, printed by a browser that reaches no network.

    Raises:
        ExportError: the browser fails or does not end in time; the message has what it said.
    """
    with tempfile.TemporaryDirectory(prefix="vigie-pdf-") as name:
        folder = Path(name)
        (folder / "report.html").write_bytes(page)
        _run([browser, *_flags(folder), (folder / "report.html").as_uri()], folder)
        pdf = folder / "report.pdf"
        if not pdf.exists():
            raise ExportError(f"{browser} printed no file{_last_words(folder)}")
        return pdf.read_bytes()


def _flags(folder: Path) -> list[str]:
    flags = [
        "--headless=new",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--no-first-run",
        "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={folder / 'report.pdf'}",
    ]
    # As root, Chromium does not start with its sandbox. The page is ours, and its policy forbids scripts.
    return [*flags, "--no-sandbox"] if os.geteuid() == 0 else flags


def _run(command: list[str], folder: Path) -> None:
    with (folder / "stderr").open("wb") as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator names the program, and the arguments are our own
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
            )
        except OSError as error:
            raise ExportError(f"cannot start {command[0]}: {error.strerror or error}") from error
        try:
            status = process.wait(timeout=_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise ExportError(f"{command[0]} did not print the report within {_TIMEOUT} seconds") from None
        finally:
            # A browser is several processes; none of them may outlive the export, interrupted ones included.
            _end(process)
    if status != 0:
        raise ExportError(f"{command[0]} ended with status {status}{_last_words(folder)}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(folder: Path) -> str:
    lines = (folder / "stderr").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f": {lines[-1][-300:]}" if lines else ""
