"""The sensor `new_files` starts an ingest when an extract appears, changes or disappears."""

import os
import threading
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from tests.orchestration.company import orders
from tests.orchestration.daemon import Daemon

MONDAY = date(2025, 9, 1)


SOURCES = """
company: {{name: Company, timezone: Europe/Paris, currency: EUR}}
sources:
  - name: shop
    type: files
    tables: [{{entity: order, path: extracts/orders-*.csv}}]
  - name: web
    type: files
    tables: [{{entity: lead, path: "{address}"}}]
"""


def test_an_ingest_starts_when_a_file_appears_changes_or_disappears(daemon: Daemon) -> None:
    requests, cursor = daemon.tick("new_files")
    assert len(requests) == 1
    assert daemon.tick("new_files", cursor) == ([], cursor)
    extract = daemon.company.folder / "extracts/orders-1.csv"

    def has_request() -> bool:
        nonlocal cursor
        requests, after = daemon.tick("new_files", cursor)
        has_changed = after != cursor
        cursor = after
        assert len(requests) == has_changed
        return has_changed

    daemon.company.write_extract("orders-1.csv", orders(MONDAY, 1))
    assert has_request()
    assert not has_request()
    daemon.company.write_extract("orders-1.csv", orders(MONDAY, 2))
    assert has_request()
    # The same size, but written a second later.
    before = extract.stat()
    extract.write_bytes(extract.read_bytes().replace(b"100.10", b"200.20"))
    os.utime(extract, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
    assert extract.stat().st_size == before.st_size
    assert has_request()
    extract.unlink()
    assert has_request()
    assert not has_request()


def test_files_of_no_source_are_ignored(daemon: Daemon) -> None:
    _, cursor = daemon.tick("new_files")
    daemon.company.write_extract("others.csv", orders(MONDAY, 1))
    assert daemon.tick("new_files", cursor) == ([], cursor)


def test_a_change_whose_run_could_not_be_started_is_requested_again(daemon: Daemon) -> None:
    _, before = daemon.tick("new_files")
    daemon.company.write_extract("orders-1.csv", orders(MONDAY, 1))
    [request], after = daemon.tick("new_files", before)
    # If the run cannot be started, the daemon keeps the cursor of the tick before.
    [again], cursor = daemon.tick("new_files", before)
    assert cursor == after != before
    # A file that returns with its earlier content is a new change: its run key must differ from the first one.
    assert (request.run_key or "").startswith(f"files-{after}-")
    assert (again.run_key or "").startswith(f"files-{after}-")


def test_an_unreachable_source_does_not_hide_changes_of_others(daemon: Daemon) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    address = f"http://127.0.0.1:{server.server_port}/leads.csv"
    # From now on, nothing listens on that port.
    server.server_close()
    daemon.company.write_settings(SOURCES.format(address=address))
    requests, cursor = daemon.tick("new_files")
    assert len(requests) == 1
    assert daemon.tick("new_files", cursor) == ([], cursor)
    daemon.company.write_extract("orders-1.csv", orders(MONDAY, 1))
    requests, after = daemon.tick("new_files", cursor)
    assert len(requests) == 1
    assert after != cursor


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_changed_file_on_a_web_server_is_requested_once(daemon: Daemon) -> None:
    (daemon.company.folder / "leads.csv").write_text("lead_id,created_at\na,2025-09-01\n", encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(daemon.company.folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        daemon.company.write_settings(SOURCES.format(address=f"http://127.0.0.1:{server.server_port}/leads.csv"))
        requests, cursor = daemon.tick("new_files")
        assert len(requests) == 1
        assert daemon.tick("new_files", cursor) == ([], cursor)
        (daemon.company.folder / "leads.csv").write_text("lead_id,created_at\nab,2025-09-01\n", encoding="utf-8")
        requests, _ = daemon.tick("new_files", cursor)
        assert len(requests) == 1
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
