"""The tables of a file whose product is not known: by the names of its columns and by their values."""

from collections.abc import Mapping, Sequence

from pipelines.entities import ENTITIES, Entity
from pipelines.sources.files.propose import value_words
from pipelines.sources.files.propose.fallbacks import complete
from pipelines.sources.files.propose.matching import (
    DURATIONS,
    EntityMatch,
    Match,
    match_columns,
    match_entities,
    unit_of,
)
from pipelines.sources.files.propose.model import (
    SURE,
    Constant,
    Duration,
    Expression,
    FromColumn,
    Line,
    Mapped,
    Option,
    Remark,
    Sample,
    Table,
    Value,
    columns_of,
    likely,
)
from pipelines.sources.files.propose.notation import notation_options
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.resolve import Columns, kind_of_survey, when_closed
from pipelines.sources.files.propose.taxes import net_amount
from pipelines.sources.files.propose.text import folded
from pipelines.sources.files.propose.values import value_of
from pipelines.storage.sql import identifier, literal

_SOURCES = {
    "customer": "crm", "lead": "crm", "deal": "crm", "order": "shop", "order_line": "shop", "campaign": "marketing",
    "email_send": "mailing", "email_event": "mailing", "campaign_stat": "mailing", "exposure": "experiments",
    "touchpoint": "marketing", "ad_stat": "ads", "web_stat": "web", "spend": "marketing", "ticket": "helpdesk",
    "interaction": "helpdesk", "call": "phone", "survey_response": "surveys", "agent": "team", "agent_time": "team",
    "training": "team", "quality_review": "quality", "fx_rate": "rates",
}  # fmt: skip
_LEAST = 1.0
_PRICES = (
    *("price", "unit price", "item price", "lineitem price", "prix unitaire", "prix", "einzelpreis", "stuckpreis"),
    *("precio unitario", "precio", "prezzo unitario", "prezzo", "preco unitario"),
)


def general_tables(sample: Sample, columns: Columns) -> tuple[str, list[Table]]:
    """Returns the name of the source and the tables that a file fills; no table if it fits no entity."""
    found = match_entities([*columns.profiles.values()], sample.name, ENTITIES)
    if not found or found[0].score < _LEAST or len(found[0].matches) < 2:
        return "files", []
    best = found[0]
    tables = [_table(best, sample, columns)]
    if best.entity == "ticket":
        tables += _ratings(tables[0], sample, columns)
    return _SOURCES.get(best.entity, "files"), tables


def _ratings(tickets: Table, sample: Sample, columns: Columns) -> list[Table]:
    """The answers to surveys that a list of tickets has in a column of its own."""
    used = {name for line in tickets.lines for name in columns_of(line.value)}
    survey = ENTITIES["survey_response"]
    others = [name for name in survey.column_names if name != "score"]
    match = match_columns([*columns.profiles.values()], survey, used, others).get("score")
    if match is None or match.score < 0.65 or not match.profile.filled:
        return []
    score = value_of("survey_response", survey.column("score"), match.profile)
    by_name = {line.name: line for line in tickets.lines}
    dated = [by_name[name] for name in ("resolved_at", "closed_at", "updated_at", "created_at") if name in by_name]
    dates = list(dict.fromkeys(line.value.column for line in dated if isinstance(line.value, FromColumn)))
    if score is None or not dates or "ticket_id" not in by_name:
        return []
    answered: Value = FromColumn(dates[0])
    if dates[1:]:
        answered = Expression(f"coalesce({', '.join(map(identifier, dates))})", tuple(dates))
    kind, remark = kind_of_survey(match.profile, "")
    lines = [
        Line("response_id", by_name["ticket_id"].value),
        Line("kind", Constant(kind), remark),
        Line("answered_at", answered, likely("the file has no date of the answer")),
        Line("score", *score),
        *(by_name[name] for name in ("customer_id", "ticket_id", "agent_id", "channel") if name in by_name),
    ]
    where = f"{identifier(match.column)} is not null"
    unanswered = sorted({word.lower() for word, _ in match.profile.words if folded(word) in value_words.UNANSWERED})
    if unanswered:
        where += f" and lower(trim({identifier(match.column)})) not in ({', '.join(map(literal, unanswered))})"
    notation = notation_options(lines, survey, sample, columns.profiles, None, "")
    return [Table("survey_response", "", tuple(lines), (*sample.options, *notation, Option("where", where)))]


def _table(match: EntityMatch, sample: Sample, columns: Columns) -> Table:
    entity = ENTITIES[match.entity]
    lines = lines_of(entity, match, columns)
    lines += _constants(entity, lines, sample, columns)
    lines, lacking = complete(entity, lines, columns, {}, sample)
    order = {name: position for position, name in enumerate(entity.column_names)}
    lines.sort(key=lambda line: order[line.name])
    options = [*sample.options, *notation_options(lines, entity, sample, columns.profiles, None, "")]
    return Table(match.entity, "", tuple(lines), tuple(options), lacking=tuple(lacking))


def lines_of(entity: Entity, match: EntityMatch, columns: Columns) -> list[Line]:
    """Returns the lines of the columns that match."""
    lines = []
    for matched, each in match.matches.items():
        # Who is named by an e-mail address is found by it.
        is_address = matched == "customer_id" and "email" in entity.column_names and each.profile.email >= 0.8
        name = "email" if is_address and "email" not in match.matches else matched
        profile, choice = each.profile, None
        if name == "amount" and (net := _net(entity, each, match, columns)) is not None:
            profile, choice = net
        found = _duration(entity, name, each, match.matches) or value_of(entity.name, entity.column(name), profile)
        if found is None:
            continue
        value, remark = found
        remark = choice or remark
        if remark is SURE and each.score < 0.9:
            remark = likely("by its name")
        lines.append(Line(name, value, remark))
    if entity.name == "deal":
        lines = _closed_deals(lines, match.matches.get("closed_at"), match.matches.get("is_won"))
    return lines


def _net(entity: Entity, amount: Match, match: EntityMatch, columns: Columns) -> tuple[Profile, Remark] | None:
    used = [other.column for name, other in match.matches.items() if name != "amount"]
    return net_amount(entity.name, amount, [*columns.profiles.values()], used)


def _duration(entity: Entity, name: str, match: Match, others: Mapping[str, Match]) -> tuple[Value, Remark] | None:
    """The moment that a duration gives, if the column has durations."""
    base = DURATIONS.get((entity.name, name))
    unit = unit_of(match.profile)
    if base is None or base not in others or match.profile.is_date or not match.profile.filled or unit is None:
        return None
    return Duration(match.column, base, None if unit == "clock" else unit), likely("a duration, by its header")


def _closed_deals(lines: list[Line], closed: Match | None, stage: Match | None) -> list[Line]:
    """Open deals have the date on which they are expected to close, which must not count as their end."""
    won = next((line for line in lines if line.name == "is_won"), None)
    if closed is None or stage is None or won is None or not isinstance(won.value, Mapped):
        return lines
    found = when_closed(closed.profile, stage.profile, {})
    if found is None:
        return lines
    return [Line("closed_at", *found) if line.name == "closed_at" else line for line in lines]


def _constants(entity: Entity, lines: Sequence[Line], sample: Sample, columns: Columns) -> list[Line]:
    filled = {line.name for line in lines}
    if entity.name == "survey_response" and "kind" not in filled:
        score = next((line for line in lines if line.name == "score"), None)
        profile = columns.profiles[_first(score)] if score is not None else None
        if profile is not None:
            kind, remark = kind_of_survey(profile, sample.name)
            return [Line("kind", Constant(kind), remark)]
    if entity.name == "order_line" and "amount" not in filled and "quantity" in filled:
        price = columns.find(_PRICES)
        quantity = next(line for line in lines if line.name == "quantity")
        if price is not None and price.number >= 0.9 and isinstance(quantity.value, FromColumn):
            names = (price.name, quantity.value.column)
            sql = " * ".join(f"cast({identifier(name)} as decimal(18, 4))" for name in names)
            return [Line("amount", Expression(sql, names), likely("the price of one unit, times the quantity"))]
    if entity.name == "ticket" and "closed_at" in filled and "resolved_at" not in filled:
        closed = next(line for line in lines if line.name == "closed_at")
        return [Line("resolved_at", closed.value, likely("the file has no other date of the resolution"))]
    if entity.name == "call" and "is_abandoned" not in filled:
        lines_of_calls = _unanswered(columns)
        if "direction" in filled or lines_of_calls:
            return lines_of_calls
    if entity.name == "spend" and "category" not in filled:
        return [Line("category", Constant("marketing"), likely("or sales"))]
    if entity.name == "call" and "direction" not in filled:
        return [Line("direction", Constant("inbound"), likely("the file does not say; all calls as inbound"))]
    return []


def _unanswered(columns: Columns) -> list[Line]:
    """Whether a caller gave up, from a column that says whether the call was answered."""
    profile = columns.find(("answered", "is answered", "répondu", "angenommen", "contestada", "risposto", "atendida"))
    words = value_words.booleans(word for word, _ in profile.words) if profile is not None else {}
    if profile is None or not words or len(words) < profile.distinct:
        return []
    value = Mapped(profile.name, {word: not is_answered for word, is_answered in words.items()})
    return [Line("is_abandoned", value, likely("calls that were not answered"))]


def _first(line: Line) -> str:
    return columns_of(line.value)[0]
