"""A process that delivers again and again in children, each of which may be killed at a chosen step.

It reads a JSON object a line and answers each with one. Children are forked, because the program takes longer to start
than to deliver. Run it as `python -m tests.services.killed_process SETTINGS HOME`.
"""

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pipelines
from pipelines.kpis import Kpi
from pipelines.ledger import Ledger
from pipelines.services.alert_messages import Known, messages_of
from pipelines.services.deliver import deliver_messages
from pipelines.services.installation import Installation
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.route import Notice
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

RULE = Rule.model_validate(
    {"name": "csat-floor", "kpi": "csat", "by": "channel", "below": {"warn": 0.8, "critical": 0.6}}
)
KPI = Kpi(
    "csat", "CSAT", "CSAT", "satisfaction", "", "", "ratio", "up", "", 0, is_additive=False, segments=("channel",)
)

_ROOT = str(Path(pipelines.__file__).parent)
# The steps between a decision and its record.
_STEPS = (
    "/ledger/", "/services/alert_messages.py", "/services/deliver.py", "/notify/channels/", "/notify/http.py",
    "/watch/group.py", "/watch/series.py",
)  # fmt: skip


def readings(segment: str, values: Sequence[float]) -> list[Reading]:
    """Weekly values of a segment."""
    weeks = [date(2025, 1, 6) + timedelta(weeks=number) for number in range(len(values))]
    return [
        Reading("csat", "week", week, "channel", segment, value, None, None, 100, None, None, True)
        for week, value in zip(weeks, values, strict=True)
    ]


# Of series that a rule does not watch no charts are drawn, which would take longer than everything else.
_OTHERS = evaluate_readings(RULE, KPI, frame_of(readings("of no interest", [0.9])))


def run_pass(installation: Installation, ledger: Ledger, segments: Sequence[str], values: Sequence[float]) -> None:
    """Evaluates series that have the same values, saves what follows from it and delivers what is due."""
    now = installation.wall_clock()
    of_all = frame_of([each for segment in sorted(segments) for each in readings(segment, values)])
    changes = evaluate_series(RULE, KPI, of_all, ledger.states(RULE.name), now)
    notices = [
        Notice(event, RULE, channel)
        for change in changes
        for event in change.events
        for channel in installation.settings().channels
    ]
    settings = installation.settings()
    known = Known(settings, settings.channels, {KPI.name: KPI}, {RULE.name: _OTHERS}, {})
    ledger.record_pass(changes, messages_of(notices, changes, known, ledger, now), now)
    deliver_messages(installation, ledger)


class Steps:
    """Counts calls and returns of functions, and kills the process at one of them."""

    def __init__(self, kill: Sequence[Any] | None) -> None:
        self._kill = None if kill is None else (str(kill[0]), int(kill[1]))
        self.counts: Counter[str] = Counter()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event not in {"call", "return"} or not frame.f_code.co_filename.startswith(_ROOT):
            return
        place = frame.f_code.co_filename[len(_ROOT) :]
        if not place.startswith(_STEPS):
            return
        step = f"{place} {frame.f_code.co_qualname} {event}"
        self.counts[step] += 1
        if self._kill is not None and (step, self.counts[step]) == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)


def deliver(installation: Installation, asked: dict[str, Any]) -> dict[str, int]:
    """Runs a pass, and returns its steps unless it is killed at one of them."""
    steps = Steps(asked["kill"])
    threading.setprofile(steps)
    sys.setprofile(steps)
    try:
        with installation.ledger() as ledger:
            run_pass(installation, ledger, asked["segments"], asked["values"])
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return dict(steps.counts)


def in_child(installation: Installation, asked: dict[str, Any]) -> dict[str, Any]:
    """Delivers in a child; returns its steps, or that it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "w") as answer:
                json.dump(deliver(installation, asked), answer)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"killed": True}
    return {"killed": False, "failed": os.WEXITSTATUS(status) != 0, "steps": json.loads(said or "{}")}


def main() -> None:
    """Answers until the input ends."""
    installation = Installation(Path(sys.argv[1]), Path(sys.argv[2]))
    installation.settings()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_child(installation, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
