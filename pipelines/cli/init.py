"""`vigie init`: proposes settings from extract files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipelines.cli.console import FAILED, REFUSED, counted, fail, show, show_json, warn
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, AsJson, HomePath

if TYPE_CHECKING:
    from pipelines.services import propose

Files = Annotated[list[Path], typer.Argument(help="Extract files: CSV, Excel, JSON or Parquet.", show_default=False)]
Target = Annotated[Path, typer.Option("--to", help="The folder for the settings; it must not have any yet.")]


def init(files: Files, to: Target = DEFAULT_SETTINGS, home: HomePath = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Propose settings from extract files."""
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.notify.sanitize import readable
    from pipelines.services import propose
    from pipelines.services.installation import Installation

    try:
        propose.refuse_existing(to)
        proposal = propose.propose_settings(files, to, Installation(to, home).kpis())
        for finding in proposal.findings:
            if finding.problem is not None:
                warn(readable(finding.problem, MAX_TEXT_LENGTH))
        if proposal.text is None:
            fail("No settings were written.", FAILED)
        path = propose.write_settings(proposal.text, to)
    except propose.ExistingSettingsError as error:
        fail(f"{readable(str(error), MAX_TEXT_LENGTH)}.", REFUSED)
    if as_json:
        edits = _number_of_edits(proposal.text)
        show_json({"path": str(path), "lines_to_edit": edits, "tables": list(_tables(proposal))})
        return
    show(_overview(proposal), Text(f"\nWritten to {path}. {_edits(proposal.text)}"), Text(_next_commands(to, home)))


def _tables(proposal: "propose.Proposal") -> Iterator[dict[str, object]]:
    """Yields what was recognized in each file; the reason where it was nothing."""
    for finding in proposal.findings:
        if finding.problem is not None:
            yield {"file": finding.file, "problem": finding.problem}
        for each in finding.tables:
            yield {
                "file": finding.file,
                "product": finding.product,
                "source": finding.source,
                "entity": each.entity,
                "columns": len(each.lines),
                "lacking": each.lacking,
            }


def _overview(proposal: "propose.Proposal") -> Table:
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.notify.sanitize import readable

    table = Table(box=None, pad_edge=False)
    for header in ("file", "recognized as", "source", "entity", "columns", "to do"):
        table.add_column(header, overflow="fold")
    for finding in proposal.findings:
        for each in finding.tables:
            remarks = [*(line.remark for line in each.lines), *(option.remark for option in each.options)]
            edits = sum(remark.confidence.value == "EDIT" for remark in remarks)
            todo = "add columns, see the file" if each.lacking else counted(edits, "line") + " to edit" if edits else ""
            recognized = finding.product or "by its columns"
            name = readable(finding.file, MAX_TEXT_LENGTH)
            table.add_row(Text(name), Text(recognized), finding.source, each.entity, str(len(each.lines)), todo)
    return table


def _edits(text: str) -> str:
    number = _number_of_edits(text)
    return f"{counted(number, 'line')} marked EDIT: check {'it' if number == 1 else 'them'} first."


def _number_of_edits(text: str) -> int:
    return sum("# EDIT" in line for line in text.splitlines())


def _next_commands(to: Path, home: Path) -> str:
    options = "" if to == DEFAULT_SETTINGS else f" --settings {to}"
    homes = "" if home == DEFAULT_HOME else f" --home {home}"
    return (
        f"\nNext:\n  vigie check{options}{homes}\n  vigie preview{options}{homes}   what would be loaded, row by row\n"
        f"  vigie run{options}{homes}       load the files and build the KPIs"
    )
