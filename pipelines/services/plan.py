"""The plan of a pass: which step follows which. `vigie run` and the sensors follow it; it decides and does nothing.

A failed ingest does not stop the pass: the tables are built from what the other sources delivered. Without tables that
passed their tests nothing is evaluated, published or exported, but messages about the failure are delivered.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """A step of a pass; each is a job of its own, so that one that fails does not skip the others."""

    INGEST = "ingest"
    TRANSFORM = "transform"
    WATCH = "watch"
    DELIVER = "deliver"
    PUBLISH = "publish"


FIRST = Step.INGEST

_NEXT = {
    Step.INGEST: Step.TRANSFORM,
    Step.TRANSFORM: Step.WATCH,
    Step.WATCH: Step.DELIVER,
    Step.DELIVER: Step.PUBLISH,
}
# What a failure of the step does not make pointless.
_CONTINUES_AFTER_FAILURE = frozenset({Step.INGEST, Step.WATCH, Step.DELIVER})


def next_step(step: Step, *, succeeded: bool, has_passed: bool = True) -> Step | None:
    """Returns the step that follows `step`, None after the last.

    Args:
        step: the step that has ended.
        succeeded: whether it succeeded.
        has_passed: whether the KPI tables passed their tests; without them a pass ends with a delivery.
    """
    if step is Step.TRANSFORM and not succeeded:
        return Step.DELIVER
    if step is Step.DELIVER and not has_passed:
        return None
    if not succeeded and step not in _CONTINUES_AFTER_FAILURE:
        return None
    return _NEXT.get(step)


def follows_in_daemon(step: Step, *, succeeded: bool, has_passed: bool) -> Step | None:
    """Returns the step that the daemon starts after `step`, None if the pass ends with it; arguments as above.

    Only a failed ingest is followed by another step. The messages about other failures are due, and so delivered.
    """
    if step is not Step.INGEST and not succeeded:
        return None
    return next_step(step, succeeded=succeeded, has_passed=has_passed)


@dataclass(frozen=True, slots=True)
class Tables:
    """The state of the KPI tables.

    `has_passed`: they passed their tests. `is_current`: they did, and were built from what is loaded now.
    `is_up_to_date`: they are, and a build would make the same tables.
    """

    has_passed: bool
    is_current: bool
    is_up_to_date: bool


def step_after_selection(steps: Collection[Step], tables: Tables, *, succeeded: bool) -> Step | None:
    """Returns the step that follows a run that somebody started for assets of some steps, None if nothing follows.

    What is not among its steps follows as after the step's own job. A part of the models counts as a build if that
    leaves the tables complete; if not, all of them are built.

    Args:
        steps: the steps whose assets the run was started for.
        tables: the KPI tables after the run.
        succeeded: whether the run succeeded.
    """
    if Step.INGEST in steps and not (succeeded and Step.TRANSFORM in steps):
        # After a source that failed, the rest of the run was skipped.
        return None if tables.is_up_to_date else Step.TRANSFORM
    if Step.TRANSFORM in steps and succeeded and not tables.is_current:
        return Step.TRANSFORM
    step = next((each for each in Step if each in steps), None)
    while step is not None and step in steps:
        step = next_step(step, succeeded=succeeded, has_passed=tables.has_passed)
    return step
