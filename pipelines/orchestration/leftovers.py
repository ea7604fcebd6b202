"""Runs whose process was killed: Dagster would show them as started for ever, and count them among those at work."""

import os
from pathlib import Path

import dagster as dg

# Boot time and clock ticks are coarse, and clocks get adjusted.
_TOLERANCE_SECONDS = 5.0


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends the runs of this machine that nothing executes any more; returns their ids."""
    closed = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        process = _process_of(instance, run.run_id)
        if process is not None and not _is_at_work(*process):
            instance.report_run_failed(run, "The process of this run was killed.")
            closed.append(run.run_id)
    return closed


def _process_of(instance: dg.DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """The id of the process that executes a run, and when (seconds since 1970) it said so; None if it never did."""
    found = None
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        if entry.dagster_event is not None:
            told = entry.dagster_event.engine_event_data.metadata.get("pid")
            if told is not None and str(told.value).isdecimal():
                found = int(str(told.value)), entry.timestamp
    return found


def _is_at_work(process: int, since: float) -> bool:
    """Whether a process is there and is not a later one of the same number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    started_at = _started_at(process)
    return started_at is None or started_at <= since + _TOLERANCE_SECONDS


def _started_at(process: int) -> float | None:
    """When a process started (seconds since 1970); None where the system does not tell."""
    try:
        # The name of the program, in brackets, may have blanks in it.
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        lines = Path("/proc/stat").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    booted_at = next(float(line.split()[1]) for line in lines if line.startswith("btime "))
    return booted_at + int(fields[19]) / os.sysconf("SC_CLK_TCK")
