"""Demo companies for the tests, and a DuckDB session in the company's time zone."""

from collections.abc import Iterator

import duckdb
import pytest

import demo
from demo import DemoFacts


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> DemoFacts:
    """The demo company as `make run` generates it: default seed, default size."""
    return demo.write(tmp_path_factory.mktemp("demo") / "company")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> DemoFacts:
    """A company with 300 customers."""
    return demo.write(tmp_path_factory.mktemp("demo") / "small", customers=300)


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'Europe/Paris'")
        yield connection
