"""The tables of a file whose product is not known: by the names of its columns and by their values."""

from collections.abc import Sequence

from pipelines.entities import Entity
from pipelines.sources.files.propose.entities import PROPOSED, entity_of
from pipelines.sources.files.propose.fallbacks import complete
from pipelines.sources.files.propose.matching import EntityMatch, Match, match_entities
from pipelines.sources.files.propose.model import (
    SURE,
    Constant,
    Line,
    Mapped,
    Sample,
    Table,
    columns_of,
    likely,
)
from pipelines.sources.files.propose.notation import notation_options
from pipelines.sources.files.propose.resolve import Columns, kind_of_survey, when_closed
from pipelines.sources.files.propose.values import value_of

_SOURCES = {
    "customer": "crm", "lead": "crm", "deal": "crm", "order": "shop", "order_line": "shop", "campaign": "marketing",
    "email_send": "mailing", "email_event": "mailing", "campaign_stat": "mailing", "exposure": "experiments",
    "touchpoint": "marketing", "ad_stat": "ads", "web_stat": "web", "spend": "marketing", "ticket": "helpdesk",
    "interaction": "helpdesk", "call": "phone", "survey_response": "surveys", "agent": "team", "agent_time": "team",
    "training": "team", "quality_review": "quality", "fx_rate": "rates",
}  # fmt: skip
_LEAST = 1.0


def general_tables(sample: Sample, columns: Columns) -> tuple[str, list[Table]]:
    """Returns the name of the source and the tables that a file fills; no table if it fits no entity."""
    found = match_entities([*columns.profiles.values()], sample.name, PROPOSED)
    if not found or found[0].score < _LEAST or len(found[0].matches) < 2:
        return "files", []
    best = found[0]
    tables = [_table(best, sample, columns)]
    return _SOURCES.get(best.entity, "files"), tables


def _table(match: EntityMatch, sample: Sample, columns: Columns) -> Table:
    entity = entity_of(match.entity)
    lines = lines_of(entity, match, columns)
    lines += _constants(entity, lines, sample, columns)
    lines, lacking = complete(entity, lines, columns, {}, sample.name)
    order = {name: position for position, name in enumerate(entity.column_names)}
    lines.sort(key=lambda line: order[line.name])
    options = [*sample.options, *notation_options(lines, entity, sample, columns.profiles, None, "")]
    return Table(match.entity, "", tuple(lines), tuple(options), lacking=tuple(lacking))


def lines_of(entity: Entity, match: EntityMatch, columns: Columns) -> list[Line]:
    """Returns the lines of the columns that match."""
    lines = []
    for name, each in match.matches.items():
        found = value_of(entity.name, entity.column(name), each.profile)
        if found is None:
            continue
        value, remark = found
        if remark is SURE and each.score < 0.9:
            remark = likely("by its name")
        lines.append(Line(name, value, remark))
    if entity.name == "deal":
        lines = _closed_deals(lines, match.matches.get("closed_at"), match.matches.get("is_won"))
    return lines


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
    if entity.name == "spend" and "category" not in filled:
        return [Line("category", Constant("marketing"), likely("or sales"))]
    if entity.name == "call" and "direction" not in filled:
        return [Line("direction", Constant("inbound"), likely("the file does not say; all calls as inbound"))]
    return []


def _first(line: Line) -> str:
    return columns_of(line.value)[0]
