"""What is known of a generated company: how much there is, what is wrong with it, and what its KPIs come to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Control:
    """The exact value of a KPI in one period of one segment, as `fct_kpi` must have it.

    Units are those of the KPI (fractions, seconds, the company's currency); `denominator` is None for counts and sums.
    Money is exact to six decimals: amounts in cents times rates of four decimals.
    """

    kpi: str
    grain: str
    period_start: date
    segment_type: str
    segment: str
    numerator: Decimal
    denominator: Decimal | None
    value: float


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong at the company, and how a rule of its settings shows it.

    `opened_period` is the first period in a row beyond the bound, `period_start` the last one; `value` is the KPI in
    that last period and `severity` what it amounts to there. `story` is what happened, in one sentence.
    """

    rule: str
    kpi: str
    grain: str
    segment_type: str
    segment: str
    severity: str
    opened_period: date
    period_start: date
    value: float
    story: str


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """A generated company: where it lies, from what it was made, and what is true of it.

    `generation` names the generator and its parameters: two folders with the same one hold the same bytes. `rows`
    counts the rows of each canonical entity that are in order, every key once; `quarantined` those that no reading can
    save. `customers` is the number of people behind the contacts: fewer than there are records, because some are in the
    CRM twice. `incidents` are open at `now`, `past_incidents` are over by then; both are planned for the default size,
    a small company's noise may hide them or add to them.
    """

    folder: Path
    generation: str
    seed: int
    customers: int
    timezone: str
    now: datetime
    rows: Mapping[str, int]
    quarantined: Mapping[str, int]
    controls: tuple[Control, ...]
    incidents: tuple[Incident, ...]
    past_incidents: tuple[Incident, ...]

    def to_json(self) -> str:
        """The facts as JSON text, without the folder; `from_json` reads it."""
        return _FACTS.dump_json(self, indent=1, exclude={"folder"}).decode()

    @classmethod
    def from_json(cls, text: str, folder: Path) -> "DemoFacts":
        """The facts that `to_json` wrote, of a company that lies in `folder`. ValueError if the text holds none."""
        return _FACTS.validate_python({**json.loads(text), "folder": folder})


_FACTS = TypeAdapter(DemoFacts)
