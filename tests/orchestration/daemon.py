"""A company as Dagster's daemon sees it: its sensors, evaluated as the daemon evaluates them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg

from pipelines.ledger import OutboxItem
from pipelines.orchestration import definitions, jobs, origin, sensors
from pipelines.orchestration.resources import Vigie
from pipelines.services.installation import Installation
from pipelines.settings import Settings
from tests.orchestration.company import Company


@dataclass
class Daemon:
    """A company, the Dagster instance with its runs, and the resource that a sensor receives."""

    company: Company
    instance: dg.DagsterInstance
    vigie: Vigie

    @property
    def settings(self) -> Settings:
        return self.vigie.installation().settings()

    def set_time(self, moment: datetime) -> None:
        """Sets the moment that counts as now."""
        self.vigie = Vigie(
            settings_path=self.vigie.settings_path, home_path=self.vigie.home_path, as_of=moment.isoformat()
        )

    def sensor(self, name: str) -> dg.SensorDefinition:
        settings = self.settings
        found = sensors.sensors(settings, list(jobs.export_jobs(settings)))
        return next(sensor for sensor in found if sensor.name == name)

    def tick(self, name: str, cursor: str | None = None) -> tuple[list[dg.RunRequest], str | None]:
        """Evaluates a sensor once; returns its requests and the cursor that the daemon stores if it starts them all."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=cursor,
            definitions=_definitions(self.vigie.settings_path, self.vigie.home_path),
            resources={"vigie": self.vigie},
        )
        result = self.sensor(name).evaluate_tick(context)
        assert result.run_requests or result.skip_message
        return list(result.run_requests or []), result.cursor

    def run_step(self, name: str, *, error: Exception | None = None) -> dg.ExecuteInProcessResult:
        """Runs a job with one step, which fails if there is an `error`."""

        @dg.op(name=name)
        def step() -> None:
            if error is not None:
                raise error

        @dg.job(name=f"{name}_job")
        def job() -> None:
            step()

        return job.execute_in_process(instance=self.instance, raise_on_error=False)

    def materialize(self, defs: dg.Definitions, keys: list[dg.AssetKey]) -> dg.DagsterRun:
        """Materializes assets as *Materialize* in the UI does; returns the run, which may have failed."""
        job = defs.get_repository_def().get_implicit_global_asset_job_def()
        run_id = str(uuid4())
        # The job of the UI has a process a step by default, which needs a code location on disk.
        config = {"execution": {"config": {"in_process": {}}}}
        origin.execute(job, self.instance, run_id=run_id, pass_id="none", run_config=config, selection=keys)
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run

    def follow(self, name: str, result: dg.ExecuteInProcessResult) -> Any:
        """Returns what a sensor of ended runs requests for this run."""
        context = dg.build_run_status_sensor_context(
            sensor_name=name,
            dagster_event=result.get_run_success_event() if result.success else result.get_run_failure_event(),
            dagster_instance=self.instance,
            dagster_run=self.instance.get_run_by_id(result.run_id) or result.dagster_run,
            resources={"vigie": self.vigie},
        )
        if name == "run_failed":
            return self.sensor(name)(context.for_run_failure())
        return self.sensor(name)(context)

    def outbox(self) -> list[OutboxItem]:
        """Returns the messages that wait for their delivery."""
        with self.vigie.installation().ledger() as ledger:
            return [waiting.item for waiting in ledger.undelivered(datetime.now(UTC))]


@lru_cache(maxsize=2)
def _definitions(settings: str, home: str) -> dg.Definitions:
    """Returns the definitions as of the first tick: the daemon, too, takes the jobs of sensors from memory."""
    return definitions.build(Installation(Path(settings), Path(home)))
