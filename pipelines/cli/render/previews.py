"""What would be loaded, as text: the files, the counts, the mapping, the first rows, and what is wrong."""

from collections.abc import Iterator, Sequence
from itertools import islice
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.console import counted
from pipelines.cli.render.values import MAX_TEXT_LENGTH, NO_VALUE
from pipelines.notify.sanitize import readable
from pipelines.sources import Rejection
from pipelines.sources.preview import TablePreview

_MOST_FILES = 3
_MOST_REASONS = 12
_LONGEST_CELL = 24
_LONGEST_ORIGIN = 40
_INDENT = "  "


def preview_parts(
    source: str, previews: Sequence[TablePreview], *, timezone: str, width: int
) -> Iterator[RenderableType]:
    """Yields the preview of a source for a terminal of `width` characters; times of files are in `timezone`."""
    if not previews:
        yield Text(f"{source}: there is no preview of a source of this type; `vigie doctor` tests its connection")
    for preview in previews:
        yield Text()
        yield Text.assemble((f"{source}.{preview.entity}", "bold"), f"  {', '.join(preview.places)}")
        yield from (Text(f"{_INDENT}✗ {_clean(problem)}", style="red") for problem in preview.problems)
        if preview.files:
            yield Text(f"{_INDENT}{_files(preview, timezone)}")
        if preview.looked_at:
            yield Text(f"{_INDENT}{counts(preview)}")
            yield from _mapping(preview)
            yield from _sample(preview, width)
            yield from reasons(preview.rejections)
            yield from warnings(preview)


def counts(preview: TablePreview) -> str:
    """Returns how many rows would be loaded and how many would not."""
    scope = "" if preview.is_whole else f" in what was looked at ({_looked_at(preview)})"
    parts = [counted(preview.rows, "row")]
    for number, what in (
        (preview.quarantined, "quarantined"),
        (preview.filtered, "filtered"),
        (preview.blank, "blank"),
    ):
        if number:
            parts.append(f"{number:,} {what}")
    if preview.duplicates:
        parts.append(f"{preview.duplicates:,} of the rows with a key that another row has")
    return f"{', '.join(parts)}{scope}"


def reasons(rejections: Sequence[Rejection]) -> Iterator[Text]:
    """Yields every reason for quarantine with its count, and the first row that has it."""
    for rejection in rejections[:_MOST_REASONS]:
        column = "" if rejection.column is None else f"{rejection.column}: "
        place = f"{rejection.file.rpartition('/')[2]}, row {rejection.row:,}"
        first = "first in " if rejection.rows > 1 else ""
        line = f"{counted(rejection.rows, 'row')} quarantined, {column}{rejection.reason} ({first}{place})"
        yield Text(f"{_INDENT}! {_clean(line)}", style="yellow")
    if len(rejections) > _MOST_REASONS:
        yield Text(f"{_INDENT}! and {counted(len(rejections) - _MOST_REASONS, 'more reason')}", style="yellow")


def warnings(preview: TablePreview) -> Iterator[Text]:
    """Yields what is probably wrong with the rows."""
    for warning in preview.warnings:
        yield Text(f"{_INDENT}! {_clean(f'{warning.column}: {warning.message}')}", style="yellow")


def _looked_at(preview: TablePreview) -> str:
    if len(preview.looked_at) < len(preview.files):
        return f"the newest {len(preview.looked_at)} of {counted(len(preview.files), 'file')}"
    return "the beginning of each file"


def _files(preview: TablePreview, timezone: str) -> str:
    newest = sorted(preview.files, key=lambda file: file.modified_at)[: -_MOST_FILES - 1 : -1]
    named = ", ".join(
        f"{_clean(file.name.rpartition('/')[2])} ({_size(file.bytes)},"
        f" {file.modified_at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M})"
        for file in newest
    )
    return f"{counted(len(preview.files), 'file')}: {named}{' …' if len(preview.files) > len(newest) else ''}"


def _size(size: int) -> str:
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _mapping(preview: TablePreview) -> Iterator[RenderableType]:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for column, origin in preview.columns.items():
        first, last = preview.moments.get(column, ("", ""))
        span = "" if not first else first if first == last else f"{first} … {last}"
        table.add_row(_INDENT + escape(column), escape(f"← {_shortened(origin, _LONGEST_ORIGIN)}"), span)
    yield table


def _sample(preview: TablePreview, width: int) -> Iterator[Table]:
    """Yields the first rows; columns that do not fit are in further tables below."""
    columns = iter(preview.columns)
    while shown := list(islice(columns, _fitting(preview, width))):
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in shown:
            table.add_column(_INDENT + escape(column) if column == shown[0] else escape(column), no_wrap=True)
        for row in preview.sample:
            cells = [escape(_cell(row.get(column))) for column in shown]
            table.add_row(_INDENT + cells[0], *cells[1:])
        yield table


def _fitting(preview: TablePreview, width: int) -> int:
    """How many columns fit, if each is as wide as the widest."""
    cells = [_cell(row.get(column)) for row in preview.sample for column in preview.columns]
    widest = max(map(len, [*cells, *preview.columns]), default=1) + 2
    return max(1, (width - len(_INDENT)) // widest)


def _cell(value: str | None) -> str:
    if value is None:
        return NO_VALUE
    return _shortened(value, _LONGEST_CELL)


def _shortened(text: str, most: int) -> str:
    clean = _clean(text)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def _clean(text: str) -> str:
    return readable(text, MAX_TEXT_LENGTH)
