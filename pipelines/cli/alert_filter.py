"""Which alerts a command shows: the conditions of its options."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.ledger import Silence


class AlertSeverity(StrEnum):
    """The severities of alerts."""

    WARN = "warn"
    CRITICAL = "critical"


class AlertStatus(StrEnum):
    """What an alert can be asked to be; an alert may be several of them at once."""

    OPEN = "open"
    FIRING = "firing"
    RECOVERING = "recovering"
    NO_DATA = "no_data"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """The conditions that an alert meets, all of them; None is no condition.

    `since` is an aware moment: an alert that was resolved before it is not shown.
    """

    rule: str | None = None
    kpi: str | None = None
    severity: AlertSeverity | None = None
    status: AlertStatus | None = None
    segment: str | None = None
    since: datetime | None = None
    includes_resolved: bool = False

    @property
    def is_everything_open(self) -> bool:
        """Whether there is no condition but that alerts are open."""
        return self == AlertFilter()

    def apply(self, alerts: Sequence[Mapping[str, Any]], silences: "Sequence[Silence]") -> Iterator[Mapping[str, Any]]:
        """Yields the alerts that meet the conditions."""
        for alert in alerts:
            if self._has_names(alert) and self._has_status(alert, silences) and self._is_recent(alert):
                yield alert

    def _has_names(self, alert: Mapping[str, Any]) -> bool:
        wanted = {"rule": self.rule, "kpi": self.kpi, "severity": self.severity, "segment": self.segment}
        return all(value is None or alert[name] == value for name, value in wanted.items())

    def _has_status(self, alert: Mapping[str, Any], silences: "Sequence[Silence]") -> bool:
        from pipelines.ledger import silence_on

        is_open = bool(alert["status"] != "resolved")
        match self.status:
            case None:
                return is_open or self.includes_resolved or self.since is not None
            case AlertStatus.OPEN:
                return is_open
            case AlertStatus.ACKNOWLEDGED:
                return alert["acknowledged_at"] is not None and bool(is_open or self.includes_resolved)
            case AlertStatus.SILENCED:
                return is_open and silence_on(alert, silences) is not None
            case _:
                return bool(alert["status"] == self.status)

    def _is_recent(self, alert: Mapping[str, Any]) -> bool:
        return self.since is None or alert["resolved_at"] is None or bool(alert["resolved_at"] >= self.since)
