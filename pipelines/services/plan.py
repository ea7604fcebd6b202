"""The plan of a pass: which step follows which. `vigie run` and the sensors follow it; it decides and does nothing.

A failed ingest does not stop the pass: the tables are built from what the other sources delivered. Without tables that
passed their tests nothing is evaluated, published or exported, but messages about the failure are delivered.
"""

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
