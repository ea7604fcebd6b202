"""One complete pass in this process, through the same jobs that the daemon runs and after the same plan."""

import contextlib
import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import import_module
from threading import Thread
from time import monotonic
from typing import Any, Protocol
from uuid import uuid4

import dagster as dg

from pipelines.orchestration import definitions, origin, runs
from pipelines.orchestration.assets.raw import RECORDED
from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.interruption import interruptions
from pipelines.orchestration.keys import export_job_name, raw_key
from pipelines.orchestration.progress import BuildProgress
from pipelines.services import build, deliver, exports, plan
from pipelines.services.channel_outages import operators_problem
from pipelines.services.heartbeat import beat
from pipelines.services.installation import Installation
from pipelines.services.missing_money import record_missing_money
from pipelines.services.outages import Outcome
from pipelines.services.plan import Step
from pipelines.services.upgrade import upgrade_home
from pipelines.settings import Settings
from pipelines.sources import open_source
from pipelines.storage.files import StorageError, storage_reason

# Seconds to wait for the build of another pass, so as not to do it again.
_LONGEST_BUILD = 600.0
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(slots=True)
class StepReport:
    """A job of the pass: how it ended, how long it took (seconds), the metadata of its assets.

    One that was skipped, because its results are up to date, has no run.
    """

    job: str
    run_id: str | None
    succeeded: bool
    seconds: float
    metadata: Mapping[str, Mapping[str, object]]
    failures: list[Outcome] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    was_needed: bool = True


@dataclass(slots=True)
class PassReport:
    """A complete pass; `notes` say what the operator should know beside it.

    `reaches_operators` is false if their channel cannot deliver: nobody would learn of a failure.
    """

    as_of: datetime
    steps: list[StepReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reaches_operators: bool = True

    @property
    def succeeded(self) -> bool:
        """Whether every step succeeded, and whoever should know if one did not can be reached."""
        return self.reaches_operators and all(step.succeeded for step in self.steps)


class Progress(Protocol):
    """Is called as a pass proceeds."""

    def __call__(self, job: str, done: int, total: int) -> None:
        """Says that `job` is running, and how many of its models and tests have finished; 0 of 0 if it has none."""
        ...


def _no_progress(job: str, done: int, total: int) -> None:
    pass


def run_pass(installation: Installation, *, source: str | None = None, progress: Progress = _no_progress) -> PassReport:
    """Ingests, builds, evaluates, delivers, publishes and exports; a failure does not stop what can go on without it.

    Args:
        installation: the settings and the home folder.
        source: the only source that is ingested; every source without it.
        progress: is given the name of each job before it runs, and the counts of the build while it runs.

    Raises:
        SettingsError: the settings are refused.
        StorageError: the home folder belongs to another company, or cannot be written, so that not even the failure can
            be recorded.
        KeyboardInterrupt: the process was interrupted or terminated.
    """
    try:
        with interruptions() as is_interrupted:
            return _run_pass(installation, source, progress, is_interrupted)
    except StorageError:
        raise
    except Exception as error:
        reason = storage_reason(error)
        if reason is None:
            raise
        raise StorageError(f"cannot write in {installation.home.path}: {reason}") from error


def _run_pass(
    installation: Installation,
    source: str | None,
    progress: Progress,
    is_interrupted: Callable[[], bool],
) -> PassReport:
    settings = installation.settings()
    upgraded = upgrade_home(installation.home, settings.company.name)
    if not installation.home.warehouse.exists():
        # The models will be built: importing dagster-dbt takes seconds, which pass beside the ingest.
        Thread(target=import_module, args=("pipelines.orchestration.assets.dbt",), daemon=True).start()
    defs = definitions.build(installation, with_models=False)
    # What has been imported by now stays: it is not searched for garbage again and again.
    gc.freeze()
    report = PassReport(as_of=installation.now(), notes=[upgraded] if upgraded else [])
    # People see it as a tag of the runs: long enough for passes to differ.
    pass_id = uuid4().hex[:8]
    counts = BuildProgress(partial(progress, Step.TRANSFORM))
    with dagster_instance(installation.home) as instance, _quiet_output(counts):
        runs.close_dead_runs(instance)
        runs.delete_old_runs(instance, installation.wall_clock() - settings.retention.runs)

        def run_job(name: str) -> bool:
            progress(name, 0, 0)
            known = definitions.build(installation) if name == Step.TRANSFORM else defs
            selection = _keys_of(source, settings) if source is not None and name == Step.INGEST else []
            report.steps.append(_execute(known, name, selection, pass_id, instance, installation, is_interrupted))
            return report.steps[-1].succeeded

        step: Step | None = plan.FIRST if settings.sources else Step.TRANSFORM
        has_passed = True
        while step is not None:
            if step is Step.TRANSFORM and build.is_up_to_date(installation, patience=_LONGEST_BUILD):
                runs.record_up_to_date(installation)
                report.steps.append(_skipped(step, record_missing_money(installation)))
                succeeded = True
            else:
                succeeded = run_job(step)
            if step is Step.TRANSFORM:
                has_passed = succeeded
            step = plan.next_step(step, succeeded=succeeded, has_passed=has_passed)
        if has_passed:
            for export in exports.names_of_due_exports(installation):
                run_job(export_job_name(export))

        def deliver_the_rest() -> None:
            if deliver.has_due_messages(installation):
                # Failures and recoveries since the delivery above are reported in the same pass.
                run_job(Step.DELIVER)

        deliver_the_rest()
        report.notes += beat(installation, [step.job for step in report.steps if not step.succeeded])
        deliver_the_rest()
    problem = operators_problem(installation)
    if problem is not None:
        if not any(problem in step.warnings for step in report.steps):
            report.notes.append(problem)
        report.reaches_operators = False
    return report


def _skipped(step: Step, warnings: list[str]) -> StepReport:
    """A step that was not needed; what is wrong with its results is so still."""
    return StepReport(
        job=step, run_id=None, succeeded=True, seconds=0.0, metadata={}, warnings=warnings, was_needed=False
    )


def _keys_of(source: str, settings: Settings) -> list[dg.AssetKey]:
    """The assets of the streams of one source."""
    chosen = next(each for each in settings.sources if each.name == source)
    return [raw_key(source, stream.name) for stream in open_source(chosen).streams()]


def _execute(
    defs: dg.Definitions,
    name: str,
    selection: Sequence[dg.AssetKey],
    pass_id: str,
    instance: dg.DagsterInstance,
    installation: Installation,
    is_interrupted: Callable[[], bool],
) -> StepReport:
    started = monotonic()
    run_id = str(uuid4())
    try:
        events = origin.execute(
            defs.resolve_job_def(name), instance,
            run_id=run_id, pass_id=pass_id, run_config=_QUIET, selection=selection,
        )  # fmt: skip
        if is_interrupted():
            # How this run ended says nothing of the data: the next pass finds out, and records it.
            raise KeyboardInterrupt
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        # Dagster raises its own error in a step and around it.
        runs.close_interrupted_run(instance, run_id)
        raise KeyboardInterrupt from None
    outcomes = runs.record_run(instance, run_id, installation)
    metadata: dict[str, dict[str, object]] = {}
    for event in events:
        if event.asset_key is not None and event.is_step_materialization:
            metadata[event.asset_key.to_user_string()] = _values(event.step_materialization_data.materialization)
        elif event.asset_key is not None and event.is_asset_observation:
            # What a failed stream achieved is reported as well: the files that could be loaded.
            observed = _values(event.asset_observation_data.asset_observation)
            metadata.setdefault(event.asset_key.to_user_string(), observed)
    warnings = [
        entry.user_message
        for entry in instance.all_logs(run_id)
        if entry.level == logging.WARNING and entry.dagster_event is None
    ]
    return StepReport(
        job=name,
        run_id=run_id,
        succeeded=any(event.is_job_success for event in events),
        seconds=monotonic() - started,
        metadata=metadata,
        failures=[*_failed_streams(events), *(outcome for outcome in outcomes if outcome.reason is not None)],
        warnings=warnings,
    )


def _failed_streams(events: Iterable[dg.DagsterEvent]) -> Iterator[Outcome]:
    """Yields the streams that failed; the ingest has recorded them by itself."""
    for event in events:
        if event.is_step_failure and event.step_failure_data.user_failure_data is not None:
            recorded = event.step_failure_data.user_failure_data.metadata.get(RECORDED)
            source = (event.step_key or "").partition("__")[2]
            failed = recorded.value if isinstance(recorded, dg.JsonMetadataValue) else {}
            for stream, reason in failed.items() if isinstance(failed, dict) else ():
                yield Outcome("source", f"{source} {stream}".strip(), str(reason))


def _values(event: dg.AssetMaterialization | dg.AssetObservation) -> dict[str, object]:
    return {key: _plain(value) for key, value in event.metadata.items()}


def _plain(value: dg.MetadataValue[Any]) -> object:
    """Returns a value of metadata as JSON has it: a table is a list of its rows."""
    return [dict(record.data) for record in value.records] if isinstance(value, dg.TableMetadataValue) else value.value


@contextmanager
def _quiet_output(output: BuildProgress) -> Iterator[None]:
    """Keeps the log lines of Dagster and dbt off the terminal: failures are in the report and in Dagster.

    `output` gets the lines.
    """
    loggers = [logging.getLogger(name) for name in ("dagster", "dagster_dbt", "dagster.code_server")]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with contextlib.redirect_stdout(output):
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
