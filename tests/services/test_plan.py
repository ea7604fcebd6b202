"""The plan of a pass: which step follows which."""

from itertools import product

import pytest

from pipelines.services.plan import FIRST, Step, Tables, next_step, step_after_selection

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


READY = Tables(has_passed=True, is_current=True, is_up_to_date=True)
# Raw data has moments later than the build: another one may give other tables.
READY_FOR_NOW = Tables(has_passed=True, is_current=True, is_up_to_date=False)
OLD = Tables(has_passed=True, is_current=False, is_up_to_date=False)
NONE = Tables(has_passed=False, is_current=False, is_up_to_date=False)


@pytest.mark.parametrize(
    ("steps", "succeeded", "tables", "expected"),
    [
        pytest.param({Step.INGEST}, True, OLD, Step.TRANSFORM, id="a load that is new"),
        pytest.param({Step.INGEST}, True, READY, None, id="a load with nothing new"),
        pytest.param({Step.INGEST}, True, READY_FOR_NOW, Step.TRANSFORM, id="time has passed"),
        pytest.param({Step.INGEST}, False, OLD, Step.TRANSFORM, id="a source that failed beside one with new rows"),
        pytest.param({Step.INGEST}, False, READY, None, id="a source that failed, and nothing new"),
        pytest.param({Step.TRANSFORM}, True, READY, Step.WATCH, id="a model"),
        pytest.param({Step.TRANSFORM}, True, READY_FOR_NOW, Step.WATCH, id="a model, with later rows"),
        pytest.param({Step.TRANSFORM}, True, NONE, Step.TRANSFORM, id="a part that leaves the tables incomplete"),
        pytest.param({Step.TRANSFORM}, True, OLD, Step.TRANSFORM, id="a model, while a load is not built yet"),
        pytest.param({Step.TRANSFORM}, False, NONE, Step.DELIVER, id="a model that failed"),
        pytest.param({Step.INGEST, Step.TRANSFORM}, True, READY, Step.WATCH, id="loads and models"),
        pytest.param({Step.INGEST, Step.TRANSFORM}, False, OLD, Step.TRANSFORM, id="models skipped after a source"),
        pytest.param({Step.WATCH}, True, READY, Step.DELIVER, id="alerts"),
        pytest.param({Step.WATCH, Step.DELIVER}, True, READY, Step.PUBLISH, id="alerts and messages"),
        pytest.param({Step.DELIVER}, True, NONE, None, id="messages without tables that passed"),
        pytest.param({Step.PUBLISH}, True, READY, None, id="published tables"),
        pytest.param({Step.TRANSFORM, Step.PUBLISH}, True, READY, Step.WATCH, id="the first gap is what follows"),
        pytest.param(set(Step), True, READY, None, id="everything"),
        pytest.param(set(), True, READY, None, id="an export, or checks alone"),
    ],
)
def test_what_follows_assets_that_somebody_chose(
    steps: set[Step], succeeded: bool, tables: Tables, expected: Step | None
) -> None:
    assert step_after_selection(steps, tables, succeeded=succeeded) is expected
