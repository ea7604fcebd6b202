"""The facts about a generated company: its rows, its invalid rows, its incidents and the exact values of some KPIs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter

from demo.scenario import PlannedIncident


@dataclass(frozen=True, slots=True)
class ControlValue:
    """The exact value of a KPI in one period of one segment, as `fct_kpi` must have it.

    Values are in the unit of the KPI (fractions, seconds, the company's currency). `denominator` is None for counts and
    sums. Money is exact to six decimals: amounts in cents times rates with four decimals.
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
class Incident(PlannedIncident):
    """A planned incident with the KPI's value in its last breached period, in the KPI's unit."""

    value: float


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """A generated company: its folder, how it was generated, and the facts that the KPIs and alerts must show.

    Incidents are planned for the default size. In a small company, random variation may hide some or add others.

    Attributes:
        folder: The folder of the files.
        generation: The digest of the generator with its parameters; folders with the same one have the same bytes.
        seed: The seed of the random data.
        customers: The number of people behind the contacts. There are more contacts, because the CRM has some twice.
        timezone: The IANA name of the company's time zone.
        now: The time at which the data ends, with its time zone.
        rows: The number of valid rows by canonical entity, each key once.
        quarantined: The number of invalid rows by canonical entity.
        control_values: Exact values of KPIs.
        open_incidents: The incidents that are open at `now`.
        resolved_incidents: The incidents that are resolved by then.
    """

    folder: Path
    generation: str
    seed: int
    customers: int
    timezone: str
    now: datetime
    rows: Mapping[str, int]
    quarantined: Mapping[str, int]
    control_values: tuple[ControlValue, ...]
    open_incidents: tuple[Incident, ...]
    resolved_incidents: tuple[Incident, ...]

    def to_json(self) -> str:
        """Returns the facts as JSON text, without the folder; `from_json` reads it."""
        return _FACTS.dump_json(self, indent=1, exclude={"folder"}).decode()

    @classmethod
    def from_json(cls, text: str, folder: Path) -> "DemoFacts":
        """Returns the facts that `to_json` wrote, for a company in `folder`.

        Raises:
            ValueError: The text is not JSON, or has other facts (those of another version of the generator).
        """
        return _FACTS.validate_python({**json.loads(text), "folder": folder})


_FACTS = TypeAdapter(DemoFacts)
