"""What would be loaded, as text: the files, the counts, the mapping, the first rows, and what is wrong."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.values import MAX_TEXT_LENGTH, NO_VALUE
from pipelines.cli.render.words import counted_words, word
from pipelines.entities import ENTITIES
from pipelines.kpis.formatting import Language, format_count, format_decimals
from pipelines.notify.sanitize import readable
from pipelines.notify.translations.reasons import reason_for
from pipelines.settings import Company
from pipelines.sources import Rejection
from pipelines.sources.preview import TablePreview

_MOST_FILES = 3
_MOST_REASONS = 12
_LONGEST_CELL = 24
_LONGEST_ORIGIN = 40
_INDENT = "  "
_GAP = 2


def preview_parts(
    source: str, previews: Sequence[TablePreview], company: Company, *, width: int
) -> Iterator[RenderableType]:
    """Yields the preview of a source for a terminal of `width` characters; times of files are in the company's zone."""
    language = company.language
    if not previews:
        yield Text(word("no_preview", language, source=source))
    for preview in previews:
        yield Text()
        yield Text.assemble((f"{source}.{preview.entity}", "bold"), f"  {', '.join(preview.places)}")
        for problem in preview.problems:
            yield Text(f"{_INDENT}✗ {_clean(reason_for(problem, language))}", style="red")
        if preview.files:
            yield Text(f"{_INDENT}{_files(preview, company)}")
        if preview.looked_at:
            yield Text(f"{_INDENT}{counts(preview, language)}")
            yield from _mapping(preview, language)
            yield from _sample(preview, width)
            if (preview.rejections or preview.warnings) and (title := word("english_reasons", language)):
                yield Text(f"{_INDENT}{title}", style="yellow")
            yield from reasons(preview.rejections, language)
            yield from warnings(preview, language)


def counts(preview: TablePreview, language: Language) -> str:
    """Returns how many rows would be loaded and how many would not."""
    numbers = {"quarantined": preview.quarantined, "filtered": preview.filtered, "blank": preview.blank}
    numbers["duplicate"] = preview.duplicates
    parts = [counted_words(preview.rows, "row", language)]
    parts += [counted_words(number, key, language) for key, number in numbers.items() if number]
    return ", ".join(parts) + ("" if preview.is_whole else _looked_at(preview, language))


def reasons(rejections: Sequence[Rejection], language: Language) -> Iterator[Text]:
    """Yields every reason for quarantine with its count, and the first row that has it."""
    colon = word("colon", language)
    for rejection in rejections[:_MOST_REASONS]:
        column = "" if rejection.column is None else f"{rejection.column}{colon}"
        row, file = format_count(rejection.row, language), rejection.file.rpartition("/")[2]
        place = word("first_place" if rejection.rows > 1 else "place", language, file=file, row=row)
        rows = counted_words(rejection.rows, "row_quarantined", language)
        yield Text(f"{_INDENT}! {_clean(f'{rows}, {column}{rejection.reason} ({place})')}", style="yellow")
    if len(rejections) > _MOST_REASONS:
        more = counted_words(len(rejections) - _MOST_REASONS, "more_reason", language)
        yield Text(f"{_INDENT}! {more}", style="yellow")


def warnings(preview: TablePreview, language: Language) -> Iterator[Text]:
    """Yields what is probably wrong with the rows."""
    for warning in preview.warnings:
        line = f"{warning.column}{word('colon', language)}{warning.message}"
        yield Text(f"{_INDENT}! {_clean(line)}", style="yellow")


def _looked_at(preview: TablePreview, language: Language) -> str:
    if len(preview.looked_at) == len(preview.files):
        return word("in_beginnings", language)
    files = counted_words(len(preview.files), "file", language)
    return word("in_newest_files", language, number=len(preview.looked_at), files=files)


def _files(preview: TablePreview, company: Company) -> str:
    language, zone = company.language, ZoneInfo(company.timezone)
    newest = sorted(preview.files, key=lambda file: file.modified_at)[: -_MOST_FILES - 1 : -1]
    named = ", ".join(
        f"{_clean(file.name.rpartition('/')[2])} ({_size(file.bytes, language)},"
        f" {file.modified_at.astimezone(zone):%Y-%m-%d %H:%M})"
        for file in newest
    )
    more = " …" if len(preview.files) > len(newest) else ""
    return f"{counted_words(len(preview.files), 'file', language)}{word('colon', language)}{named}{more}"


def _size(size: int, language: Language) -> str:
    for unit, factor in (("gigabytes", 1_000_000_000), ("megabytes", 1_000_000), ("kilobytes", 1_000)):
        if size >= factor:
            return f"{format_decimals(size / factor, 1, language)} {word(unit, language)}"
    return f"{size} {word('bytes', language)}"


def _mapping(preview: TablePreview, language: Language) -> Iterator[RenderableType]:
    table = Table(box=None, padding=(0, _GAP, 0, 0), show_header=False)
    for column, origin in preview.columns.items():
        first, last = preview.moments.get(column, ("", ""))
        span = "" if not first else first if first == last else f"{first} … {last}"
        table.add_row(_INDENT + escape(column), escape(f"← {_shortened(origin, _LONGEST_ORIGIN)}"), span)
    yield table


def _sample(preview: TablePreview, width: int) -> Iterator[Table]:
    """Yields the first rows; columns that do not fit are in further tables below, each with the key of the rows."""
    for shown in _blocks(preview, width):
        table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim")
        for column in shown:
            table.add_column(_INDENT + escape(column) if column == shown[0] else escape(column), no_wrap=True)
        for row in preview.sample:
            cells = [escape(_cell(row.get(column))) for column in shown]
            table.add_row(_INDENT + cells[0], *cells[1:])
        yield table


def _blocks(preview: TablePreview, width: int) -> Iterator[list[str]]:
    """Yields the columns of each table of rows: the key, and as many others as fit, at least one."""
    entity = ENTITIES.get(preview.entity)
    keys = [name for name in preview.columns if entity is not None and name in entity.key]
    left = free = width - len(_INDENT) - sum(_width(preview, name) for name in keys)
    block = [*keys]
    for name in preview.columns:
        if name in keys:
            continue
        if len(block) > len(keys) and _width(preview, name) > left:
            yield block
            block, left = [*keys], free
        block.append(name)
        left -= _width(preview, name)
    if block:
        yield block


def _width(preview: TablePreview, column: str) -> int:
    """How many characters a column takes, with the gap beside it."""
    return max(len(column), *(len(_cell(row.get(column))) for row in preview.sample), 0) + _GAP


def _cell(value: str | None) -> str:
    if value is None:
        return NO_VALUE
    return _shortened(value, _LONGEST_CELL)


def _shortened(text: str, most: int) -> str:
    clean = _clean(text)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def _clean(text: str) -> str:
    return readable(text, MAX_TEXT_LENGTH)
