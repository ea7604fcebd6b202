"""What fills a required column that a file lacks, if anything honest can; else what to add to the export."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pipelines.entities import Entity
from pipelines.sources.files.propose.gaps import is_empty, rejection, with_closing_date, with_rejections
from pipelines.sources.files.propose.matching import match_columns
from pipelines.sources.files.propose.model import Expression, FromColumn, Line, Sample, columns_of, edit, likely
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.resolve import Columns, missing
from pipelines.sources.files.propose.text import folded
from pipelines.sources.files.propose.values import value_of
from pipelines.storage.sql import identifier

# Words of the names of dates on which a deal began, and of those on which it did not.
_BEGINNINGS = frozenset(
    [
        *("opened", "opening", "open", "started", "start", "begin", "began", "first", "qualified", "received"),
        *("requested", "registered", "debut", "ouverture", "ouvert", "ouverte", "premier", "premiere", "reception"),
        *("eroffnet", "beginn", "inicio", "apertura", "inizio"),
    ]
)
_ENDINGS = frozenset(
    [
        "close",
        "closed",
        "closing",
        "won",
        "lost",
        "end",
        "last",
        "expected",
        "cloture",
        "fin",
        "gagne",
        "perdu",
        "dernier",
    ]
)


# From this score on, a header is the name of what it stands for.
_SURE_NAME = 0.9


def complete(
    entity: Entity,
    lines: Sequence[Line],
    columns: Columns,
    add: Mapping[str, str],
    sample: Sample,
    conditions: Collection[str] = (),
) -> tuple[list[Line], list[str]]:
    """Returns the lines with what replaces required columns, and what to do about those that nothing can replace.

    `conditions` are the columns of the file without which a row is no part of the table.
    """
    found = {line.name: line for line in lines}
    lacking: list[str] = []
    for column in entity.columns:
        if not column.required or column.name in found:
            continue
        text = missing(column.name, entity, add)
        line = _by_name(entity, column.name, found, columns) or _instead(
            entity, column.name, found, columns, text, sample
        )
        if line is None:
            lacking.append(text)
        else:
            found[column.name] = line
    lacking += [
        add.get(group[0]) or f"add a column for {' or '.join(group)} to the export"
        for group in entity.one_of
        if not found.keys() & set(group)
    ]
    checked = with_rejections(entity, [*found.values()], sample, columns.profiles, conditions)
    return with_closing_date(entity, checked, add), lacking


def _by_name(entity: Entity, name: str, found: Mapping[str, Line], columns: Columns) -> Line | None:
    """A column that the shape of the product does not know, if its name says that it is the one that is missing."""
    used = {each for line in found.values() for each in columns_of(line.value)}
    others = [each for each in entity.column_names if each != name]
    match = match_columns([*columns.profiles.values()], entity, used, others).get(name)
    if match is None or match.score < _SURE_NAME or not match.profile.filled:
        return None
    value = value_of(entity.name, entity.column(name), match.profile)
    return None if value is None else Line(name, value[0], likely("by its name"))


def _instead(
    entity: Entity, name: str, found: Mapping[str, Line], columns: Columns, text: str, sample: Sample
) -> Line | None:
    match entity.name, name:
        case "deal", "created_at":
            return _other_date(columns, found, text, sample)
        case (("email_event" | "email_send" | "touchpoint" | "interaction" | "call" | "training"), key) if (
            entity.key == (key,)
        ):
            return _composed(name, found)
        case ("customer", "customer_id") | ("lead", "lead_id"):
            if "email" in found:
                value = found["email"].value
                return Line(name, value, likely("the file has no id; the e-mail address identifies the person"))
            return _unique(name, columns, text)
        case _, key if entity.key == (key,):
            return _unique(name, columns, text)
        case _:
            return None


def _other_date(columns: Columns, found: Mapping[str, Line], text: str, sample: Sample) -> Line | None:
    """Another date of deals in place of their creation: their beginning by its name, else the closing date.

    The closing date makes every sales cycle 0 days long, which the remark says; deals without it would have no KPI.
    A deal without any date is rejected: a date that nobody wrote down is none.
    """
    closed = found.get("closed_at")
    if closed is None:
        return None
    dated = [name for name in columns_of(closed.value) if columns.profiles[name].fits("timestamp")]
    others = [profile.name for profile in columns.profiles.values() if profile.is_date and profile.name not in dated]
    begun = [name for name in others if _names_a_beginning(name)][:1]
    names = [*begun, *dated[-1:], *(name for name in others[:2] if name not in begun)]
    if not names:
        return None
    if begun:
        said = f"until then {begun[0]}, from which sales_cycle counts; {text}"
    else:
        said = f"until then the closing date, which makes sales_cycle 0 days; {text}"
    profiles = [columns.profiles[name] for name in names]
    undated = sum(all(is_empty(row, profile) for profile in profiles) for row in sample.rows)
    if undated and names[1:]:
        said = f"{rejection(undated, len(sample.rows), 'date', is_whole=sample.is_whole)}; {said}"
    if len(names) == 1:
        return Line("created_at", FromColumn(names[0]), edit(said))
    return Line("created_at", Expression(f"coalesce({', '.join(map(identifier, names))})", tuple(names)), edit(said))


def _names_a_beginning(column: str) -> bool:
    words = set(folded(column).split())
    return bool(words & _BEGINNINGS) and not words & _ENDINGS


def _composed(name: str, found: Mapping[str, Line]) -> Line | None:
    """An id made of all that identifies a record."""
    parts = [column for line in found.values() for column in columns_of(line.value)]
    names = tuple(dict.fromkeys(parts))
    if len(names) < 2:
        return None
    sql = f"md5(concat_ws('|', {', '.join(map(identifier, names))}))"
    return Line(name, Expression(sql, names), likely("the file has no id; equal rows are one record"))


def _unique(name: str, columns: Columns, text: str) -> Line | None:
    profile = _identifying(columns.profiles.values())
    if profile is None:
        return None
    return Line(
        name, FromColumn(profile.name), edit(f"{text}; until then {profile.name}, which is different in each row")
    )


def _identifying(profiles: Iterable[Profile]) -> Profile | None:
    candidates = [
        profile
        for profile in profiles
        if profile.is_unique and profile.filled >= 2 and not profile.is_date and not profile.is_nested
        if profile.money < 0.9 or profile.whole == 1
    ]
    return candidates[0] if candidates else None
