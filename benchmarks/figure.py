"""A figure: how long something takes, against a reference measured in the same run."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """Medians, in seconds, of what is measured and of its reference; the goal is in words."""

    name: str
    seconds: float
    against: str
    reference_seconds: float
    ratio: float
    goal: str
    peak_memory_mib: int
    repetitions: int

    def as_dict(self) -> dict[str, object]:
        """The figure as it is printed, rounded to what repetitions agree on."""
        return {
            **asdict(self),
            "seconds": round(self.seconds, 3),
            "reference_seconds": round(self.reference_seconds, 3),
            "ratio": round(self.ratio, 2),
        }


def measured(
    name: str,
    work: Callable[[], object],
    against: str,
    reference: Callable[[], object],
    goal: str,
    repetitions: int,
    *,
    is_of_children: bool = False,
    before: Callable[[], object] | None = None,
) -> Figure:
    """Times both in turn, so that what else the machine does befalls both.

    The peak of memory is that of this process or, with `is_of_children`, of the largest process that it started. What
    `before` does before each repetition takes no time.
    """
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(repetitions):
        if before is not None:
            before()
        for is_reference, run in ((True, reference), (False, work)):
            started = time.perf_counter()
            run()
            times[is_reference].append(time.perf_counter() - started)
    seconds, least = statistics.median(times[False]), statistics.median(times[True])
    whose = resource.RUSAGE_CHILDREN if is_of_children else resource.RUSAGE_SELF
    peak = resource.getrusage(whose).ru_maxrss // 1024
    return Figure(name, seconds, against, least, seconds / least, goal, peak, repetitions)
