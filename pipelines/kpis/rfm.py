"""RFM: customers by the recency, the frequency and the monetary value of their purchases.

Each axis is cut into bands by limits. A band has a score, 1 for the worst one. The segment's name follows from the
scores, in the model `int_customer_rfm_spans`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Axis = Literal["recency", "frequency", "monetary"]


@dataclass(frozen=True, slots=True)
class Band:
    """The values of an axis that have a score; None for a band without a lower or an upper limit.

    Days since a purchase are in the band above `lower` and up to `upper`: a limit of 30 means within 30 days. Numbers
    of purchases and amounts are in the one from `lower` on and below `upper`: a limit of 5 means at least 5.
    """

    axis: Axis
    score: int
    lower: float | None
    upper: float | None


def bands(limits: Mapping[Axis, Sequence[float]]) -> Iterator[Band]:
    """Yields the bands of each axis for its ascending limits; one more than limits. The best score is their number."""
    for axis, given in limits.items():
        for number, (lower, upper) in enumerate(pairwise([None, *given, None])):
            score = len(given) + 1 - number if axis == "recency" else number + 1
            yield Band(axis, score, lower, upper)
