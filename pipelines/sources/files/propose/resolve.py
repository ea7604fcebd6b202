"""Turns the rules of a product's shape into values over the columns that a file really has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.entities import Column, Entity
from pipelines.sources.files.propose.model import (
    SURE,
    Constant,
    Duration,
    Expression,
    FirstOf,
    FromColumn,
    Line,
    Mapped,
    Remark,
    Value,
    columns_of,
    edit,
    likely,
)
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.shapes import shape as rules
from pipelines.sources.files.propose.text import folded
from pipelines.sources.files.propose.values import combined, outcome_of, score_of, value_of
from pipelines.storage.sql import identifier, literal

_ZONE_IN_BRACKETS = re.compile(r" ?\((?:[A-Za-z]+/[A-Za-z_/]+|UTC|GMT)\)$")

_NUMBERS = ("money", "number", "integer")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file by their folded names."""

    profiles: Mapping[str, Profile]
    by_name: Mapping[str, str]

    def find(self, names: Sequence[str]) -> Profile | None:
        """Returns the first of these columns that has values, else the first that the file has."""
        present = [self.profiles[self.by_name[key]] for name in names if (key := _key(name)) in self.by_name]
        return next((profile for profile in present if profile.filled), present[0] if present else None)

    def has(self, alternatives: str) -> bool:
        """Returns whether the file has one of the names, which `|` separates."""
        return self.find(alternatives.split("|")) is not None


def _key(name: str) -> str:
    return folded(name).replace(" ", "")


def index_columns(profiles: Sequence[Profile]) -> Columns:
    """Returns the columns of a file so that they can be found by name."""
    by_name: dict[str, str] = {}
    for profile in profiles:
        by_name.setdefault(_key(profile.name), profile.name)
    for profile in profiles:
        # Some products write the time zone into the header.
        by_name.setdefault(_key(_ZONE_IN_BRACKETS.sub("", profile.name)), profile.name)
    return Columns({profile.name: profile for profile in profiles}, by_name)


def resolve_line(name: str, given: rules.Rules, entity: Entity, columns: Columns) -> Line | None:
    """Returns the line of an entity's column by the first rule that the file allows; None if none does."""
    rules_given = given if isinstance(given, tuple) else (given,)
    # A rule whose columns are empty counts only if the others find nothing.
    for rule in sorted(rules_given, key=lambda rule: not _has_values(rule, columns)):
        found = _resolve(name, rule, entity, columns)
        if found is not None:
            value, remark = found
            why = getattr(rule, "why", "")
            return Line(name, value, likely(why) if why and remark is SURE else remark)
    return None


def _has_values(rule: rules.Rule, columns: Columns) -> bool:
    names = [name for each in getattr(rule, "names", ()) for name in each.split("|")]
    profile = columns.find(names)
    return profile is not None and profile.filled > 0


def _resolve(name: str, rule: rules.Rule, entity: Entity, columns: Columns) -> tuple[Value, Remark] | None:
    match rule:
        case rules.Const():
            return Constant(rule.value), SURE
        case rules.Sql():
            return _expression(rule, columns)
        case rules.Filled():
            return _filled(name, rule, entity, columns)
        case rules.Sum():
            return _sum(name, rule, entity, columns)
        case _:
            profile = columns.find(rule.names)
            return None if profile is None else _of_column(name, rule, profile, entity, columns)


def _of_column(
    name: str, rule: rules.OfColumn, profile: Profile, entity: Entity, columns: Columns
) -> tuple[Value, Remark] | None:
    match rule:
        case rules.Outcome():
            return outcome_of(profile, rule.words)
        case rules.WhenClosed():
            return _when_closed(rule, profile, columns)
        case rules.Words():
            mapped = _words(profile, rule.words)
            return (Mapped(profile.name, mapped), SURE) if mapped else None
        case rules.Score():
            return score_of(profile)
        case rules.After():
            return _after(rule, profile)
        case rules.First():
            if profile.filled and profile.several == 0:
                return FromColumn(profile.name), SURE
            return FirstOf(profile.name, rule.separator), SURE
        case _:
            return value_of(entity.name, entity.column(name), profile)


def _expression(rule: rules.Sql, columns: Columns) -> tuple[Value, Remark] | None:
    found = [columns.find(names.split("|")) for names in rule.names]
    if any(profile is None for profile in found):
        return None
    names = tuple(profile.name for profile in found if profile is not None)
    return Expression(rule.sql.format(*map(identifier, names)), names), SURE


def _filled(name: str, rule: rules.Filled, entity: Entity, columns: Columns) -> tuple[Value, Remark] | None:
    column = entity.column(name)
    found = [profile for names in rule.names if (profile := columns.find(names.split("|"))) is not None]
    values = [value for profile in found if (value := value_of(entity.name, column, profile)) is not None]
    guest = columns.find(rule.guest)
    if guest is None and len(values) < 2:
        return None
    if column.kind in _NUMBERS:
        return combined([value for value, _ in values]), SURE
    parts = [part for value, _ in values if (part := _sql_of(value)) is not None]
    read = [each for value, _ in values for each in columns_of(value)]
    remark = SURE
    if guest is not None:
        remark = SURE if parts else stand_in(f"add {rule.names[0]} to the export", "each row has a value of its own")
        parts.append(f"'guest-' || {identifier(guest.name)}")
        read.append(guest.name)
    sql = f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
    return Expression(sql, tuple(dict.fromkeys(read))), remark


def _sql_of(value: Value) -> str | None:
    match value:
        case FromColumn():
            return identifier(value.column)
        case Expression():
            return value.sql
        case _:
            return None


def _sum(name: str, rule: rules.Sum, entity: Entity, columns: Columns) -> tuple[Value, Remark] | None:
    column = entity.column(name)
    found = [profile for names in rule.names if (profile := columns.find(names.split("|"))) is not None]
    values = [given[0] for profile in found if (given := value_of(entity.name, column, profile)) is not None]
    plain = [value.column for value in values if isinstance(value, FromColumn)]
    if len(plain) < len(rule.names):
        return None
    # The reader takes the texts in such an expression for numbers as the table writes them.
    sql = " + ".join(f"coalesce({identifier(each)}, 0)" for each in plain)
    return Expression(sql, tuple(plain), is_number=True), SURE


def _words(profile: Profile, words: Mapping[str, str | int | float | bool]) -> dict[str, str | int | float | bool]:
    """The words of the file that have a meaning, and the others of the product in the product's spelling."""
    by_fold = {folded(word): meaning for word, meaning in words.items()}
    found = {word: by_fold[folded(word)] for word, _ in profile.words if folded(word) in by_fold}
    spelled = {folded(word) for word in found}
    return {**found, **{word: meaning for word, meaning in words.items() if folded(word) not in spelled}}


def _after(rule: rules.After, profile: Profile) -> tuple[Value, Remark] | None:
    if profile.is_date and profile.filled and profile.duration < 0.5:
        return FromColumn(profile.name), SURE
    if profile.filled and profile.duration < 0.9 and max(profile.number, profile.duration) < 0.9:
        return None
    needs_unit = profile.filled == 0 or profile.number >= 0.5 or profile.duration < 0.9
    return Duration(profile.name, rule.after, rule.unit if needs_unit else None), SURE


def _when_closed(rule: rules.WhenClosed, profile: Profile, columns: Columns) -> tuple[Value, Remark] | None:
    stage = columns.find(rule.stage)
    if stage is None:
        return FromColumn(profile.name), likely("the date of deals that are closed")
    return when_closed(profile, stage, rule.words)


def when_closed(closed: Profile, stage: Profile, usual: Mapping[str, bool]) -> tuple[Value, Remark] | None:
    """Returns the closing date of deals whose stage ends them; open deals have the date on which it is expected."""
    outcome = outcome_of(stage, usual)
    if outcome is None:
        return None
    value, _ = outcome
    stage_name, date_name = identifier(stage.name), identifier(closed.name)
    date = value_of("deal", Column("closed_at", "timestamp", ""), closed)
    date_sql = date[0].sql if date is not None and isinstance(date[0], Expression) else date_name
    if isinstance(value, Mapped):
        ends = ", ".join(literal(word.strip().lower()) for word in value.words)
        sql = f"case when lower(trim({stage_name})) in ({ends}) then {date_sql} end"
    else:
        return FromColumn(closed.name), SURE
    return Expression(sql, (stage.name, closed.name)), Remark(SURE.confidence, "open deals have an expected date there")


def missing(column: str, entity: Entity, add: Mapping[str, str]) -> str:
    """Returns what to do about a required column that nothing fills."""
    return (
        add.get(column) or f"add a column for {column} to the export: {entity.column(column).description.rstrip('.')}"
    )


def stand_in(text: str, instead: str) -> Remark:
    """Returns the remark of a line that is filled by something else until the export has the column."""
    return edit(f"{text}; {instead} until then")


def kind_of_survey(profile: Profile, file_name: str) -> tuple[str, Remark]:
    """Returns what a score measures, by the names of its column and file, or by its greatest value."""
    words = set(folded(profile.name).split()) | set(folded(file_name).split())
    for kind, signs in (
        ("nps", {"nps", "recommend", "recommendation"}),
        ("ces", {"ces", "effort"}),
        ("csat", {"csat", "satisfaction"}),
    ):
        if words & signs:
            return kind, SURE
    if words & {"enps", "employee", "mitarbeiter"}:
        return "employee", SURE
    scores = [float(value) for value in profile.values if value.replace(".", "", 1).isdigit()]
    if scores and max(scores) > 7:
        return "nps", likely("scores up to 10")
    return "csat", likely("or nps, ces, employee")
