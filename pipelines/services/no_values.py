"""Why a KPI has no values: decides on what the KPI needs and on what the sources provide. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from pipelines.kpis import Input, Kpi, Need

Cause = Literal[
    "no_source",
    "not_mapped",
    "not_readable",
    "not_loaded",
    "quarantined",
    "no_rows",
    "not_built",
    "empty_column",
    "no_rate",
    "no_record",
]

T = TypeVar("T")

# The causes on the way from the settings to a value: the further, the less is left to do.
_PROGRESS: Mapping[Cause | None, int] = {cause: step for step, cause in enumerate((*get_args(Cause), None))}


@dataclass(frozen=True, slots=True)
class Supply:
    """What a source provides of an entity.

    Attributes:
        source: the name of the source.
        entity: the name of the entity.
        mapped: the columns of the entity that the settings map.
        loaded: those that the loads in use were mapped to.
        has_loads: whether anything is loaded.
        rows: how many rows are in use.
        quarantined: how many rows are missing because they were rejected.
        problem: why the source cannot be read, in words; None if it can, or was not tried.
    """

    source: str
    entity: str
    mapped: frozenset[str]
    loaded: frozenset[str]
    has_loads: bool
    rows: int
    quarantined: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to compute a KPI from.

    Attributes:
        supplies: what the sources provide of the entities that the KPI needs.
        filled: in how many rows of the built tables each input has a value; None if the tables are not built.
        currencies_without_rate: the currencies of sales that have no exchange rate.
    """

    supplies: Sequence[Supply]
    filled: Mapping[Input, int] | None
    currencies_without_rate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a KPI has no values: the cause, what is missing, and a sentence that says what to do."""

    cause: Cause
    missing: tuple[Input, ...]
    text: str


def why_no_values(kpi: Kpi, situation: Situation) -> tuple[Reason, ...]:
    """Returns why a KPI has no values: a reason for each need that is not fulfilled, or what is wrong with the rows."""
    unfulfilled = [reason for need in kpi.needs if (reason := _unfulfilled(need, situation)) is not None]
    if unfulfilled:
        return tuple(_merged(unfulfilled))
    if kpi.unit == "currency" and situation.currencies_without_rate:
        currencies = ", ".join(situation.currencies_without_rate)
        return (
            Reason("no_rate", (), f"amounts in {currencies} have no exchange rate: load the entity fx_rate for them"),
        )
    rejected = sum(supply.quarantined for supply in situation.supplies)
    besides = f" ({rejected:,} row{'' if rejected == 1 else 's'} rejected)" if rejected else ""
    return (Reason("no_record", (), f"everything is loaded{besides}, but no record counts yet: it is {kpi.formula}"),)


def _merged(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """Yields the reasons, those of several needs in the same words once."""
    by_text: dict[str, list[Reason]] = {}
    for reason in reasons:
        by_text.setdefault(reason.text, []).append(reason)
    for text, same in by_text.items():
        missing = dict.fromkeys(each for reason in same for each in reason.missing)
        yield Reason(same[0].cause, tuple(missing), text)


@dataclass(frozen=True, slots=True)
class _Gap:
    """What is missing of one input: the cause, and the supplies that are nearest to having it."""

    input: Input
    cause: Cause
    supplies: tuple[Supply, ...]


def _unfulfilled(need: Need, situation: Situation) -> Reason | None:
    """Returns why no alternative of a need is fulfilled, in terms of those that lack least; None if one is."""
    gaps = [[gap for each in alternative if (gap := _gap(each, situation))] for alternative in need.alternatives]
    if not all(gaps):
        return None
    worst = [min(found, key=lambda gap: _PROGRESS[gap.cause]) for found in gaps]
    furthest = max(_PROGRESS[gap.cause] for gap in worst)
    nearest = [
        [gap for gap in found if _PROGRESS[gap.cause] == furthest]
        for found, gap in zip(gaps, worst, strict=True)
        if _PROGRESS[gap.cause] == furthest
    ]
    cause = nearest[0][0].cause
    missing = tuple(dict.fromkeys(_missing(gap) for found in nearest for gap in found))
    return Reason(cause, missing, _text(cause, nearest))


def _missing(gap: _Gap) -> Input:
    """Returns what is missing: of an entity without a source, all of it."""
    return Input(gap.input.entity) if gap.cause == "no_source" else gap.input


def _gap(wanted: Input, situation: Situation) -> _Gap | None:
    """Returns why an input is missing, by the sources that come nearest to it; None if it is there."""
    supplies = [supply for supply in situation.supplies if supply.entity == wanted.entity]
    if not supplies:
        return _Gap(wanted, "no_source", ())
    causes = [_cause(wanted, supply, situation.filled) for supply in supplies]
    nearest = max(causes, key=_PROGRESS.__getitem__)
    if nearest is None:
        return None
    return _Gap(wanted, nearest, tuple(each for each, cause in zip(supplies, causes, strict=True) if cause == nearest))


def _cause(wanted: Input, supply: Supply, filled: Mapping[Input, int] | None) -> Cause | None:
    if wanted.column is not None and wanted.column not in supply.mapped | supply.loaded:
        # Of a source that cannot be read it is not known what it maps.
        return "not_readable" if supply.problem is not None else "not_mapped"
    if not supply.has_loads:
        return "not_loaded" if supply.problem is None else "not_readable"
    if wanted.column is not None and wanted.column not in supply.loaded:
        return "not_loaded"
    if supply.rows == 0:
        return "quarantined" if supply.quarantined else "no_rows"
    if filled is None:
        return "not_built"
    return None if filled.get(wanted) else "empty_column"


def _text(cause: Cause, gaps: Sequence[Sequence[_Gap]]) -> str:
    """Returns the sentence on what is missing; `gaps` are those of each alternative."""
    if cause == "no_source":
        return f"no source fills {_joined([_distinct(gap.input.entity for gap in found) for found in gaps])}"
    wanted = _joined([_distinct(str(gap.input) for gap in found) for found in gaps])
    supplies = _distinct(supply for found in gaps for gap in found for supply in gap.supplies)
    supply = supplies[0]
    place = f"{supply.source}.{supply.entity}"
    match cause:
        case "not_mapped":
            of = " and ".join(f"{each.source} ({each.entity})" for each in supplies)
            return f"no source maps {wanted}: add it to the `columns` of {of}"
        case "not_readable":
            return f"{supply.source} cannot load {supply.entity}: {supply.problem}"
        case "not_loaded":
            return f"{wanted} of {supply.source} is not loaded yet: `vigie run` loads it"
        case "quarantined":
            rejected = f"all {supply.quarantined:,} rows" if supply.quarantined > 1 else "the only row"
            were = "were" if supply.quarantined > 1 else "was"
            return (
                f"{rejected} of {supply.source} for {supply.entity} {were} rejected: `vigie preview {place}` shows why"
            )
        case "no_rows":
            return f"the files of {supply.source} for {supply.entity} have no rows"
        case "not_built":
            return "the data is loaded, but the KPI tables are not built yet: `vigie run` builds them"
        case _:
            rows, names = sum(each.rows for each in supplies), " and ".join(each.source for each in supplies)
            return (
                f"{wanted} is empty in all {rows:,} rows of {names}: `vigie preview {place}` shows what it is mapped to"
            )


def _joined(alternatives: Iterable[Sequence[str]]) -> str:
    return " or ".join(dict.fromkeys(" and ".join(each) for each in alternatives))


def _distinct(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
