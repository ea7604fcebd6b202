"""An asset for each stream of a source: its rows as extracted, in append-only Parquet."""

from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from pipelines.orchestration.keys import OWNER, RAW, raw_key
from pipelines.orchestration.resources import Vigie
from pipelines.services.ingest import StreamResult, ingest_stream
from pipelines.settings import Settings, Source


def raw_assets(settings: Settings) -> Iterator[dg.AssetsDefinition]:
    """Returns one asset for each source and entity of the settings."""
    for source, entity in settings.raw_tables():
        yield _raw_asset(source, entity)


def _raw_asset(source: Source, entity: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=raw_key(source.name, entity),
        group_name=RAW,
        kinds={"file", "parquet"},
        owners=[OWNER],
        description=(
            f"{entity.replace('_', ' ').capitalize()} rows of the source {source.name}, as extracted: append-only "
            "Parquet, committed load by load. Rows that fail validation are quarantined."
        ),
    )
    def raw_stream(context: dg.AssetExecutionContext, vigie: Vigie) -> dg.MaterializeResult[None]:
        result = ingest_stream(vigie.installation(), source, entity)
        for line in result.report.deferred:
            context.log.warning(line)
        metadata = _metadata(result)
        if result.report.problems:
            raise dg.Failure(description="\n".join(result.report.problems), metadata=metadata, allow_retries=False)
        return dg.MaterializeResult(metadata=metadata)

    return raw_stream


def _metadata(result: StreamResult) -> dict[str, dg.MetadataValue]:
    report = result.report
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(result.rows),
        "new_rows": dg.MetadataValue.int(report.rows),
        "new_files": dg.MetadataValue.int(len(report.new_loads)),
        "unchanged_files": dg.MetadataValue.int(report.unchanged),
        "deferred_files": dg.MetadataValue.int(len(report.deferred)),
        "quarantined_rows": dg.MetadataValue.int(report.quarantined),
        "rows_left_out": dg.MetadataValue.int(result.rejected_rows),
    }
    if report.refusals:
        refusals = [asdict(refusal) for refusal in report.refusals.values()]
        metadata["quarantined_because"] = dg.MetadataValue.json(refusals)
    return metadata
