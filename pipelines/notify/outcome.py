"""How a sending ends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver accepted the message. `refused` names recipients that it turned away while taking others."""

    detail: str
    refused: tuple[str, ...] = ()


class Undeliverable(Exception):  # noqa: N818 - an outcome of delivery that callers plan for
    """The receiver did not accept the message.

    `reason` says why and what to do, and never holds a secret. `can_retry` says whether the same message may get
    through later; `retry_after` is the wait in seconds that the receiver asked for, if it did. `may_have_arrived` says
    that all of it was handed over and only the answer is missing.
    """

    def __init__(
        self, reason: str, *, can_retry: bool, retry_after: float | None = None, may_have_arrived: bool = False
    ) -> None:
        super().__init__(reason)
        self.may_have_arrived = may_have_arrived
        self.reason = reason
        self.can_retry = can_retry
        self.retry_after = retry_after
