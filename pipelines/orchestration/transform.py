"""From raw Parquet to KPI tables: the views dbt reads, then dbt itself with its tests as asset checks."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from pipelines import catalogue, warehouse
from pipelines.home import Home, state_of
from pipelines.orchestration import dbt_process
from pipelines.orchestration.dbt_process import Done
from pipelines.orchestration.ingest import raw_key
from pipelines.orchestration.resources import Vigie
from pipelines.settings import Settings, Source
from pipelines.sources import raw
from pipelines.sources.entities import ENTITIES
from pipelines.warehouse import WarehouseError

FCT_KPI = dg.AssetKey(["kpi", "fct_kpi"])

# What other systems look up by id changes rarely: to have looked and found nothing new is to be up to date.
_REFERENCE_ENTITIES = frozenset({"agent", "campaign", "customer", "fx_rate"})


class Translator(DagsterDbtTranslator):
    """How dbt's nodes appear in Dagster: grouped by folder, the raw entities as assets of the pipeline's own."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`<group>/<model>`; sources are the entity views and the control tables."""
        if dbt_resource_props["resource_type"] == "source":
            return source_key(dbt_resource_props["source_name"], dbt_resource_props["name"])
        return dg.AssetKey([_group(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """staging, intermediate, or the room of the mart."""
        return _group(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """The owner in the model's `meta`, else the data team."""
        return [dbt_resource_props.get("config", {}).get("meta", {}).get("owner", "team:data")]


def _group(node: Mapping[str, Any]) -> str:
    path = node["fqn"][1:-1]
    if node["resource_type"] == "seed":
        return "reference"
    if path[0] == "marts":
        return str(path[1])
    return "kpi" if path[0] == "metrics" else str(path[0])


def source_key(source_name: str, table: str) -> dg.AssetKey:
    """The key of a table that the pipeline lays for dbt: `entity/order`, `control/run`."""
    return dg.AssetKey(["entity" if source_name == "raw" else source_name, table])


def manifest_path(home: Home) -> Path:
    """The manifest of the dbt project, made anew when the project is newer than it.

    Raises WarehouseError with dbt's own words if the project cannot be parsed.
    """
    newest = _newest(catalogue.DBT_PROJECT)
    target = home.dbt / "manifest.json"
    if target.exists() and target.stat().st_mtime >= newest and _is_whole(target):
        return target
    home.dbt.mkdir(parents=True, exist_ok=True)
    prepared = catalogue.DBT_PROJECT / "target"
    if not (prepared / "manifest.json").exists() or (prepared / "manifest.json").stat().st_mtime < newest:
        parse(home.dbt)
        return target
    # What dbt parsed once it need not parse again: it compares by itself whether that fits this home.
    for name in ("partial_parse.msgpack", "manifest.json"):
        if (prepared / name).exists():
            half_made = home.dbt / f"{name}.{os.getpid()}.half"
            shutil.copy2(prepared / name, half_made)
            half_made.replace(home.dbt / name)
    return target


def _is_whole(manifest: Path) -> bool:
    """Whether a manifest can be read: dbt writes it in place, and may be killed or run out of room meanwhile."""
    try:
        json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def parse(target: Path) -> None:
    """Writes the manifest of the dbt project into `target`; WarehouseError with dbt's own words if that fails."""
    done = run_dbt(["parse"], target)
    if done.returncode != 0:
        raise WarehouseError(f"the dbt project cannot be parsed:\n{done.output}")


def _newest(project: Path) -> float:
    """The time of the last change to anything the manifest is made from."""
    return max(file.stat().st_mtime for file in _project_files(project))


def _project_files(project: Path) -> list[Path]:
    folders = ("macros", "models", "seeds", "tests")
    files = (file for folder in folders for file in (project / folder).rglob("*") if file.is_file())
    return sorted([*files, project / "dbt_project.yml", project / "profiles.yml"])


def build(settings: Settings, home: Home, select: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Runs `dbt build` on this home's warehouse, in the company's time zone; what became of each node.

    `select` names the models to build, all if empty. dbt runs in a process of its own, so that it lets go of the
    warehouse however it ends. Raises dg.Failure with dbt's own words if it did not get as far as its nodes.
    """
    target = home.dbt.absolute()
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    done = run_dbt(
        ["build", "--exclude-resource-type", "unit_test", *(["--select", *select] if select else [])],
        target,
        folder=home.path,
        VIGIE_TIMEZONE=settings.company.timezone,
    )
    if done.killed_by is not None or not results.exists():
        reason = (
            f"dbt was killed by {done.killed_by}: the machine may have run out of memory; run again"
            if done.killed_by is not None
            else f"dbt did not build anything: {_first_lines(done.output or f'it ended with status {done.returncode}')}"
        )
        raise dg.Failure(
            description=reason,
            metadata={"log": dg.MetadataValue.path(str(target / "dbt.log"))},
            allow_retries=False,
        )
    nodes: list[dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))["results"]
    return nodes


def run_dbt(arguments: Sequence[str], target: Path, *, folder: Path | None = None, **environment: str) -> Done:
    """Runs a dbt command on the project.

    `target` is for what dbt writes, `folder` holds the warehouse (the project's own folder if None), `environment` is
    what the profile reads.
    """
    project = str(catalogue.DBT_PROJECT)
    # dbt runs in another folder than this process.
    target = target.absolute()
    target.mkdir(parents=True, exist_ok=True)
    return dbt_process.run(
        [
            "--quiet", "--no-use-colors", "--log-level-file", "info", "--no-send-anonymous-usage-stats",
            "--log-path", str(target), *arguments,
            "--project-dir", project, "--profiles-dir", project, "--target-path", str(target),
        ],
        folder=folder or catalogue.DBT_PROJECT,
        environment={**os.environ, "DO_NOT_TRACK": "1", **environment},
        output=target / "output.txt",
    )  # fmt: skip


def entity_assets(settings: Settings) -> dg.AssetsDefinition:
    """The tables the pipeline lays for dbt: a view over raw for each entity, and the facts of the run."""
    filled: dict[str, list[dg.AssetKey]] = {}
    for source, entity in settings.raw_tables():
        filled.setdefault(entity, []).append(raw_key(source.name, entity))
    control = ("run", "coverage", "kpi_target", "invalid_order_status", "mapped_column")
    specs = [
        dg.AssetSpec(
            source_key("raw", entity),
            deps=filled.get(entity, []),
            group_name="entities",
            description=f"Every loaded version of {entity.replace('_', ' ')} rows, from all sources: a view over raw.",
            owners=["team:data"],
            kinds={"duckdb", "view"},
        )
        for entity in filled
    ] + [
        dg.AssetSpec(
            source_key("control", table),
            deps=[key for keys in filled.values() for key in keys] if table in ("coverage", "mapped_column") else [],
            group_name="control",
            description=f"What dbt is told of the run: {table.replace('_', ' ')}.",
            owners=["team:data"],
            kinds={"duckdb"},
        )
        for table in control
    ]

    @dg.multi_asset(specs=specs, name="entities")
    def entities(vigie: Vigie) -> Iterator[dg.MaterializeResult[None]]:
        settings = vigie.settings()
        home = vigie.home
        with home.lock():
            tables, counts = raw_tables(settings, home)
            facts = run_facts(settings, vigie)
            try:
                warehouse.lay_raw(home.warehouse, tables)
                warehouse.lay_control(home.warehouse, facts)
            except WarehouseError as error:
                raise dg.Failure(description=str(error), allow_retries=False) from None
            home.dbt.mkdir(parents=True, exist_ok=True)
            laid = {
                "inputs": _inputs(settings, vigie, tables, facts),
                "tells_of_later": warehouse.tells_of_later(home.warehouse, tables, facts.as_of),
            }
            _laid(home).write_text(json.dumps(laid), encoding="utf-8")
        for spec in specs:
            name = spec.key.path[-1]
            metadata = {"dagster/row_count": counts[name]} if spec.key.path[0] == "entity" else {}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

    return entities


def unfilled_entities(settings: Settings) -> list[dg.AssetSpec]:
    """The entity views that staging reads although no source fills them; nothing makes them an asset of their own."""
    filled = {entity for _, entity in settings.raw_tables()}
    return [
        dg.AssetSpec(
            source_key("raw", entity),
            group_name="entities",
            description=f"No source delivers {entity.replace('_', ' ')} rows: an empty view.",
            owners=["team:data"],
            kinds={"duckdb", "view"},
        )
        for entity in ENTITIES
        if entity not in filled
    ]


def raw_tables(settings: Settings, home: Home) -> tuple[list[warehouse.RawTable], dict[str, int]]:
    """What each entity is made of, and how many loaded rows that is."""
    files: dict[str, list[Path]] = {entity: [] for entity in ENTITIES}
    counts = dict.fromkeys(ENTITIES, 0)
    for source, entity in settings.raw_tables():
        for load in active_loads(source, entity, home):
            files[entity].append(load.rows_path(home.path.absolute()))
            counts[entity] += load.rows
    tables = [warehouse.RawTable(name, raw.columns(name), files[name]) for name in ENTITIES]
    return tables, counts


def active_loads(source: Source, entity: str, home: Home) -> list[raw.Load]:
    """The loads that make up a source's entity under the settings as they are."""
    return raw.active_loads(raw.loads(home.path, source.name, entity), source.fingerprints(entity))


def _laid(home: Home) -> Path:
    """The file that says what was laid for dbt last."""
    return home.dbt / "laid.json"


def _built(home: Home) -> Path:
    """The file that says what the tables were built from, and what the warehouse looked like then."""
    return home.dbt / "built.json"


def _inputs(settings: Settings, vigie: Vigie, tables: Sequence[warehouse.RawTable], facts: warehouse.RunFacts) -> str:
    """A digest of all that the tables depend on.

    While the clock runs, the day stands for the moment: periods end, mature and are covered at midnight, company time.
    That holds as long as the data tells of nothing later than the moment.
    """
    zone = ZoneInfo(settings.company.timezone)

    def day(moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(zone).date().isoformat()

    told = {
        "settings": settings.model_dump(mode="json"),
        "as_of": day(facts.as_of) if vigie.as_of is None else facts.as_of.isoformat(),
        "coverage": [(row.source, row.entity, day(row.covers_until)) for row in facts.coverage],
        "raw": {table.name: [str(file) for file in table.files] for table in tables},
        "project": _digest_of(catalogue.DBT_PROJECT),
        "duckdb": duckdb.__version__,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _digest_of(project: Path) -> str:
    digest = hashlib.sha256()
    for file in _project_files(project):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_up_to_date(settings: Settings, vigie: Vigie) -> bool:
    """Whether the tables in the warehouse are those that a build would make now: then none is needed."""
    home = vigie.home
    built = _noted(home)
    if built.get("tells_of_later", True) and vigie.as_of is None:
        # By now some of it may have happened.
        return False
    tables, _ = raw_tables(settings, home)
    inputs = _inputs(settings, vigie, tables, run_facts(settings, vigie))
    return built.get("inputs") == inputs and has_passed(home)


def has_passed(home: Home) -> bool:
    """Whether the warehouse is as a complete build left it that passed all its tests."""
    state = state_of(home.warehouse)
    return state is not None and _noted(home).get("warehouse") == list(state)


def _noted(home: Home) -> dict[str, Any]:
    """What is noted of the last complete build; nothing if there was none, or the note cannot be read."""
    try:
        noted: dict[str, Any] = json.loads(_built(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted


def note_built(home: Home) -> None:
    """Notes that the warehouse was built from what was laid last, and passed."""
    laid = json.loads(_laid(home).read_text(encoding="utf-8"))
    _built(home).write_text(json.dumps({**laid, "warehouse": state_of(home.warehouse)}), encoding="utf-8")


def run_facts(settings: Settings, vigie: Vigie) -> warehouse.RunFacts:
    """What dbt must know of this run."""
    return warehouse.RunFacts(
        as_of=vigie.now(),
        timezone=settings.company.timezone,
        currency=settings.company.currency,
        sector=settings.company.sector,
        active_days=settings.active_days,
        coverage=[
            warehouse.Coverage(
                source.name,
                entity,
                raw.coverage(vigie.home.path, source.name, entity, by_check=entity in _REFERENCE_ENTITIES),
            )
            for source, entity in settings.raw_tables()
        ],
        targets=[
            warehouse.Target(name, target.from_, float(target.target))
            for name, kpi in settings.kpis.items()
            for target in kpi.target
        ],
        invalid_order_statuses=settings.excluded_statuses,
        mapped_columns=[
            warehouse.MappedColumn(source.name, entity, column)
            for source, entity in settings.raw_tables()
            for column in sorted({name for load in active_loads(source, entity, vigie.home) for name in load.columns})
        ],
    )


def dbt_models(home: Home) -> dg.AssetsDefinition:
    """Every dbt model and seed, with its tests as asset checks."""
    manifest = manifest_path(home)

    @dbt_assets(
        manifest=manifest,
        name="dbt",
        dagster_dbt_translator=Translator(),
        exclude="resource_type:unit_test",
    )
    def models(context: dg.AssetExecutionContext, vigie: Vigie) -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
        names = {key: key.path[-1] for key in context.selected_asset_keys}
        with vigie.home.lock():
            results = build(vigie.settings(), vigie.home, sorted(names.values()) if context.is_subset else ())
            counts = warehouse.row_counts(vigie.home.warehouse)
            failures = dbt_failures(results)
            # Before another pass lays what it has: these tables were not made from that.
            if not failures and not context.is_subset:
                note_built(vigie.home)
        checks = {key.name: key for key in context.selected_asset_check_keys}
        outputs = {name: context.output_for_asset_key(key) for key, name in names.items()}
        for result in results:
            name = nodes[result["unique_id"]]["name"]
            if name in outputs and result["status"] == "success":
                yield dg.Output(None, outputs[name], metadata=_metadata(result, counts.get(name)))
            elif name in checks:
                yield _check_result(checks[name], result)
        if failures:
            raise dg.Failure(
                description="\n".join(failures),
                metadata={"log": dg.MetadataValue.path(str(vigie.home.dbt.absolute() / "dbt.log"))},
                allow_retries=False,
            )

    return models


def _metadata(result: Mapping[str, Any], rows: int | None) -> dict[str, float | int]:
    metadata: dict[str, float | int] = {"seconds": result["execution_time"]}
    return metadata if rows is None else {**metadata, "dagster/row_count": rows}


def _check_result(key: dg.AssetCheckKey, result: Mapping[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result["status"] == "pass",
        severity=dg.AssetCheckSeverity.WARN if result["status"] == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={"failures": result["failures"] or 0, "message": result["message"] or ""},
    )


def dbt_failures(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """What went wrong in a dbt run, a line a node; what was skipped for it is not named."""
    found = []
    for result in results:
        if result["status"] in ("error", "fail"):
            kind, _, name = result["unique_id"].split(".")[:3]
            found.append(f"dbt {kind} {name}: {_first_lines(result['message'])}")
    return found


def _first_lines(message: str | None) -> str:
    lines = [line.strip() for line in (message or "no message").splitlines() if line.strip()]
    return " ".join(lines[:3])
