"""`vigie doctor`: tests every connection."""

import typer
from rich.text import Text

from pipelines.cli.console import FAILED, show, show_json
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, AsJson, HomePath, SettingsPath

_MOST_REMARKS = 5


def doctor(settings: SettingsPath = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Test the connection to every source, channel and destination, and count what the sources would deliver."""
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.notify.sanitize import readable
    from pipelines.services.doctor import examine
    from pipelines.services.installation import Installation

    findings = examine(Installation(settings, home))
    if as_json:
        show_json({"findings": findings})
    for finding in () if as_json else findings:
        counts = f": {finding.counts}" if finding.counts else ""
        if finding.problem is None:
            show(Text.assemble(("ok  ", "green"), f" {finding.subject}{counts}"))
        else:
            show(Text.assemble(("FAIL", "red"), f" {finding.subject}: {finding.problem}"))
        for remark in finding.remarks[:_MOST_REMARKS]:
            show(Text(f"     ! {readable(remark, MAX_TEXT_LENGTH)}", style="yellow"))
        if len(finding.remarks) > _MOST_REMARKS:
            more = len(finding.remarks) - _MOST_REMARKS
            show(Text(f"     ! and {more} more: vigie preview {finding.subject.partition(' ')[2]}", style="yellow"))
    raise typer.Exit(FAILED if any(finding.problem for finding in findings) else 0)
