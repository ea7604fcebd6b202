"""`vigie ack`: acknowledges an open alert."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from pipelines.cli.console import REFUSED, fail, show
from pipelines.cli.inputs import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    HomePath,
    SettingsPath,
    did_you_mean,
    open_ledger,
)
from pipelines.services.installation import Installation


def ack(
    alert_id: Annotated[str, typer.Argument(help="The id of the alert, as `vigie alerts` shows it.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """Acknowledge an open alert: someone is working on it."""
    company = Installation(settings, home).settings().company
    with open_ledger(home) as ledger:
        known = [str(row["alert_id"]) for row in ledger.open_alerts()]
        if not ledger.acknowledge(alert_id, datetime.now(UTC)):
            fail(f"No open alert has the id {alert_id}{did_you_mean(alert_id, known)}", REFUSED)
        [since] = [row["acknowledged_at"] for row in ledger.open_alerts() if row["alert_id"] == alert_id]
    local = since.astimezone(ZoneInfo(company.timezone))
    show(Text(f"Alert {alert_id} is acknowledged since {local:%Y-%m-%d %H:%M %Z}."))
