"""Extracts on other machines: object stores, web servers, and errors when they cannot be reached."""

import importlib.util
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

from pipelines.sources import open_source
from tests.sources.shop import Shop

LEADS = "lead_id,created_at,channel\n"


@pytest.fixture(scope="module")
def bucket(s3_environment: None) -> Any:
    filesystem = fsspec.filesystem("s3", skip_instance_cache=True)
    filesystem.mkdir("extracts", region_name="eu-west-3")
    return filesystem


def test_an_object_store(shop: Shop, bucket: Any) -> None:
    pattern = "s3://extracts/2024/leads-*.csv"
    bucket.pipe("extracts/2024/leads-10.csv", (LEADS + "b,2024-01-31,web\n").encode())
    bucket.pipe("extracts/2024/leads-2.csv", (LEADS + "a,2024-01-31,web\n").encode())
    bucket.pipe("extracts/2024/other.csv", b"no\n")
    report = shop.load(path=pattern)
    assert report.failures == []
    assert shop.rows("lead", "lead_id", "_file") == [
        ("a", "s3://extracts/2024/leads-2.csv"),
        ("b", "s3://extracts/2024/leads-10.csv"),
    ]
    assert shop.load(path=pattern).unchanged == 2
    bucket.pipe("extracts/2024/leads-2.csv", (LEADS + "c,2024-01-31,web\n").encode())
    assert [load.rows for load in shop.load(path=pattern).new_loads] == [1]
    assert shop.load(path="s3://extracts/2024/*.txt").failures == ["no file matches s3://extracts/2024/*.txt"]
    assert shop.probe(
        {"entity": "lead", "path": pattern}, {"entity": "lead", "path": "s3://extracts/2024/other.csv"}
    ) == [
        'lead: s3://extracts/2024/other.csv has no column "lead_id", only one called "no"; if that is a whole header, set `delimiter`'
    ]
    (problem,) = shop.load(path="s3://nobody-has-this/leads.csv").failures
    assert "s3://nobody-has-this/leads.csv" in problem


def test_an_object_with_the_same_tag_is_not_fetched_again(
    shop: Shop, bucket: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.pipe("extracts/tagged/leads.csv", (LEADS + "a,2024-01-31,web\n").encode())
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        for gets, unchanged in ((1, 0), (0, 1)):
            caplog.clear()
            assert shop.load(path="s3://extracts/tagged/leads.csv").unchanged == unchanged
            assert sum('"GET /extracts/tagged/leads.csv' in message for message in caplog.messages) == gets


def test_any_file_system_of_fsspec(shop: Shop) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/vigie/leads 1.csv", (LEADS + "a,2024-01-31,web\n").encode())
    memory.pipe("/vigie/deep/leads 2.csv", (LEADS + "b,2024-01-31,web\n").encode())
    try:
        assert shop.load(path="memory://vigie/**/*.csv").failures == []
        assert shop.rows("lead", "lead_id", "_file") == [
            ("b", "memory:///vigie/deep/leads 2.csv"),
            ("a", "memory:///vigie/leads 1.csv"),
        ]
        source = shop.source({"entity": "lead", "path": "memory://vigie/*.csv"})
        assert len(list(open_source(source).list_changes(shop.base, datetime.now(UTC)))) == 1
    finally:
        memory.rm("/vigie", recursive=True)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "www"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_server(shop: Shop, web: tuple[str, Path]) -> None:
    address, folder = web
    (folder / "leads.csv").write_text(LEADS + "a,2024-01-31,web\n")
    assert shop.load(path=f"{address}/leads.csv?sig=verysecret").failures == []
    assert shop.rows("lead", "_file") == [f"{address}/leads.csv"]
    assert shop.load(path=f"{address}/leads.csv?sig=verysecret").unchanged == 1
    (load,) = shop.loads()
    assert "verysecret" not in (shop.store.stream_folder("shop", load.stream) / load.load_id / "load.json").read_text()
    assert shop.load(path=f"{address}/none.csv?sig=verysecret").failures == [f"no file matches {address}/none.csv"]


def test_the_error_of_an_unreachable_place_has_no_secrets(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://user:passw0rd@127.0.0.1:{closed.getsockname()[1]}/leads.csv?sig=verysecret"
        report = shop.load("lead", {"path": address}, {"path": "leads.csv"})
    (problem,) = report.failures
    assert problem.startswith(f"cannot list {address.replace('user:passw0rd@', '').partition('?')[0]}: ClientConnector")
    assert not [secret for secret in ("passw0rd", "verysecret", "user:") if secret in problem]
    assert report.rows == 1


def test_an_unknown_protocol(shop: Shop) -> None:
    (problem,) = shop.load(path="gopher://host/leads.csv").failures
    assert problem == "cannot list gopher://host/leads.csv: ValueError: Protocol not known: gopher"


@pytest.mark.skipif(importlib.util.find_spec("gcsfs") is not None, reason="the package is installed")
def test_a_missing_driver_is_named(shop: Shop) -> None:
    (problem,) = shop.load(path="gs://bucket/leads.csv").failures
    assert problem.startswith("cannot list gs://bucket/leads.csv: its driver is not installed; run `")
    assert problem.endswith("[gcs]'`")
