"""`vigie init`: proposes settings from extract files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import FAILED, REFUSED, counted, fail, show, show_json, warn

if TYPE_CHECKING:
    from pipelines.services import propose

# Of the columns that no table reads, so many are listed, with names of so many characters.
_MOST_UNUSED, _LONGEST_NAME = 20, 60
_EDIT = re.compile(r"^ *(?P<key>[^:#]*).*# EDIT: (?P<what>.*)$")


def init(
    files: options.Files,
    to: options.TargetFolder = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
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
    edits = list(_edits(proposal.text))
    if as_json:
        tables, lines = list(_tables(proposal)), [{"line": line, "key": key, "what": what} for line, key, what in edits]
        show_json({"path": str(path), "lines_to_edit": len(edits), "edits": lines, "tables": tables})
        return
    show(*_overview(proposal))
    marked = f"{counted(len(edits), 'line')} marked EDIT: check {'it' if len(edits) == 1 else 'them'} first."
    show(Text(f"\nWritten to {path}. {marked if edits else 'Nothing is marked EDIT.'}"))
    show(*_to_do(edits), Text(_next_commands(to, home)))


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
                "unused": each.unused,
            }


def _overview(proposal: "propose.Proposal") -> Iterator[RenderableType]:
    """Yields each file with what it was recognized as, and its tables below: names of files are long."""
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.notify.sanitize import readable

    for finding in proposal.findings:
        if not finding.tables:
            continue
        recognized = finding.product or "recognized by its columns"
        yield Text.assemble((readable(finding.file, MAX_TEXT_LENGTH), "bold"), f"  {recognized}")
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for each in finding.tables:
            state = "not loaded yet: add columns, see the file" if each.lacking else counted(len(each.lines), "column")
            table.add_row(f"  {finding.source}", each.entity, state)
        yield table
        unused = [readable(name, _LONGEST_NAME) for each in finding.tables for name in each.unused]
        if unused:
            more = f" and {len(unused) - _MOST_UNUSED} more" if len(unused) > _MOST_UNUSED else ""
            entity = finding.tables[0].entity
            listed = f"  not used: {', '.join(unused[:_MOST_UNUSED])}{more}"
            yield Text(f"{listed}; `vigie entities {entity}` lists what they could be", style="yellow")


def _edits(text: str) -> Iterator[tuple[int, str, str]]:
    """Yields the lines of the settings that somebody has to check: number, key, and what to do."""
    for number, line in enumerate(text.splitlines(), start=1):
        found = _EDIT.match(line)
        if found is not None:
            yield number, found["key"].strip(), found["what"]


def _to_do(edits: list[tuple[int, str, str]]) -> Iterator[RenderableType]:
    """Yields the list of what to check, in the order of the lines."""
    if not edits:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for number, key, what in edits:
        table.add_row(f"  line {number}", Text(key), Text(what))
    yield table


def _next_commands(to: Path, home: Path) -> str:
    chosen = "" if to == options.SETTINGS else f" --settings {to}"
    homes = "" if home == options.HOME else f" --home {home}"
    return (
        f"\nNext:\n  vigie check{chosen}{homes}\n  vigie preview{chosen}{homes}   what would be loaded, row by row\n"
        f"  vigie run{chosen}{homes}       load the files and build the KPIs"
    )
