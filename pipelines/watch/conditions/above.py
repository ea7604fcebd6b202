"""`above`: the value is more than a fixed threshold."""

from typing import ClassVar, Self

from pydantic import model_validator

from pipelines.watch.amount import Amount
from pipelines.watch.conditions.one_sided import OneSided
from pipelines.watch.limit import Side


class Above(OneSided):
    """A value that must not be exceeded."""

    key: ClassVar[str] = "above"
    description: ClassVar[str] = "fires when the value is more than this"
    position: ClassVar[int] = 2
    side: ClassVar[Side] = "above"

    @model_validator(mode="after")
    def _critical_is_higher(self) -> Self:
        if self.warn is not None and self.critical is not None and self.critical < self.warn:
            raise ValueError(
                f"critical ({self.critical.written}) must not be below warn ({self.warn.written}): "
                "rising values meet warn first"
            )
        return self

    def read_clear(self, given: object) -> Amount:
        """Returns a value that is at most the threshold."""
        clear = super().read_clear(given)
        if clear > self.mildest:
            raise ValueError(
                f"{clear.written} is on the bad side: it must be at most {self.mildest.written}, "
                "the value over which the rule fires"
            )
        return clear
