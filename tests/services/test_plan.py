"""The plan of a pass: which step follows which."""

from itertools import product

import pytest

from pipelines.services.plan import FIRST, Step, next_step

# Step, whether it succeeded, whether the KPI tables passed their tests: the next step.
NEXT = [
    (Step.INGEST, True, True, Step.TRANSFORM),
    (Step.INGEST, True, False, Step.TRANSFORM),
    (Step.INGEST, False, True, Step.TRANSFORM),
    (Step.INGEST, False, False, Step.TRANSFORM),
    (Step.TRANSFORM, True, True, Step.WATCH),
    (Step.TRANSFORM, True, False, Step.WATCH),
    (Step.TRANSFORM, False, True, Step.DELIVER),
    (Step.TRANSFORM, False, False, Step.DELIVER),
    (Step.WATCH, True, True, Step.DELIVER),
    (Step.WATCH, True, False, Step.DELIVER),
    (Step.WATCH, False, True, Step.DELIVER),
    (Step.WATCH, False, False, Step.DELIVER),
    (Step.DELIVER, True, True, Step.PUBLISH),
    (Step.DELIVER, True, False, None),
    (Step.DELIVER, False, True, Step.PUBLISH),
    (Step.DELIVER, False, False, None),
    (Step.PUBLISH, True, True, None),
    (Step.PUBLISH, True, False, None),
    (Step.PUBLISH, False, True, None),
    (Step.PUBLISH, False, False, None),
]


@pytest.mark.parametrize(("step", "succeeded", "has_passed", "expected"), NEXT)
def test_the_next_step(step: Step, succeeded: bool, has_passed: bool, expected: Step | None) -> None:
    assert next_step(step, succeeded=succeeded, has_passed=has_passed) is expected


def test_the_table_has_every_case() -> None:
    assert [case[:3] for case in NEXT] == list(product(Step, (True, False), (True, False)))


def test_without_a_word_about_the_tables_they_have_passed() -> None:
    assert next_step(Step.DELIVER, succeeded=True) is Step.PUBLISH


def steps_of_a_pass(*failing: Step) -> list[Step]:
    """Returns the steps of a pass in which these fail."""
    steps, has_passed = [], True
    step: Step | None = FIRST
    while step is not None:
        steps.append(step)
        succeeded = step not in failing
        if step is Step.TRANSFORM:
            has_passed = succeeded
        step = next_step(step, succeeded=succeeded, has_passed=has_passed)
    return steps


def test_a_pass_runs_every_step_once() -> None:
    assert steps_of_a_pass() == list(Step)


def test_a_failed_build_stops_evaluation_and_publishing_but_its_failure_is_delivered() -> None:
    assert steps_of_a_pass(Step.TRANSFORM) == [Step.INGEST, Step.TRANSFORM, Step.DELIVER]


@pytest.mark.parametrize("failing", [Step.INGEST, Step.WATCH, Step.DELIVER, Step.PUBLISH])
def test_any_other_failure_stops_nothing(failing: Step) -> None:
    assert steps_of_a_pass(failing) == list(Step)
