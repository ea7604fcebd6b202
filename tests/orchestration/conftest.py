"""Fixtures of the tests of sensors."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.resources import Vigie
from pipelines.storage.home import Home
from tests.orchestration.company import Company
from tests.orchestration.daemon import Daemon

NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Returns the daemon of a company without extracts, on a Monday."""
    company = Company(tmp_path)
    company.write_settings()
    with pytest.MonkeyPatch.context() as environment:
        # The instance sets its home in the environment of this process.
        environment.setenv("DAGSTER_HOME", "")
        with dagster_instance(Home(company.home)) as instance:
            vigie = Vigie(
                settings_path=str(company.folder / "settings.yaml"), home_path=str(company.home), as_of=NOW.isoformat()
            )
            yield Daemon(company, instance, vigie)
