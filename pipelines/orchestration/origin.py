"""Runs that `vigie run` makes, under the name of the code location that the daemon and the web server load.

A job that is executed in the process at hand has no origin, and Dagster's UI shows its runs under no job: neither in
the timeline, nor on the page of the job. Decision 15 says what of Dagster is private here, and why.
"""

from collections.abc import Mapping, Sequence

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

# As workspace.yaml names the code location, and as Dagster names the repository of a module's one `Definitions`.
LOCATION = "vigie"
REPOSITORY = "__repository__"

# The tag of the runs of one pass of `vigie run`, which starts what follows by itself; its value is the pass.
RUN_TAG = "vigie/pass"


def execute(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    *,
    run_id: str,
    pass_id: str,
    run_config: Mapping[str, object],
    selection: Sequence[dg.AssetKey] = (),
) -> list[dg.DagsterEvent]:
    """Executes a job in this process as a run of the code location; returns its events.

    Args:
        job: one of the repository's jobs.
        instance: where the run is recorded.
        run_id: the id of the new run.
        pass_id: the pass that the run is part of.
        run_config: the configuration of the run.
        selection: the assets that are materialized; all of the job's if there are none.

    Raises:
        KeyboardInterrupt: the process was interrupted.
        DagsterExecutionInterruptedError: it was interrupted in a step.
    """
    run = instance.create_run_for_job(
        job_def=job,
        run_id=run_id,
        run_config=run_config,
        tags={**job.run_tags, RUN_TAG: pass_id},
        asset_selection=frozenset(selection) or None,
        remote_job_origin=_origin(job.name),
    )
    return list(execute_run_iterator(InMemoryJob(job), run, instance))


def is_part_of_a_pass(run: dg.DagsterRun) -> bool:
    """Whether `vigie run` made a run: it starts what follows and records how the run ended itself.

    A run that somebody executes again in the UI has the tags of the first one, but nobody else to continue it.
    """
    return RUN_TAG in run.tags and run.parent_run_id is None


def _origin(job: str) -> RemoteJobOrigin:
    location = RegisteredCodeLocationOrigin(LOCATION)
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), job)
