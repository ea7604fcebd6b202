"""A helpdesk and extracts of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.sources.rest.session import VendorSession
from pipelines.sources.zendesk import source
from tests.vendors.zendesk.desk import Desk, Extract


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with desk.server.running():
        yield desk


@pytest.fixture
def extract(desk: Desk, tmp_path: Path) -> Extract:
    return Extract(desk.server, tmp_path)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither rates nor retries are waited for."""
    monkeypatch.setattr(source, "VENDOR", replace(source.VENDOR, limits=[]))
    monkeypatch.setattr(VendorSession.__init__, "__defaults__", (lambda _: None,))
