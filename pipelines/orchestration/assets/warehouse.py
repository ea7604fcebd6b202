"""The tables that are prepared for dbt: a view over the raw data of each stream, and the facts of the run."""

from collections.abc import Iterator

import dagster as dg

from pipelines.orchestration.keys import CONTROL, OWNER, RAW, RAW_VIEWS, raw_key, table_key
from pipelines.orchestration.resources import Vigie
from pipelines.raw import RawStoreError
from pipelines.services.build import prepare_build, staged_streams
from pipelines.services.clock import ClockError
from pipelines.settings import Settings
from pipelines.sources import open_source
from pipelines.warehouse import WarehouseError

_CONTROL_TABLES = (
    "run",
    "source",
    "ignored_email",
    "increment",
    "coverage",
    "kpi_target",
    "kpi_parameter",
    "rfm_band",
    "team_calendar",
    "business_hours",
    "mapped_column",
    "declared_delivery",
    "load",
)
# These change with every load; the others with the settings alone.
_DEPEND_ON_LOADS = frozenset({"increment", "coverage", "mapped_column", "load"})


def warehouse_tables(settings: Settings) -> dg.AssetsDefinition:
    """Returns the asset that creates the raw views and the control tables."""
    views = {
        (source_type, stream.name): _view_spec(source_type, stream.name, stream.label, settings)
        for source_type, stream in staged_streams(settings)
    }
    raw_keys = [dep.asset_key for spec in views.values() for dep in spec.deps]
    specs = [
        *views.values(),
        *(
            dg.AssetSpec(
                table_key(CONTROL, table),
                deps=raw_keys if table in _DEPEND_ON_LOADS else [],
                group_name=CONTROL,
                description=f"A fact of the run that dbt reads: {table.replace('_', ' ')}.",
                owners=[OWNER],
                kinds={"duckdb"},
            )
            for table in _CONTROL_TABLES
        ),
    ]

    @dg.multi_asset(specs=specs, name="warehouse")
    def warehouse(vigie: Vigie) -> Iterator[dg.MaterializeResult[None]]:
        try:
            prepared = prepare_build(vigie.installation())
        except (ClockError, RawStoreError, WarehouseError) as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        for table in prepared:
            yield dg.MaterializeResult(
                asset_key=table_key(table.schema, table.name),
                metadata={} if table.rows is None else {"dagster/row_count": table.rows},
                data_version=dg.DataVersion(table.version),
            )

    return warehouse


def _view_spec(source_type: str, stream: str, label: str, settings: Settings) -> dg.AssetSpec:
    """Returns the asset of a raw view: it depends on the stream of every source of the type that delivers it."""
    keys = [
        raw_key(source.name, stream)
        for source in settings.sources
        if source.type == source_type and stream in {delivered.name for delivered in open_source(source).streams()}
    ]
    return dg.AssetSpec(
        table_key(RAW, f"{source_type}__{stream}"),
        deps=keys,
        group_name=RAW_VIEWS,
        description=(
            f"Every loaded version of {label} rows: a view over the raw data of all sources of the type {source_type}."
            if keys
            else f"No source of the type {source_type} delivers {label} rows: an empty view."
        ),
        owners=[OWNER],
        kinds={"duckdb", "view"},
    )
