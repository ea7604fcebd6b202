"""The progress of a build, from the lines that dbt writes."""

from contextlib import redirect_stdout

from pipelines.orchestration.progress import BuildProgress

LINES = """
Running with dbt=1.11.0
Found 143 models, 2 of 3 sources
1 of 143 START sql view model main.stg_files__order ............ [RUN]
2 of 143 START sql table model main.canonical__order ........... [RUN]
2 of 143 OK created sql table model main.canonical__order ...... [\x1b[32mOK\x1b[0m in 0.05s]
1 of 143 OK created sql view model main.stg_files__order ....... [\x1b[32mOK\x1b[0m in 0.09s]
3 of 143 PASS unique_canonical__order_order_id ................. [PASS in 0.01s]
4 of 143 ERROR creating sql table model main.fct_order ......... [ERROR in 0.02s]
5 of 143 SKIP relation main.fct_kpi ............................ [SKIP]
"""


def test_finished_models_and_tests_are_counted_in_the_order_in_which_they_finish() -> None:
    seen: list[tuple[int, int]] = []
    with redirect_stdout(BuildProgress(lambda done, total: seen.append((done, total)))):
        for line in LINES.splitlines():
            print(line)  # noqa: T201 - as dbt does
    assert seen == [(1, 143), (2, 143), (3, 143), (4, 143), (5, 143)]
