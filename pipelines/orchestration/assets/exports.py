"""An asset for each scheduled export."""

from collections.abc import Iterator

import dagster as dg

from pipelines.export.errors import ExportError
from pipelines.export.settings import Export
from pipelines.orchestration.keys import EXPORTS, FCT_KPI_KEY, OWNER, export_key
from pipelines.orchestration.resources import Vigie
from pipelines.services import exports
from pipelines.settings import Settings


def export_assets(settings: Settings) -> Iterator[dg.AssetsDefinition]:
    """Returns one asset for each export of the settings."""
    for export in settings.exports:
        yield _export_asset(export)


def _export_asset(export: Export) -> dg.AssetsDefinition:
    @dg.asset(
        key=export_key(export.name),
        deps=[FCT_KPI_KEY],
        group_name=EXPORTS,
        kinds={export.format},
        owners=[OWNER],
        description=(
            f"The last {export.periods} complete {export.grain}s of {', '.join(export.kpis)} as {export.format}, "
            f"at '{export.schedule}' in the company's time zone. Written once a tick."
        ),
    )
    def export_file(context: dg.AssetExecutionContext, vigie: Vigie) -> dg.MaterializeResult[None]:
        installation = vigie.installation()
        try:
            with installation.ledger() as ledger:
                ticks = {found.name: tick for found, tick in exports.due_exports(installation, ledger)}
                tick = ticks.get(export.name)
                if tick is None:
                    return dg.MaterializeResult(metadata={"written": False})
                result = exports.write(installation, ledger, export, tick)
        except ExportError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        if result.warning:
            context.log.warning(result.warning)
        return dg.MaterializeResult(
            metadata={
                "written": True,
                "dagster/row_count": result.rows,
                **({"path": dg.MetadataValue.path(result.path)} if result.path else {}),
                **({"channels": ", ".join(result.channels)} if result.channels else {}),
                "sha256": result.sha256,
            }
        )

    return export_file
