"""The tables that are prepared for dbt: a view over raw for each entity, and the facts of the run."""

from collections.abc import Iterator

import dagster as dg

from pipelines.entities import ENTITIES
from pipelines.orchestration.keys import CONTROL, OWNER, raw_key, table_key
from pipelines.orchestration.resources import Vigie
from pipelines.services.build import prepare_build
from pipelines.services.clock import ClockError
from pipelines.settings import Settings
from pipelines.sources import open_source
from pipelines.warehouse import WarehouseError

_CONTROL_TABLES = ("run", "coverage", "kpi_target", "kpi_parameter", "mapped_column")
# These change with every load; the others with the settings alone.
_DEPEND_ON_LOADS = frozenset({"coverage", "mapped_column"})


def warehouse_tables(settings: Settings) -> dg.AssetsDefinition:
    """Returns the asset that creates the raw views and the control tables."""
    filled: dict[str, list[dg.AssetKey]] = {}
    for source in settings.sources:
        for stream in open_source(source).streams():
            filled.setdefault(stream.name, []).append(raw_key(source.name, stream.name))
    specs = [
        dg.AssetSpec(
            table_key("raw", entity),
            deps=filled.get(entity, []),
            group_name="entities",
            description=f"Every loaded version of {entity.replace('_', ' ')} rows, from all sources: a view over raw.",
            owners=[OWNER],
            kinds={"duckdb", "view"},
        )
        for entity in filled
    ] + [
        dg.AssetSpec(
            table_key("control", table),
            deps=[key for keys in filled.values() for key in keys] if table in _DEPEND_ON_LOADS else [],
            group_name=CONTROL,
            description=f"What dbt must know of the run: {table.replace('_', ' ')}.",
            owners=[OWNER],
            kinds={"duckdb"},
        )
        for table in _CONTROL_TABLES
    ]

    @dg.multi_asset(specs=specs, name="entities")
    def entities(vigie: Vigie) -> Iterator[dg.MaterializeResult[None]]:
        try:
            counts = prepare_build(vigie.installation()).row_counts
        except (ClockError, WarehouseError) as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        for spec in specs:
            name = spec.key.path[-1]
            metadata = {"dagster/row_count": counts[name]} if spec.key.path[0] == "entity" else {}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

    return entities


def unfilled_entities(settings: Settings) -> list[dg.AssetSpec]:
    """Returns the entity views that staging reads although no source fills them."""
    filled = {stream.name for source in settings.sources for stream in open_source(source).streams()}
    return [
        dg.AssetSpec(
            table_key("raw", entity),
            group_name="entities",
            description=f"No source delivers {entity.replace('_', ' ')} rows: an empty view.",
            owners=[OWNER],
            kinds={"duckdb", "view"},
        )
        for entity in ENTITIES
        if entity not in filled
    ]
