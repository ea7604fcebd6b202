"""The settings of segments of customers that are computed from what they did."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from pipelines.config import SettingsModel
from pipelines.kpis.rfm import Axis


def _ascending(value: tuple[float, ...]) -> tuple[float, ...]:
    if any(upper <= lower for lower, upper in pairwise(value)):
        raise ValueError("the limits must ascend, each above the one before: [30, 90, 365]")
    return value


class RfmLimits(SettingsModel):
    """The limits between the scores of customers by recency, frequency and monetary value."""

    recency: Annotated[tuple[Annotated[int, Field(gt=0, le=36500)], ...], AfterValidator(_ascending)] = Field(
        min_length=1, description="Days since the last purchase, the best first: within 30, 90, 365 days."
    )
    frequency: Annotated[tuple[Annotated[int, Field(gt=0)], ...], AfterValidator(_ascending)] = Field(
        min_length=1, description="Purchases so far, the worst first: at least 2, at least 5."
    )
    monetary: Annotated[tuple[Annotated[float, Field(gt=0)], ...], AfterValidator(_ascending)] = Field(
        min_length=1,
        description="Amount of all sales so far, in the company's currency: at least 100, at least 500.",
    )

    def by_axis(self) -> Mapping[Axis, Sequence[float]]:
        """Returns the limits of each axis."""
        return {"recency": self.recency, "frequency": self.frequency, "monetary": self.monetary}


class Segments(SettingsModel):
    """Segments of customers that are computed from what they did."""

    rfm: RfmLimits | None = Field(
        default=None, description="Segments by recency, frequency and monetary value; without it there are none."
    )
