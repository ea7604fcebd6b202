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

    A request counts from its answer on. The vendor counts it when it arrives, which is earlier: however long a request
    is on its way, the vendor never sees more than it allows.
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
        """Returns when a request may be sent."""
        while (pause := self._pause(self._clock())) > 0:
            self._sleep(pause)

    def count(self) -> None:
        """Counts a request that was answered, or that failed."""
        now = self._clock()
        for sent in self._sent:
            sent.append(now)

    def _pause(self, now: float) -> float:
        pauses = [0.0]
        for limit, sent in zip(self._limits, self._sent, strict=True):
            if len(sent) == limit.requests:
                pauses.append(sent[0] + limit.seconds - now)
        return max(pauses)
