"""The dbt models and seeds, with their tests as asset checks."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets

from pipelines.kpis import Grain
from pipelines.orchestration.environment import environment
from pipelines.orchestration.keys import FCT_KPI_KEY, KPI, OWNER, helpers, table_key
from pipelines.orchestration.metadata import PERIODS, kpi_values
from pipelines.orchestration.resources import Vigie
from pipelines.services.build import record_start, record_success
from pipelines.services.installation import Installation
from pipelines.services.missing_money import record_missing_money
from pipelines.storage.home import Home
from pipelines.transform.data_tests import describe_test
from pipelines.transform.dbt import GLOBAL_FLAGS, executable
from pipelines.transform.manifest import ensure_manifest
from pipelines.transform.project import project_folder
from pipelines.transform.results import early_end, error, failures, first_lines, read_results, row_count, warnings
from pipelines.transform.source_types import dbt_arguments
from pipelines.warehouse.readings import scores

_SELECTION = "resource_type:unit_test"
RUN_RESULTS = "run_results.json"
# Of a week the value changes as often as people look at it, and it needs no reading of weekdays.
_PLOTTED_GRAIN: Grain = "week"
_HELPER = "int_"
_STAGES_WITH_FAMILIES = frozenset({"intermediate", "marts"})

DbtDagsterEvent: TypeAlias = (
    dg.Output[Any] | dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckResult | dg.AssetCheckEvaluation
)


class Translator(DagsterDbtTranslator):
    """How dbt's nodes appear in Dagster: grouped by stage and family, the raw views and control tables as our own."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Returns `<stage or family>/<model>`; dbt sources are the raw views and the control tables."""
        if dbt_resource_props["resource_type"] == "source":
            return table_key(dbt_resource_props["source_name"], dbt_resource_props["name"])
        return dg.AssetKey([_family(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Returns the stage, or the family of a mart; the helpers of either have a group of their own.

        A model whose place in the order of the groups is another one names its group: `meta.dagster.group`.
        """
        named = dbt_resource_props.get("config", {}).get("meta", {}).get("dagster", {}).get("group")
        if named is not None:
            return str(named)
        family = _family(dbt_resource_props)
        return helpers(family) if dbt_resource_props["name"].startswith(_HELPER) else family

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Returns the description and where the SQL is; its template is no text for people who look at a table."""
        described = str(dbt_resource_props.get("description") or dbt_resource_props["name"]).strip()
        place = dbt_resource_props.get("original_file_path")
        return f"{described}\n\nDefined in `dbt_project/{place}`." if place else described

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Returns the owner in the model's `meta`, by default the data team."""
        return [dbt_resource_props.get("config", {}).get("meta", {}).get("owner", OWNER)]

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Returns the check of a data test, with the test's description or else what its kind of test demands."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=describe_test(manifest["nodes"][unique_id]))


def _family(node: Mapping[str, Any]) -> str:
    """Returns `staging`, `canonical`, the family or `kpi`: the folder of a model, seeds belong to the KPIs."""
    stage, *folders = node["fqn"][1:-1] or [KPI]
    if stage in _STAGES_WITH_FAMILIES:
        return str(folders[0])
    return str(stage)


def dbt_resource(home: Home) -> DbtCliResource:
    """Returns dagster-dbt's resource for the project, with Vigie's own dbt program."""
    return DbtCliResource(
        project_dir=str(project_folder()),
        profiles_dir=str(project_folder()),
        dbt_executable=str(executable()),
        global_config_flags=list(GLOBAL_FLAGS),
    )


def dbt_models(installation: Installation) -> dg.AssetsDefinition:
    """Returns the asset definition of every dbt model and seed, with its tests as asset checks.

    Source types that the settings lack are not built: their staging models are not in the manifest.

    Raises:
        TransformError: the dbt project cannot be parsed, or lacks staging models of a source type.
    """
    arguments = dbt_arguments({source.type for source in installation.settings().sources})
    manifest = ensure_manifest(installation.home.dbt, arguments)

    @dbt_assets(manifest=manifest, name="dbt", dagster_dbt_translator=Translator(), exclude=_SELECTION)
    def models(context: dg.AssetExecutionContext, vigie: Vigie, dbt: DbtCliResource) -> Iterator[DbtDagsterEvent]:
        installation = vigie.installation()
        home = installation.home
        timezone = installation.settings().company.timezone
        with home.lock():
            had_passed = record_start(home)
            # If dbt ends before it runs anything, the results of the last run must not pass for its own.
            (home.dbt / RUN_RESULTS).unlink(missing_ok=True)
            with environment(VIGIE_DBT_FOLDER=str(home.path.absolute()), VIGIE_TIMEZONE=timezone):
                invocation = dbt.cli(
                    [
                        "build", *arguments, "--exclude-resource-type", "unit_test",
                        # For people, and a tenth faster to build: dagster-dbt asks for JSON, which it reads elsewhere.
                        "--log-path", str(home.dbt.absolute()), "--log-format-file", "text",
                    ],
                    context=context,
                    target_path=home.dbt.absolute(),
                    raise_on_error=False,
                )  # fmt: skip
            errors: list[str] = []
            try:
                yield from _events(invocation, context, errors)
            except BaseException:
                # Left alone, dbt would go on writing to the warehouse without the home's lock.
                invocation.process.terminate()
                invocation.process.wait()
                raise
            reason = _failure(invocation, errors)
            for line in warnings(_results(invocation)):
                context.log.warning(line)
            # Of a part of the models, the others are as before: the tables pass if they passed then.
            if reason is None and (had_passed or not context.is_subset):
                record_success(home, installation.wall_clock())
            if reason is None and FCT_KPI_KEY in context.selected_asset_keys:
                yield _kpi_values(installation)
        if reason is None:
            for line in record_missing_money(installation):
                context.log.warning(line)
        if reason is not None:
            raise dg.Failure(
                description=reason,
                metadata={"log": dg.MetadataValue.path(str(home.dbt.absolute() / "dbt.log"))},
                allow_retries=False,
            )

    return models


def _kpi_values(installation: Installation) -> dg.AssetObservation:
    """Returns the KPIs of their last complete week, which Dagster plots over builds; needs the home's lock."""
    settings = installation.settings()
    watched = {rule.kpi for rule in settings.rules} | settings.kpis.keys()
    values = kpi_values(scores(installation.home.warehouse, _PLOTTED_GRAIN), watched)
    return dg.AssetObservation(
        FCT_KPI_KEY,
        description=f"Values of the company as a whole: of each KPI's last complete {_PLOTTED_GRAIN}, see {PERIODS}.",
        metadata=values,
    )


def _events(
    invocation: DbtCliInvocation, context: dg.AssetExecutionContext, errors: list[str]
) -> Iterator[DbtDagsterEvent]:
    """Returns dbt's events as models and tests finish, models with their row counts; adds its errors to `errors`."""
    rows: dict[str, int] = {}
    for message in invocation.stream_raw_events():
        problem = error(message.raw_event)
        if problem is not None:
            errors.append(problem)
        counted = row_count(message.raw_event)
        if counted is not None:
            rows[counted[0]] = counted[1]
            continue
        for event in message.to_default_asset_events(
            manifest=invocation.manifest,
            dagster_dbt_translator=invocation.dagster_dbt_translator,
            context=context,
            target_path=invocation.target_path,
        ):
            node = message.raw_event["data"]["node_info"]["unique_id"]
            if isinstance(event, dg.Output) and node in rows:
                yield event.with_metadata({**event.metadata, "dagster/row_count": rows[node]})
            else:
                yield event


def _failure(invocation: DbtCliInvocation, errors: Sequence[str]) -> str | None:
    """Returns why a build failed, a line a node; None if it succeeded."""
    status = invocation.process.wait()
    if status == 0:
        return None
    if status < 0:
        return f"dbt was killed by signal {-status}: the machine may have run out of memory; run again"
    lines = failures(_results(invocation))
    if lines:
        return "\n".join(lines)
    return f"dbt did not build anything: {early_end(errors) or first_lines(str(invocation.get_error()))}"


def _results(invocation: DbtCliInvocation) -> list[dict[str, Any]]:
    """Returns the results of the nodes that dbt ran; none if it ended before it ran any."""
    return read_results(Path(invocation.target_path) / RUN_RESULTS)
