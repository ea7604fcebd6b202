"""`below`: the value is less than a fixed threshold."""

from typing import ClassVar, Self

from pydantic import model_validator

from pipelines.watch.amount import Amount
from pipelines.watch.conditions.one_sided import OneSided
from pipelines.watch.limit import Side


class Below(OneSided):
    """A value that must not be undercut."""

    key: ClassVar[str] = "below"
    description: ClassVar[str] = "fires when the value is less than this"
    position: ClassVar[int] = 1
    side: ClassVar[Side] = "below"

    @model_validator(mode="after")
    def _critical_is_lower(self) -> Self:
        if self.warn is not None and self.critical is not None and self.critical > self.warn:
            raise ValueError(
                f"critical ({self.critical.written}) must not be above warn ({self.warn.written}): "
                "falling values meet warn first"
            )
        return self

    def read_clear(self, given: object) -> Amount:
        """Returns a value that is at least the threshold."""
        clear = super().read_clear(given)
        if clear < self.mildest:
            raise ValueError(
                f"{clear.written} is on the bad side: it must be at least {self.mildest.written}, "
                "the value under which the rule fires"
            )
        return clear
