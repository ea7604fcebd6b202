"""`vigie doctor`: tests every connection."""

import typer
from rich.text import Text

from pipelines.cli.console import FAILED, show
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, HomePath, SettingsPath
from pipelines.services.installation import Installation


def doctor(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME) -> None:
    """Test the connection to every source, channel and destination."""
    from pipelines.services.doctor import examine  # noqa: PLC0415 - imports the clients of every connection

    findings = examine(Installation(settings, home))
    for finding in findings:
        if finding.problem is None:
            show(Text.assemble(("ok  ", "green"), f" {finding.subject}"))
        else:
            show(Text.assemble(("FAIL", "red"), f" {finding.subject}: {finding.problem}"))
    raise typer.Exit(FAILED if any(finding.problem for finding in findings) else 0)
