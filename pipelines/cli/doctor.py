"""`vigie doctor`: tests every connection."""

import typer
from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import FAILED, show, show_json
from pipelines.cli.inputs import open_installation

_MOST_REMARKS = 5
# What subjects begin with, and the key of its word, if that is another.
_KINDS = {"export": "one_export"}


def doctor(
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Test the connection to every source, channel and destination, and count what the sources would deliver."""
    from pipelines.cli.render.results import outcome
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.cli.render.words import word
    from pipelines.notify.sanitize import readable
    from pipelines.services.doctor import examine

    installation, loaded = open_installation(settings, home)
    language = loaded.company.language
    findings = examine(installation)
    if as_json:
        show_json({"findings": findings})
    for finding in () if as_json else findings:
        kind, _, name = finding.subject.partition(" ")
        subject = f"{word(_KINDS.get(kind, kind), language)} {name}" if name else kind
        said = finding.problem or finding.counts
        line = f" {subject}{word('colon', language)}{said}" if said else f" {subject}"
        show(Text.assemble(outcome(language, is_good=finding.problem is None), line))
        if finding.remarks and (reasons := word("english_reasons", language)):
            show(Text(f"     {reasons}", style="yellow"))
        for remark in finding.remarks[:_MOST_REMARKS]:
            show(Text(f"     ! {readable(remark, MAX_TEXT_LENGTH)}", style="yellow"))
        if len(finding.remarks) > _MOST_REMARKS:
            more = word("see_preview", language, count=len(finding.remarks) - _MOST_REMARKS, source=name)
            show(Text(f"     ! {more}", style="yellow"))
    raise typer.Exit(FAILED if any(finding.problem for finding in findings) else 0)
