"""The copy of the tables that BI tools read."""

import dagster as dg

from pipelines.export.errors import PublishError
from pipelines.orchestration.keys import ALERTS_KEY, FCT_KPI_KEY, MESSAGES_KEY, OWNER, PUBLISHED, PUBLISHED_KEY
from pipelines.orchestration.resources import Vigie
from pipelines.services.publish import publish_tables
from pipelines.warehouse import WarehouseError


@dg.asset(
    key=PUBLISHED_KEY,
    deps=[FCT_KPI_KEY, ALERTS_KEY, MESSAGES_KEY],
    group_name=PUBLISHED,
    kinds={"duckdb", "parquet"},
    owners=[OWNER],
    description="The copy that BI tools read: published/kpi.duckdb, replaced by rename, and published/parquet.",
)
def published(vigie: Vigie) -> dg.MaterializeResult[None]:
    """Publishes the tables."""
    try:
        report = publish_tables(vigie.installation())
    except (PublishError, WarehouseError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(report.row_counts.values()),
            "tables": dict(report.row_counts),
            "is_new": report.is_new,
        }
    )
