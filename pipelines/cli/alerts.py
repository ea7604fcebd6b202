"""`vigie alerts` and `vigie ack`: the open alerts."""

import json
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from pipelines.cli.app import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    REFUSED,
    AsJson,
    HomePath,
    SettingsPath,
    did_you_mean,
    existing_ledger,
    in_words,
    out,
    stop,
)
from pipelines.cli.render import alerts as render
from pipelines.services.installation import Installation


def alerts(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """The open alerts."""
    installation = Installation(settings, home)
    loaded = installation.settings()
    with existing_ledger(home) as ledger:
        found = ledger.open_alerts()
        silences = ledger.silences(datetime.now(UTC))
    if as_json:
        out.print_json(json.dumps(render.alerts_as_json(found, silences), default=str))
    else:
        render.show_alerts(found, silences, loaded, installation.kpis(), out)


def ack(
    alert_id: Annotated[str, typer.Argument(help="The alert's id, as `vigie alerts` shows it.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """Acknowledges an open alert: someone looks after it."""
    loaded = Installation(settings, home).settings()
    with existing_ledger(home) as ledger:
        known = [str(row["alert_id"]) for row in ledger.open_alerts()]
        if not ledger.acknowledge(alert_id, datetime.now(UTC)):
            stop(f"No open alert has the id {alert_id}{did_you_mean(alert_id, known)}", REFUSED)
        [since] = [row["acknowledged_at"] for row in ledger.open_alerts() if row["alert_id"] == alert_id]
    local = since.astimezone(ZoneInfo(loaded.company.timezone))
    out.print(f"Acknowledged {alert_id}: seen since {local:%Y-%m-%d %H:%M %Z}.", highlight=False)


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("alerts")(in_words(alerts))
    app.command("ack")(in_words(ack))
