"""Requests within the rate that a vendor allows."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float


class Pace:
    """Lets requests pass as fast as several limits allow at once; for one thread.

    A moment counts when the request is sent. The vendor counts when it arrives, so a limit's window is a little longer
    here than there.
    """

    def __init__(
        self,
        limits: Sequence[RateLimit],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = tuple(limits)
        self._sent: tuple[deque[float], ...] = tuple(deque(maxlen=limit.requests) for limit in limits)
        self._clock = clock
        self._sleep = sleep

    def wait(self) -> None:
        """Returns when a request may be sent, and counts it."""
        while (pause := self._pause(self._clock())) > 0:
            self._sleep(pause)
        now = self._clock()
        for sent in self._sent:
            sent.append(now)

    def _pause(self, now: float) -> float:
        pauses = [0.0]
        for limit, sent in zip(self._limits, self._sent, strict=True):
            if len(sent) == limit.requests:
                pauses.append(sent[0] + limit.seconds * 1.01 - now)
        return max(pauses)
