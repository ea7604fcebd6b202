"""One complete pass in this process, through the same jobs that the daemon runs."""

import errno
import fcntl
import gc
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic

import dagster as dg
from sqlalchemy.exc import OperationalError

from pipelines.orchestration import dbt_process, definitions, exporting, jobs, leftovers, transform, troubles
from pipelines.orchestration.resources import Vigie
from pipelines.orchestration.troubles import Outcome
from pipelines.settings import Settings
from pipelines.warehouse import WarehouseError

INSTANCE_SETTINGS = Path(__file__).resolve().parents[2] / "dagster.yaml"

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageError(WarehouseError):
    """The home folder takes no more; the message says what to do."""


@dataclass(slots=True)
class StepReport:
    """A job of the pass: how it ended, how long it took (seconds), what it told of its assets.

    One that was not needed, because its results are up to date, has no run.
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
    """A complete pass."""

    as_of: datetime
    steps: list[StepReport] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether every step did what it was for."""
        return all(step.succeeded for step in self.steps)


def instance_folder(home: Path) -> Path:
    """Where the Dagster instance of a home folder lies."""
    return (home / "dagster").absolute()


@contextmanager
def dagster_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a home folder, made if it is not there."""
    folder = instance_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    # By rename: another pass may be reading it.
    half_made = folder / f"dagster.{os.getpid()}.half"
    shutil.copyfile(INSTANCE_SETTINGS, half_made)
    half_made.replace(folder / "dagster.yaml")
    with ExitStack() as stack:
        # The first one makes its databases, which two processes must not do at once.
        with (folder / "dagster.lock").open("a") as lock, _environment("DAGSTER_HOME", str(folder)):
            fcntl.flock(lock, fcntl.LOCK_EX)
            instance = stack.enter_context(dg.DagsterInstance.from_config(str(folder)))
        yield instance


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """Sets a variable for a moment: settings that were read before the environment changed are read again."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def one_pass(
    settings_path: Path,
    home_path: Path,
    *,
    as_of: datetime | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> PassReport:
    """Ingest, transform, watch, deliver, publish, export; what fails leaves the rest alone where it can.

    Nothing is judged, published or exported if the tables could not be built; if they are up to date they are not built
    again. Raises SettingsError, StorageError if not even what failed can be written down, and KeyboardInterrupt if the
    process is interrupted or terminated.
    """
    try:
        home_path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{home_path} cannot be the home folder ({error.strerror}); name another with --home"
        ) from error
    try:
        return _one_pass(settings_path, home_path, as_of, progress)
    except (OSError, OperationalError, RuntimeError, WarehouseError) as error:
        reason = _disk_is_full(error)
        if reason is None:
            raise
        raise StorageError(f"cannot write in {home_path}: {reason}; make room, then run again") from error


def _disk_is_full(error: BaseException) -> str | None:
    """What a chain of errors says of a disk that is full, None if it is about something else."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError) and found.errno in _FULL:
            return found.strerror
        if isinstance(found, OperationalError) and "disk is full" in str(found.orig):
            return str(found.orig)
        found = found.__cause__ or found.__context__
    return None


def _one_pass(
    settings_path: Path, home_path: Path, as_of: datetime | None, progress: Callable[[str], None]
) -> PassReport:
    dbt_process.start_importing()
    built = definitions.build(settings_path, home_path, as_of.isoformat() if as_of else None)
    vigie = Vigie(
        settings_path=str(settings_path), home_path=str(home_path), as_of=as_of.isoformat() if as_of else None
    )
    settings = vigie.settings()
    # What is there by now stays: it is not searched for garbage again and again.
    gc.freeze()
    report = PassReport(as_of=vigie.now())
    with dagster_instance(home_path) as instance, _quiet_logs():
        leftovers.close_dead_runs(instance)

        def succeeds(name: str) -> bool:
            progress(name)
            report.steps.append(_execute(built, name, instance, vigie))
            return report.steps[-1].succeeded

        for name in (job.name for job in jobs.jobs(settings)):
            if name == jobs.TRANSFORM.name and transform.is_up_to_date(settings, vigie):
                report.steps.append(_not_needed(name))
            elif not succeeds(name) and name == jobs.TRANSFORM.name:
                # What fails is told even if there is nothing new to judge.
                succeeds(jobs.DELIVER.name)
                return report
        for export in _due_exports(settings, vigie):
            succeeds(exporting.export_job_name(export))
        if _has_messages(vigie):
            # The others went out before: what failed since, or works again, is told now.
            succeeds(jobs.DELIVER.name)
    return report


def _not_needed(name: str) -> StepReport:
    return StepReport(job=name, run_id=None, succeeded=True, seconds=0.0, metadata={}, was_needed=False)


def _due_exports(settings: Settings, vigie: Vigie) -> list[str]:
    with vigie.ledger() as ledger:
        return [export.name for export, _ in exporting.due_exports(settings, vigie, ledger)]


def _has_messages(vigie: Vigie) -> bool:
    with vigie.ledger() as ledger:
        return ledger.count_due(vigie.wall_clock()) > 0


def _execute(built: dg.Definitions, name: str, instance: dg.DagsterInstance, vigie: Vigie) -> StepReport:
    started = monotonic()
    result = built.resolve_job_def(name).execute_in_process(instance=instance, run_config=_QUIET, raise_on_error=False)
    outcomes = troubles.note_run(instance, result.run_id, vigie)
    if any(troubles.is_interrupted(event) for event in result.all_events):
        raise KeyboardInterrupt
    metadata: dict[str, dict[str, object]] = {
        event.asset_key.to_user_string(): {
            key: value.value for key, value in event.step_materialization_data.materialization.metadata.items()
        }
        for event in result.all_events
        if event.is_step_materialization and event.asset_key is not None
    }
    # What a failed step got done is told as well: the files of its source that could be loaded.
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.user_failure_data is not None:
            told = event.step_failure_data.user_failure_data.metadata
            metadata[event.step_key or name] = {key: value.value for key, value in told.items()}
    warnings = [
        entry.user_message
        for entry in instance.all_logs(result.run_id)
        if entry.level == logging.WARNING and entry.dagster_event is None
    ]
    return StepReport(
        job=name,
        run_id=result.run_id,
        succeeded=result.success,
        seconds=monotonic() - started,
        metadata=metadata,
        failures=[outcome for outcome in outcomes if outcome.reason is not None],
        warnings=warnings,
    )


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Keeps the libraries' log lines off the terminal: what went wrong is in the report and in Dagster."""
    loggers = [logging.getLogger(name) for name in ("dagster", "dagster_dbt", "dagster.code_server")]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
