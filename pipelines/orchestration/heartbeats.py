"""The heartbeat of passes that the daemon runs: chains of jobs, each started by the sensor that saw one end."""

from collections.abc import Sequence

import dagster as dg

from pipelines.orchestration.origin import is_part_of_a_pass
from pipelines.services import build, plan
from pipelines.services.heartbeat import beat, read_heartbeat
from pipelines.services.installation import Installation
from pipelines.services.plan import Step

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
# More runs than that do not belong to one pass.
_MOST_RUNS = 50


def beat_if_a_pass_ended(instance: dg.DagsterInstance, run: dg.DagsterRun, installation: Installation) -> list[str]:
    """Says that a pass has ended, if a run was its last one; returns what prevented it, in words.

    A delivery that only retries messages ends no pass: it would hide that nothing is ingested any more.
    """
    if run.job_name not in list(Step):
        return []
    has_passed = build.has_passed(installation.home)
    if plan.follows_in_daemon(Step(run.job_name), succeeded=run.is_success, has_passed=has_passed) is not None:
        return []
    return beat_for_last_ingest(instance, installation)


def beat_for_last_ingest(instance: dg.DagsterInstance, installation: Installation) -> list[str]:
    """Says that the pass of the last ingest has ended, unless that was said; returns what prevented it."""
    ingest = _last_ingest(instance)
    before = read_heartbeat(installation)
    if ingest is None or (before is not None and ingest.create_timestamp <= before.at):
        return []
    return beat(installation, _failed(instance, ingest))


def _last_ingest(instance: dg.DagsterInstance) -> dg.RunRecord | None:
    """Returns the last ingest of the daemon that has ended; a pass of `vigie run` has its own heartbeat."""
    asked = dg.RunsFilter(job_name=Step.INGEST, statuses=_ENDED)
    records = instance.get_run_records(asked, limit=_MOST_RUNS)
    return next((each for each in records if not is_part_of_a_pass(each.dagster_run)), None)


def _failed(instance: dg.DagsterInstance, ingest: dg.RunRecord) -> Sequence[str]:
    """Returns which jobs failed since an ingest began, that one included."""
    asked = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=ingest.create_timestamp)
    later = [each.dagster_run for each in instance.get_run_records(asked, limit=_MOST_RUNS)]
    runs = [ingest.dagster_run, *later] if ingest.dagster_run.is_failure else later
    failed = {each.job_name for each in runs if each.job_name in list(Step) and not is_part_of_a_pass(each)}
    return [step.value for step in Step if step in failed]
