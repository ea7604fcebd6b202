"""A HubSpot account on loopback, and extracts of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import HubSpotServer


@pytest.fixture
def server() -> Iterator[HubSpotServer]:
    server = HubSpotServer(NOW - timedelta(minutes=1))
    with server.running():
        yield server


@pytest.fixture
def extract(server: HubSpotServer, tmp_path: Path) -> Extract:
    return Extract(server, tmp_path)
