"""An asset for each stream, one step for each source: rows as extracted, in append-only Parquet."""

from collections.abc import Iterator, Set
from dataclasses import asdict
from datetime import timedelta

import dagster as dg

from pipelines.orchestration.keys import OWNER, RAW, raw_key
from pipelines.orchestration.resources import Vigie
from pipelines.raw import Stream
from pipelines.services.clock import ClockError
from pipelines.services.ingest import StreamResult, ingest_source
from pipelines.settings import Settings
from pipelines.sources import SourceSettings, open_source

# The metadata key that says that a failed ingest has recorded its outages itself.
RECORDED = "failed_streams"

_WELL = "source_is_well"
_WELL_DESCRIPTION = "The source could be read, delivers as often as expected, and few enough of its rows are rejected."

# An ingest runs every hour by default; a raw asset that none has materialized for so long shows as stale.
_FRESH_FOR = timedelta(days=1)
# Dagster accepts none that is shorter.
_SHORTEST_WINDOW = timedelta(minutes=1)


def raw_assets(settings: Settings) -> Iterator[dg.AssetsDefinition]:
    """Returns a multi-asset for each source of the settings, with an asset for each of its streams."""
    for source in settings.sources:
        yield _raw_assets(source)


def _raw_assets(source: SourceSettings) -> dg.AssetsDefinition:
    streams = {raw_key(source.name, stream.name): stream for stream in open_source(source).streams()}

    @dg.multi_asset(
        name=f"{RAW}__{source.name.replace('-', '_')}",
        specs=[_spec(source, key, stream) for key, stream in streams.items()],
        check_specs=[dg.AssetCheckSpec(_WELL, asset=key, description=_WELL_DESCRIPTION) for key in streams],
        can_subset=True,
    )
    def extract(
        context: dg.AssetExecutionContext, vigie: Vigie
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetObservation | dg.AssetCheckResult]:
        chosen = [streams[key].name for key in sorted(context.selected_asset_keys)]
        try:
            results = ingest_source(vigie.installation(), source, chosen)
        except ClockError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        counted: set[str] = set()
        for result in results:
            for line in (*result.report.deferred, *(f"{source.name}: {warning}" for warning in result.warnings)):
                context.log.warning(line)
            key = raw_key(source.name, result.report.stream)
            metadata = _metadata(result, counted)
            counted |= result.report.new_files | result.report.known_files
            if result.is_well:
                # The same version again: what is built from the stream does not become stale.
                version = dg.DataVersion(result.version)
                yield dg.MaterializeResult(asset_key=key, metadata=metadata, data_version=version)
            else:
                # What could be loaded of a stream that failed shows as well, but does not make it fresh.
                yield dg.AssetObservation(key, metadata=metadata)
            yield _check(key, result)
        failed = {result.report.stream: result.reason for result in results if result.reason is not None}
        if results and results[0].source_reason is not None:
            # Not of a stream, but of the source as a whole.
            failed[""] = results[0].source_reason
        if failed:
            raise dg.Failure(
                description="\n".join(f"{stream}: {reason}" if stream else reason for stream, reason in failed.items()),
                metadata={RECORDED: dg.MetadataValue.json(failed)},
                allow_retries=False,
            )

    return extract


def _spec(source: SourceSettings, key: dg.AssetKey, stream: Stream) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        group_name=RAW,
        kinds={source.type, "parquet"},
        owners=[OWNER],
        freshness_policy=_freshness(source.expected_every),
        # A stream that failed has no materialization, and the others have theirs.
        skippable=True,
        description=(
            f"{stream.label.capitalize()} rows of the source {source.name}, as extracted: append-only Parquet, "
            "committed load by load. Rows that fail validation are quarantined."
        ),
    )


def _freshness(expected: timedelta | None) -> dg.FreshnessPolicy:
    """What shows a stream as stale: a source that is expected to deliver fails as long as it is quiet."""
    window = max(expected or _FRESH_FOR, _SHORTEST_WINDOW)
    return dg.FreshnessPolicy.time_window(fail_window=2 * window, warn_window=window)


def _check(key: dg.AssetKey, result: StreamResult) -> dg.AssetCheckResult:
    reasons = [reason for reason in (result.reason, result.source_reason) if reason is not None]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=_WELL,
        passed=result.is_well,
        metadata={"reason": dg.MetadataValue.text("\n".join(reasons))} if reasons else {},
    )


def _metadata(result: StreamResult, counted: Set[str]) -> dict[str, dg.MetadataValue]:
    """Returns what an asset shows of an ingest.

    `counted` are the files that other streams of the step have read: one file may fill several entities, and counts
    once in the sum over the streams.
    """
    report = result.report
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(result.rows),
        "new_rows": dg.MetadataValue.int(report.rows),
        "new_files": dg.MetadataValue.int(len(report.new_files) or len(report.new_loads)),
        "unchanged_files": dg.MetadataValue.int(len(report.known_files) or report.unchanged),
        "deferred_files": dg.MetadataValue.int(len(report.deferred)),
        "filtered_rows": dg.MetadataValue.int(report.filtered),
        "quarantined_rows": dg.MetadataValue.int(report.quarantined),
        "rows_left_out": dg.MetadataValue.int(result.rejected_rows),
    }
    for name, files in (("new_files", report.new_files), ("unchanged_files", report.known_files)):
        if shared := files & counted:
            metadata[f"{name}_of_other_streams"] = dg.MetadataValue.int(len(shared))
    if result.warnings:
        metadata["warnings"] = dg.MetadataValue.md("\n".join(f"- {warning}" for warning in result.warnings))
    if report.rejections:
        rejections = [asdict(rejection) for rejection in report.rejections.values()]
        metadata["quarantined_because"] = dg.MetadataValue.json(rejections)
    return metadata
