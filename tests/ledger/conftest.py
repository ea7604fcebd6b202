"""A ledger in SQLite and one in PostgreSQL: the tests that use `ledger` or `url` run on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.ledger import Ledger
from tests.servers.postgres import PostgresServer, running_postgres, why_postgres_is_missing


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    reason = why_postgres_is_missing()
    if reason is not None:
        pytest.skip(reason)
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def shared_postgres_database(postgres_server: PostgresServer) -> str:
    return postgres_server.create_database()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, shared_postgres_database: str) -> str:
    """The URL of an empty PostgreSQL database."""
    postgres_server.clear_database(shared_postgres_database)
    return shared_postgres_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, path: Path) -> str:
    """The URL of a ledger that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{path}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with Ledger(url) as opened:
        yield opened
