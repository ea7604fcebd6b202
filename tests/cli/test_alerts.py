"""`vigie alerts` and `vigie ack`: open alerts with their status."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from click.testing import Result
from rich.console import Console

from pipelines.cli.render.alerts import alerts_table
from pipelines.settings import Company
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

Vigie = Callable[..., Result]
KPIS = load_catalogue(project_folder() / "target")
ALERT = {
    "alert_id": "0123456789ab",
    "rule": "csat-floor",
    "kpi": "csat",
    "grain": "week",
    "segment_type": "channel",
    "segment": "chat",
    "severity": "critical",
    "period_start": datetime(2024, 1, 1, tzinfo=UTC),
    "opened_period": datetime(2024, 1, 1, tzinfo=UTC),
    "value": 0.5,
    "threshold": 0.8,
    "acknowledged_at": None,
}


def rendered(width: int, **changes: object) -> str:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(alerts_table([{**ALERT, **changes}], [], Company(name="Lumen"), KPIS, width=width))
    return capture.get()


def test_alert_is_listed_with_value_and_threshold(vigie: Vigie, alert_id: str) -> None:
    output = vigie("alerts").output
    assert "Open alerts: 1" in output
    for cell in (alert_id, "csat-floor", "channel chat", "2024-W01", "50%", "80%", "2024-01-01"):
        assert cell in output


def test_acknowledged_alert_has_its_status(vigie: Vigie, alert_id: str) -> None:
    assert "acknowledged" not in vigie("alerts").output
    assert f"Alert {alert_id} is acknowledged since" in vigie("ack", alert_id).output
    assert "acknowledged" in vigie("alerts").output
    [alert] = json.loads(vigie("alerts", "--json").output)
    assert alert["acknowledged_at"] is not None


def test_unknown_alert_cannot_be_acknowledged(vigie: Vigie, alert_id: str) -> None:
    result = vigie("ack", f"{alert_id}0")
    assert result.exit_code == 2
    assert f"did you mean {alert_id}?" in result.stderr


def test_narrow_terminal_hides_columns_but_shows_the_whole_id() -> None:
    assert "satisfaction" in rendered(140)
    assert "satisfaction" not in rendered(110)
    assert "2024-W01" in rendered(110)
    narrow = rendered(80)
    assert "2024-W01" not in narrow
    assert "0123456789ab" in narrow


def test_kpi_that_is_no_longer_in_the_catalogue_is_shown_by_its_name() -> None:
    assert "former_kpi" in rendered(140, kpi="former_kpi")


def test_names_with_brackets_are_not_markup() -> None:
    assert "channel [bold]" in rendered(140, segment="[bold]")
