"""The content of an export: all that a format needs to write its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pandas as pd

from pipelines.export.settings import Export
from pipelines.kpis import Kpi


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
    """

    export: Export
    rows: pd.DataFrame
    catalogue: Mapping[str, Kpi]
    company: Company
    tick: datetime
    known_at: datetime
    alerts: Sequence[Mapping[str, Any]] = ()

    @property
    def kpis(self) -> Sequence[Kpi]:
        """Returns the KPIs of the export, in its order."""
        return [self.catalogue[name] for name in self.export.kpis]
