"""The tables that are prepared for dbt: a view over the raw data of each stream, and the facts of the run."""

from collections.abc import Iterator

import dagster as dg

from pipelines.entities import ENTITIES
from pipelines.orchestration.keys import CONTROL, OWNER, RAW, STAGING, raw_key, table_key
from pipelines.orchestration.resources import Vigie
from pipelines.services.build import prepare_build, source_types
from pipelines.settings import Settings
from pipelines.warehouse import WarehouseError

_CONTROL_TABLES = ("run", "coverage", "kpi_target", "invalid_order_status", "mapped_column", "load")
# These change with every load; the others with the settings alone.
_DEPEND_ON_LOADS = frozenset({"coverage", "mapped_column", "load"})


def warehouse_tables(settings: Settings) -> dg.AssetsDefinition:
    """Returns the asset that creates the raw views and the control tables."""
    sources = _sources_by_table(settings)
    specs = [
        dg.AssetSpec(
            table_key(RAW, table),
            deps=keys,
            group_name=STAGING,
            description=(
                f"Every loaded version of {_rows(table)}: a view over the raw data of all sources of the type."
                if keys
                else f"No source delivers {_rows(table)}: an empty view."
            ),
            owners=[OWNER],
            kinds={"duckdb", "view"},
        )
        for table, keys in sources.items()
    ] + [
        dg.AssetSpec(
            table_key("control", table),
            deps=[key for keys in sources.values() for key in keys] if table in _DEPEND_ON_LOADS else [],
            group_name=CONTROL,
            description=f"A fact of the run that dbt reads: {table.replace('_', ' ')}.",
            owners=[OWNER],
            kinds={"duckdb"},
        )
        for table in _CONTROL_TABLES
    ]

    @dg.multi_asset(specs=specs, name="warehouse")
    def warehouse(vigie: Vigie) -> Iterator[dg.MaterializeResult[None]]:
        try:
            counts = prepare_build(vigie.installation()).row_counts
        except WarehouseError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        row_counts = {table_key(RAW, table): count for table, count in counts.items()}
        for spec in specs:
            metadata = {"dagster/row_count": row_counts[spec.key]} if spec.key in row_counts else {}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

    return warehouse


def _sources_by_table(settings: Settings) -> dict[str, list[dg.AssetKey]]:
    """Returns the raw views by name, each with the streams that fill it: none if no source delivers its rows."""
    tables: dict[str, list[dg.AssetKey]] = {
        f"{source_type}__{entity}": [] for source_type in source_types(settings) for entity in ENTITIES
    }
    for source, entity in settings.raw_tables():
        tables[f"{source.type}__{entity}"].append(raw_key(source.name, entity))
    return tables


def _rows(table: str) -> str:
    source_type, _, stream = table.partition("__")
    return f"{stream.replace('_', ' ')} rows from {source_type}"
