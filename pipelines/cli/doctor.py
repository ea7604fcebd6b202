"""`vigie doctor`: tries every connection."""

import typer

from pipelines.cli.app import DEFAULT_HOME, DEFAULT_SETTINGS, FAILED, HomePath, SettingsPath, in_words, out
from pipelines.services.installation import Installation


def doctor(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME) -> None:
    """Tries every connection: sources, channels, destinations."""
    from pipelines.services import doctor as examination  # noqa: PLC0415 - imports the clients of every connection

    findings = examination.examine(Installation(settings, home))
    for finding in findings:
        out.print(
            f"[{'green' if finding.problem is None else 'red'}]{'ok  ' if finding.problem is None else 'FAIL'}[/]",
            end=" ",
        )
        out.print(
            finding.subject if finding.problem is None else f"{finding.subject}: {finding.problem}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    raise typer.Exit(FAILED if any(finding.problem for finding in findings) else 0)


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("doctor")(in_words(doctor))
