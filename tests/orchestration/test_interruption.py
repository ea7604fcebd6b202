"""Signals that arrive while Dagster has handlers of its own."""

import signal
import subprocess
import sys

import pytest

# A process as a shell starts it in the background; Dagster has just executed a job.
PROGRAM = """
import os, signal
from dagster._utils.interrupts import capture_interrupts
from pipelines.orchestration.interruption import interruptions

try:
    with interruptions() :
        with capture_interrupts():
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        print("not interrupted")
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("sigint", [signal.SIG_DFL, signal.SIG_IGN])
def test_sigterm_interrupts_between_jobs_however_the_process_was_started(sigint: signal.Handlers) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, sigint),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ended.returncode, ended.stdout) == (0, "interrupted\n"), ended.stderr


def test_an_interruption_in_a_finalizer_is_remembered_without_a_traceback() -> None:
    program = """
import os, signal
from pipelines.orchestration.interruption import interruptions

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1_000): pass

with interruptions() as is_interrupted:
    Finalized()
    print(is_interrupted())
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
