"""Several processes that use one ledger at once, and processes that are killed while they use it."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from ledger_samples import LEASE, NOW, RULE, deliver, evaluate, notice, run_pass
from previous_formats import create_previous

from pipelines.ledger import Ledger, LedgerConflict

# The server process imports the slow packages once; its children start at once and without the threads of this process.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["hypothesis", "psycopg", "pipelines.ledger", "pytest"])

Work = Callable[[str, Barrier, "Queue[list[str]]"], None]


def claim_all(url: str, start: Barrier, found: "Queue[list[str]]") -> None:
    with Ledger(url) as ledger:
        claimed: list[str] = []
        start.wait()
        while items := ledger.claim(NOW, LEASE, 3):
            claimed += [item.dedup_key for item in items]
    found.put(claimed)


def open_and_evaluate(url: str, start: Barrier, found: "Queue[list[str]]") -> None:
    start.wait()
    outcome = []
    with Ledger(url) as ledger:
        for values in ([0.9], [0.9, 0.7], [0.9, 0.7, 0.5], [0.9, 0.7, 0.5, 0.9]):
            for attempt in range(100):
                try:
                    outcome += ["added"] * run_pass(ledger, values)
                    break
                except LedgerConflict:
                    outcome.append(f"conflict {attempt}")
    found.put(outcome)


def open_only(url: str, start: Barrier, found: "Queue[list[str]]") -> None:
    start.wait()
    with Ledger(url) as ledger:
        found.put(sorted(str(alert["alert_id"]) for alert in ledger.alerts()))


def claim_and_die(url: str) -> None:
    Ledger(url).claim(NOW, LEASE, 10)
    os.kill(os.getpid(), signal.SIGKILL)


def die_while_saving(url: str) -> None:
    ledger = Ledger(url)
    change, [item] = evaluate(ledger, [0.9, 0.7])

    class Deadly(dict[str, Any]):
        """A record that kills the process when it is written, after states and alerts."""

        def items(self) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger.record_pass([change], [item, replace(item, dedup_key="b", message_id="b", record=Deadly(a=1))], NOW)


def in_processes(work: Work, url: str, count: int = 2) -> list[list[str]]:
    """Returns what `count` processes find that do `work` at once."""
    start, found = PROCESSES.Barrier(count, timeout=60), PROCESSES.Queue()
    workers = [PROCESSES.Process(target=work, args=(url, start, found)) for _ in range(count)]
    for worker in workers:
        worker.start()
    results = [found.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    return results


def kill_in(work: Callable[[str], None], url: str) -> None:
    process = PROCESSES.Process(target=work, args=(url,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def test_two_processes_never_claim_the_same_message(url: str, ledger: Ledger) -> None:
    names = [f"message {number:03}" for number in range(120)]
    ledger.enqueue([notice(name) for name in names])
    one, other = in_processes(claim_all, url)
    assert sorted(one + other) == names


def test_two_processes_that_open_a_new_ledger_and_evaluate_at_once_add_each_message_once(url: str) -> None:
    one, other = in_processes(open_and_evaluate, url)
    assert (one + other).count("added") == 3
    with Ledger(url) as ledger:
        assert [alert["status"] for alert in ledger.alerts()] == ["resolved"]
        assert len(deliver(ledger)) == 3


@pytest.mark.parametrize("schema_version", ["1", "2"])
def test_processes_that_upgrade_a_ledger_at_once_all_succeed(path: Path, schema_version: str) -> None:
    create_previous(path, schema_version)
    assert in_processes(open_only, str(path), 4) == [["1c7a21ad43b6", "433c2ccafc2e"]] * 4


def test_processes_that_create_a_ledger_at_once_all_succeed(url: str) -> None:
    assert in_processes(open_only, url, 4) == [[]] * 4


def test_a_process_killed_between_claim_and_mark_loses_no_message(url: str, ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    kill_in(claim_and_die, url)
    assert ledger.claim(NOW, LEASE, 10) == []
    [item] = ledger.claim(NOW + LEASE, LEASE, 10)
    assert item.doubtful
    ledger.mark_sent(item.message_id, NOW + LEASE)
    assert ledger.undelivered(NOW) == []


def test_a_process_killed_while_it_saves_an_evaluation_saves_nothing(url: str, ledger: Ledger) -> None:
    kill_in(die_while_saving, url)
    assert (ledger.states(RULE.name), ledger.alerts(), ledger.undelivered(NOW)) == ({}, [], [])
    assert run_pass(ledger, [0.9, 0.7]) == 1
