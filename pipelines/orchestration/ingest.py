"""An asset for each raw table: a source's extracts of one entity, taken into append-only Parquet."""

from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from pipelines.orchestration.resources import Vigie
from pipelines.settings import Settings, Source
from pipelines.sources import files, raw
from pipelines.sources.files import IngestReport

GROUP = "raw"


def raw_key(source: str, entity: str) -> dg.AssetKey:
    """The key of a raw table's asset."""
    return dg.AssetKey(["raw", source, entity])


def raw_assets(settings: Settings) -> Iterator[dg.AssetsDefinition]:
    """One asset for each source and entity of the settings."""
    for source, entity in settings.raw_tables():
        yield _raw_asset(source, entity)


def _raw_asset(source: Source, entity: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=raw_key(source.name, entity),
        group_name=GROUP,
        kinds={"file", "parquet"},
        owners=["team:data"],
        description=(
            f"{entity.replace('_', ' ').capitalize()} rows of the source {source.name}, as extracted: append-only "
            "Parquet, committed load by load. Rows that cannot be taken in go to quarantine."
        ),
    )
    def raw_table(context: dg.AssetExecutionContext, vigie: Vigie) -> dg.MaterializeResult[None]:
        settings = vigie.settings()
        now = vigie.wall_clock()
        report = files.ingest(
            source,
            entity,
            home=vigie.home.path,
            base=vigie.base,
            company_timezone=settings.company.timezone,
            now=now,
            covers_until=max(now, vigie.now()),
        )
        for line in report.deferred:
            context.log.warning(line)
        fingerprints = source.fingerprints(entity)
        known = raw.active_loads(raw.loads(vigie.home.path, source.name, entity), fingerprints)
        metadata = _metadata(report, sum(load.rows for load in known), raw.rows_left_out(known, fingerprints))
        if report.problems:
            raise dg.Failure(description="\n".join(report.problems), metadata=metadata, allow_retries=False)
        return dg.MaterializeResult(metadata=metadata)

    return raw_table


def _metadata(report: IngestReport, rows: int, left_out: int) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "new_rows": dg.MetadataValue.int(report.rows),
        "new_files": dg.MetadataValue.int(len(report.new_loads)),
        "unchanged_files": dg.MetadataValue.int(report.unchanged),
        "deferred_files": dg.MetadataValue.int(len(report.deferred)),
        "quarantined_rows": dg.MetadataValue.int(report.quarantined),
        "rows_left_out": dg.MetadataValue.int(left_out),
    }
    if report.refusals:
        refusals = [asdict(refusal) for refusal in report.refusals.values()]
        metadata["quarantined_because"] = dg.MetadataValue.json(refusals)
    return metadata
