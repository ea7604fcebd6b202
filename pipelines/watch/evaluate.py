"""Whether one reading lies beyond the bounds of a rule."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipelines.watch.reading import Reading
from pipelines.watch.rule import Rule, Severity

Side = Literal["below", "above"]
Obstacle = Literal["incomplete", "no_value", "small_sample"]


class Limit(NamedTuple):
    """A value that must not be crossed: `side` is where the bad values lie."""

    severity: Severity
    side: Side
    threshold: float

    def excess(self, value: float) -> float:
        """How far `value` lies beyond the threshold; negative on the good side, 0 at the threshold."""
        return self.threshold - value if self.side == "below" else value - self.threshold


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a reading.

    `severity`, `threshold` and `side` name the gravest bound that was crossed and are None where none was.
    `obstacle` says why the reading could not be judged. `reason` puts it into words for a log, not for a message.
    """

    severity: Severity | None
    threshold: float | None
    side: Side | None
    reason: str
    obstacle: Obstacle | None = None

    @property
    def judged(self) -> bool:
        """Whether the reading was fit to be judged; if not, it speaks neither for nor against an alert."""
        return self.obstacle is None


def limits(rule: Rule) -> tuple[Limit, ...]:
    """The bounds of `rule`, the gravest first."""
    found: list[Limit] = []
    if rule.below is not None:
        found += [Limit(severity, "below", float(amount)) for severity, amount in rule.below.by_severity]
    if rule.above is not None:
        found += [Limit(severity, "above", float(amount)) for severity, amount in rule.above.by_severity]
    if rule.outside is not None:
        for severity, (low, high) in rule.outside.by_severity:
            found += [Limit(severity, "below", float(low)), Limit(severity, "above", float(high))]
    return tuple(found)


def excess(rule: Rule, value: float) -> float:
    """How far `value` lies beyond the mildest bound of `rule`, in the KPI's unit; negative where it is good."""
    return max(limit.excess(value) for limit in limits(rule))


def verdict(rule: Rule, reading: Reading) -> Verdict:
    """Judge `reading`: it breaches a bound strictly beyond it, never at it.

    A reading is not judged while its period is incomplete, without a finite value, or with a sample smaller than
    `min_sample` (an unknown sample counts as too small).
    """
    if not reading.is_complete:
        return Verdict(None, None, None, "the period is not complete yet", "incomplete")
    value = reading.value
    if value is None or not math.isfinite(value):
        return Verdict(None, None, None, "the period has no value", "no_value")
    if rule.min_sample > 0 and (reading.sample_size is None or reading.sample_size < rule.min_sample):
        size = "of unknown size" if reading.sample_size is None else f"of {reading.sample_size}"
        reason = f"the sample {size} is smaller than {rule.min_sample}"
        return Verdict(None, None, None, reason, "small_sample")
    for limit in limits(rule):
        if limit.excess(value) > 0:
            reason = f"{value:g} is {limit.side} the {limit.severity} bound {limit.threshold:g}"
            return Verdict(limit.severity, limit.threshold, limit.side, reason)
    return Verdict(None, None, None, f"{value:g} is within the bounds")


def recovered(rule: Rule, reading: Reading) -> bool:
    """Whether `reading` speaks for the end of an incident.

    It has to be judged, to breach nothing and, where the rule has `clear`, to have reached that value.
    """
    found = verdict(rule, reading)
    value = reading.value
    if not found.judged or found.severity is not None or value is None:
        return False
    if rule.clear is None:
        return True
    if isinstance(rule.clear, tuple):
        low, high = rule.clear
        return low <= value <= high
    return value >= rule.clear if rule.below is not None else value <= rule.clear
