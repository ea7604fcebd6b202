"""The text of the proposed settings: YAML with a comment beside each line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.sources.files.propose.model import (
    Constant,
    Duration,
    Expression,
    Finding,
    FirstOf,
    FromColumn,
    Mapped,
    Option,
    Remark,
    Table,
    Value,
    edit,
    likely,
)
from pipelines.sources.files.propose.rules import example_rules
from pipelines.sources.files.propose.text import shown
from pipelines.sources.files.propose.yaml_text import comment, flow, key, scalar

_MOST_UNUSED = 60
_EXPRESSION = "expr:"
# Entities whose rows are events: an export of a later period does not have the earlier ones.
_EVENTS = frozenset(
    {"email_event", "email_send", "interaction", "call", "ad_stat", "web_stat", "touchpoint", "fx_rate"}
)


@dataclass(frozen=True, slots=True)
class Company:
    """What is proposed for the company: each value with its remark."""

    name: tuple[str, Remark]
    timezone: tuple[str, Remark]
    currency: tuple[str, Remark]
    language: tuple[str, Remark]


def render(company: Company, findings: Sequence[Finding], excluded: Sequence[str] = ()) -> str:
    """Returns the text of the settings. Tables that cannot be loaded are comments.

    `excluded` are the statuses of orders that are no sales, if the settings have to name them.
    """
    lines = [
        "# Proposed by `vigie init`. The word in each comment says how sure a line is: sure, likely, or EDIT, which",
        "# somebody has to check or complete. `vigie preview` shows what would be loaded.",
        *_company(company),
        "",
        *_sources(findings, company.timezone[0]),
        *_excluded(excluded),
        *example_rules({table.entity for each in findings for table in each.tables if table.is_usable}),
    ]
    return "\n".join(lines) + "\n"


def _company(company: Company) -> Iterator[str]:
    yield "company:"
    for name in ("name", "timezone", "currency", "language"):
        value, remark = getattr(company, name)
        yield f"  {name}: {scalar(value)} {comment(remark)}"


def _sources(findings: Sequence[Finding], timezone: str) -> Iterator[str]:
    names = list(dict.fromkeys(finding.source for finding in findings if finding.tables))
    is_any = any(table.is_usable for finding in findings for table in finding.tables)
    yield "sources:" if is_any else "sources: []"
    for name in names:
        own = [finding for finding in findings if finding.source == name]
        is_active = any(table.is_usable for finding in own for table in finding.tables)
        block = [f"  - name: {scalar(name)}", "    type: files", "    tables:"]
        yield from (block if is_active else map(_commented, block))
        for finding in own:
            for table in finding.tables:
                yield from _table(finding, table, timezone)
    yield ""


def _excluded(statuses: Sequence[str]) -> Iterator[str]:
    if statuses:
        yield "kpis:"
        yield f"  revenue: {{excluded_statuses: {flow(list(statuses))}}} {comment(likely('orders that are no sales'))}"
        yield ""


def _commented(line: str) -> str:
    return f"# {line}"


def _table(finding: Finding, table: Table, timezone: str) -> Iterator[str]:
    yield f"      # {shown(finding.file, 80)}{f': {finding.product}' if finding.product else ''}"
    for note in table.notes:
        yield f"      # {shown(note, 300)}"
    for text in table.lacking:
        yield f"      # {edit('not loaded yet').confidence.value}: not loaded yet; {shown(text, 250)}"
    block = [*_entries(table, timezone)]
    yield from (block if table.is_usable else map(_commented, block))
    if table.unused:
        names = [shown(name, 40) for name in table.unused[:_MOST_UNUSED]]
        more = f" and {len(table.unused) - _MOST_UNUSED} more" if len(table.unused) > _MOST_UNUSED else ""
        yield f"        # not used: {', '.join(names)}{more}"


def _entries(table: Table, timezone: str) -> Iterator[str]:
    yield f"      - entity: {table.entity}"
    yield f"        path: {scalar(table.path)}"
    for option in table.options:
        yield f"        {_option(option, timezone)}"
    if table.entity not in _EVENTS:
        remark = likely("if each export has all records: those that are missing from the newest are then deleted")
        yield f"        # mode: snapshot {comment(remark)}"
    yield "        columns:"
    for line in table.lines:
        yield f"          {line.name}: {value(line.value)} {comment(line.remark)}"


def _option(option: Option, timezone: str) -> str:
    if option.key == "timezone" and option.value is None:
        # Not a setting of its own: the times are in the company's time zone, as they are without it.
        return f"# timezone: {timezone} {comment(option.remark)}"
    text = flow(option.value)
    # A single mark is no word.
    return f"{option.key}: {text} {comment(option.remark)}"


def value(given: Value) -> str:
    """Returns the value of an entity's column as YAML."""
    match given:
        case FromColumn():
            return _source(given.column)
        case Constant():
            return f"{{const: {scalar(given.value)}}}"
        case Mapped():
            words = _without_doubles(given.words)
            mapped = ", ".join(f"{_quoted_key(word)}: {scalar(meaning)}" for word, meaning in words.items())
            return f"{{from: {_source(given.column)}, map: {{{mapped}}}, default: null}}"
        case Duration():
            unit = f", unit: {given.unit}" if given.unit else ""
            return f"{{from: {_source(given.column)}, after: {given.after}{unit}}}"
        case FirstOf():
            return f"{{from: {_source(given.column)}, split: {scalar(given.separator)}, take: first}}"
        case Expression():
            return scalar(f"{_EXPRESSION} {given.sql}")


def _source(column: str) -> str:
    if column.startswith(_EXPRESSION):
        name = column.replace('"', '""')
        return scalar(f'{_EXPRESSION} "{name}"')
    text = scalar(column)
    return (
        text
        if text.startswith('"') or text.isidentifier()
        else f'"{text}"'
        if any(c in text for c in ",[]{}")
        else text
    )


def _quoted_key(word: str) -> str:
    text = key(word)
    return text if text.startswith('"') else f'"{text}"'


def _without_doubles(words: Mapping[str, object]) -> dict[str, object]:
    """The words of a map, of which those that differ by blanks and case alone count once."""
    found: dict[str, tuple[str, object]] = {}
    for word, meaning in words.items():
        found.setdefault(word.strip().casefold(), (word.strip(), meaning))
    return dict(found.values())
