"""The order of open alerts in reports, workbooks and digests."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from pipelines.export.content import ExportContent


def alert(name: str, severity: str, value: float | None, threshold: float | None) -> Mapping[str, Any]:
    return {"rule": name, "segment": "all", "severity": severity, "value": value, "threshold": threshold}


def test_critical_alerts_come_first_then_those_farthest_beyond_their_threshold() -> None:
    alerts = [
        alert("a-no-data", "warn", None, None),
        alert("b-warn-far", "warn", 0.1, 0.9),
        alert("c-close", "critical", 0.69, 0.7),
        alert("d-far", "critical", 900.0, 300.0),
        alert("e-zero", "critical", 0.5, 0.0),
        alert("f-warn-close", "warn", 0.88, 0.9),
    ]
    content: Any = SimpleNamespace(alerts=alerts)
    worst = ExportContent.worst_alerts.fget(content)  # type: ignore[attr-defined]
    assert [each["rule"] for each in worst] == ["d-far", "e-zero", "c-close", "b-warn-far", "f-warn-close", "a-no-data"]
