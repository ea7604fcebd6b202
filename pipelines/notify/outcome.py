"""How an attempt to deliver a message ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver accepted the message.

    `refused` lists recipients that it refused for good while it accepted others. `ids` is what later messages of the
    same incident need, such as the receiver's own id of this one; it is stored as JSON and contains no secret.
    """

    detail: str
    refused: tuple[str, ...] = ()
    ids: Mapping[str, Any] | None = None


class Undeliverable(Exception):  # noqa: N818 - an outcome of delivery that callers plan for
    """The receiver did not accept the message, or did not confirm it.

    Attributes:
        reason: what happened and what to do, without secrets.
        can_retry: whether the same message may be accepted later.
        retry_after: the wait in seconds that the receiver asked for, if it did.
        may_have_arrived: whether the receiver may have the message although it did not confirm it.
    """

    def __init__(
        self, reason: str, *, can_retry: bool, retry_after: float | None = None, may_have_arrived: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.can_retry = can_retry
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived
