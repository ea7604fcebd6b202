"""What all tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from moto.server import ThreadedMotoServer

from tests.servers.postgres import PostgresServer, running_postgres, why_postgres_is_missing

# A busy machine is no defect: examples have no deadline of their own, the suite as a whole has one.
settings.register_profile("vigie", deadline=None)
settings.load_profile("vigie")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the slow tests last."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An object store that all tests of a process share.

    fsspec keeps its clients for the life of the process, each with the endpoint that it first saw: with one server a
    module, the second module of a process would call the server of the first, which has stopped.
    """
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def s3_environment(s3_endpoint: str) -> Iterator[None]:
    """The variables with which every client of AWS finds the object store."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": s3_endpoint,
            "AWS_ACCESS_KEY_ID": "vigie",
            "AWS_SECRET_ACCESS_KEY": "hunter2-secret",
            "AWS_DEFAULT_REGION": "eu-west-3",
        }.items():
            environment.setenv(name, value)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            environment.delenv(name, raising=False)
        yield


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
