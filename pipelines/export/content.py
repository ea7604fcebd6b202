"""The content of an export: all that a format needs to write its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from pipelines.export.settings import Export
from pipelines.kpis import Kpi
from pipelines.watch.limit import Severity


class Company(Protocol):
    """What a file shows of the company."""

    @property
    def name(self) -> str:
        """Returns the company's name."""
        ...

    @property
    def timezone(self) -> str:
        """Returns an IANA name, such as Europe/Paris."""
        ...

    @property
    def currency(self) -> str:
        """Returns an ISO 4217 code, such as EUR."""
        ...

    @property
    def language(self) -> str:
        """Returns the language of the readers: en or fr."""
        ...


@dataclass(frozen=True, slots=True)
class Bound:
    """The bound of a rule for a KPI as a whole: the threshold of each period that has one, in the KPI's unit."""

    kpi: str
    severity: Severity
    thresholds: Mapping[date, float]


@dataclass(frozen=True, slots=True)
class Advice:
    """What a rule says about its alerts: who owns them, and what to do.

    `subject` is what it compares with its limits where that is not its KPI, such as the age of the data.
    """

    owner: str | None = None
    action: str | None = None
    subject: Kpi | None = None


@dataclass(frozen=True, slots=True)
class ExportContent:
    """What one file of an export holds.

    Attributes:
        export: the settings of the export.
        rows: its rows, as `read_rows` returns them.
        catalogue: the KPIs by name; it has every KPI of the export.
        company: the company.
        tick: the moment of the schedule that the file is for, aware.
        known_at: the moment that counted as now when the values were computed, aware.
        alerts: the open alerts, as the ledger has them.
        resolved: the alerts that have been resolved, as the ledger has them.
        bounds: the bounds of the rules that watch one of the KPIs at the grain of the export.
        usual: the usual range of each period, by the KPIs that a rule on it watches as a whole.
        advice: what the rules say about their alerts, by the name of the rule.
        segment_names: the names of segments whose values are ids, by segment type and segment.
    """

    export: Export
    rows: pd.DataFrame
    catalogue: Mapping[str, Kpi]
    company: Company
    tick: datetime
    known_at: datetime
    alerts: Sequence[Mapping[str, Any]] = ()
    resolved: Sequence[Mapping[str, Any]] = ()
    bounds: Sequence[Bound] = ()
    usual: Mapping[str, Mapping[date, tuple[float, float]]] = field(default_factory=dict)
    advice: Mapping[str, Advice] = field(default_factory=dict)
    segment_names: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def subject_of(self, alert: Mapping[str, Any]) -> Kpi | None:
        """Returns what an alert is about, in whose unit its values are; None if the catalogue has the KPI no more."""
        return self.advice.get(alert["rule"], Advice()).subject or self.catalogue.get(alert["kpi"])

    @property
    def kpis(self) -> Sequence[Kpi]:
        """Returns the KPIs of the export, in its order."""
        return [self.catalogue[name] for name in self.export.kpis]
