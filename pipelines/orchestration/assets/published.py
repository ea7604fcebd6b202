"""The copies of the tables that BI tools read."""

from collections.abc import Callable, Iterator

import dagster as dg

from pipelines.export.errors import PublishError
from pipelines.orchestration.keys import (
    ALERTS_KEY,
    FCT_KPI_KEY,
    MESSAGES_KEY,
    OWNER,
    POSTGRES_KEY,
    PUBLISHED,
    PUBLISHED_KEY,
)
from pipelines.orchestration.resources import Vigie
from pipelines.services.installation import Installation
from pipelines.services.publish import PublishReport, publish_tables, publish_to_postgres
from pipelines.settings import Settings
from pipelines.warehouse import WarehouseError

_DEPENDENCIES = [FCT_KPI_KEY, ALERTS_KEY, MESSAGES_KEY]


def published_assets(settings: Settings) -> Iterator[dg.AssetsDefinition]:
    """Yields the copies that the settings ask for; each fails and recovers by itself."""
    yield published
    if settings.publish.postgres.get_secret_value():
        yield in_postgres


@dg.asset(
    key=PUBLISHED_KEY,
    deps=_DEPENDENCIES,
    group_name=PUBLISHED,
    kinds={"duckdb", "parquet"},
    owners=[OWNER],
    description="The copy that BI tools read: published/kpi.duckdb, replaced by rename, and published/parquet.",
)
def published(vigie: Vigie) -> dg.MaterializeResult[None]:
    """Publishes the files."""
    return _publish(publish_tables, vigie)


@dg.asset(
    key=POSTGRES_KEY,
    deps=_DEPENDENCIES,
    group_name=PUBLISHED,
    kinds={"postgres"},
    owners=[OWNER],
    description="The copy in PostgreSQL, replaced in one transaction.",
)
def in_postgres(vigie: Vigie) -> dg.MaterializeResult[None]:
    """Publishes into PostgreSQL."""
    return _publish(publish_to_postgres, vigie)


def _publish(publish: Callable[[Installation], PublishReport], vigie: Vigie) -> dg.MaterializeResult[None]:
    try:
        report = publish(vigie.installation())
    except (PublishError, WarehouseError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(report.row_counts.values()),
            "tables": dict(report.row_counts),
            "is_new": report.is_new,
        }
    )
