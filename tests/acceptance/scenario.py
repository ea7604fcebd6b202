"""What the acceptance tests vary from one synthetic company to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Scenario:
    """A synthetic company and the moment of its run.

    `timezone` is the company's own, `helpdesk_timezone` that of the ticket extract. The records cover `months` before
    `as_of` and 30 days after it. `size` scales the number of records. `rfm` has
    the limits of the customers' segments by recency, frequency and money. `entities` restricts the company to these.
    """

    name: str
    seed: int
    timezone: str
    helpdesk_timezone: str
    as_of: datetime
    active_days: int = 365
    at_risk_days: int = 180
    minimum_lost: int = 20
    calls_as_epoch: bool = True
    surveys_as: str = "xlsx"
    months: int = 18
    size: float = 1.0
    rfm: Mapping[str, list[int]] | None = None
    entities: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.timezone)
