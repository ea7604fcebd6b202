"""`vigie alerts`: the open alerts."""

from datetime import UTC, datetime

from pipelines.cli.console import results, show, show_json
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, AsJson, HomePath, SettingsPath, open_ledger
from pipelines.cli.render.alerts import alerts_as_json, alerts_table
from pipelines.services.installation import Installation


def alerts(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show the open alerts."""
    installation = Installation(settings, home)
    company = installation.settings().company
    with open_ledger(home) as ledger:
        found = ledger.open_alerts()
        silences = ledger.silences(datetime.now(UTC))
    if as_json:
        show_json(alerts_as_json(found, silences))
    else:
        show(alerts_table(found, silences, company, installation.kpis(), width=results.width))
