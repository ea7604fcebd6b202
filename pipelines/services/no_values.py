"""Why a KPI has no values: decides on what the KPI needs and on what the sources provide. Pure.

The reasons are in the language of the company; entities and columns have the names that the settings have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeVar, get_args

from pipelines.kpis import Input, Kpi, Need, next_period, period_end, period_of
from pipelines.kpis.formatting import Language, format_count, format_date, format_period
from pipelines.kpis.words import WORDS, Phrase, choose
from pipelines.notify.sanitize import readable
from pipelines.watch.reading import Reading

Cause = Literal[
    "no_setting",
    "no_source",
    "not_mapped",
    "not_readable",
    "not_loaded",
    "quarantined",
    "no_rows",
    "not_built",
    "empty_column",
    "no_rate",
    "no_word",
    "short_history",
    "no_record",
    "no_settings",
]

T = TypeVar("T")

# Of the words that a column has, so many are named, with so many characters.
_MOST_WORDS, _LONGEST_WORD = 5, 40

_WORDS: Mapping[str, Phrase] = {
    "no_source": ("no source fills {wanted}", "aucune source ne fournit {wanted}"),
    "not_mapped": (
        "no source maps {wanted}: add it to the {keys}",
        "aucune source ne fournit {wanted}\u00a0: ajoutez-le à {keys}",
    ),
    "keys_of": ("{keys} of {sources}", "{keys} de {sources}"),
    "not_delivered": (
        "{sources} cannot deliver {wanted}: fill it from another source",
        "{sources} ne peut pas fournir {wanted}\u00a0: ajoutez une autre source",
    ),
    "not_readable": (
        "{source} cannot load {entity}: {problem}",
        "{source} ne peut pas charger {entity}\u00a0: {problem}",
    ),
    "not_loaded": (
        "{wanted} of {source} is not loaded yet: `vigie run` loads it",
        "{wanted} de {source} n'est pas encore chargé\u00a0: `vigie run` le charge",
    ),
    "quarantined_row": (
        "the only row of {source} for {entity} was rejected: `vigie preview {place}` shows why",
        "la seule ligne de {source} pour {entity} a été rejetée\u00a0: `vigie preview {place}` dit pourquoi",
    ),
    "quarantined": (
        "all {rows} rows of {source} for {entity} were rejected: `vigie preview {place}` shows why",
        "les {rows} lignes de {source} pour {entity} ont été rejetées\u00a0: `vigie preview {place}` dit pourquoi",
    ),
    "no_rows": (
        "the files of {source} for {entity} have no rows",
        "les fichiers de {source} pour {entity} n'ont aucune ligne",
    ),
    "not_built": (
        "the data is loaded, but the KPI tables are not built yet: `vigie run` builds them",
        "les données sont chargées, mais les tables des indicateurs ne sont pas encore calculées\u00a0: `vigie run` les"
        " calcule",
    ),
    "empty_column": (
        "{wanted} is empty in all {rows} rows of {sources}: `vigie preview {place}` shows what it is mapped to",
        "{wanted} est vide dans les {rows} lignes de {sources}\u00a0: `vigie preview {place}` montre ce qui l'alimente",
    ),
    "no_setting": (
        "the settings have no `{name}`, which docs/settings.md explains",
        "les réglages n'ont pas `{name}`, que docs/settings.md explique",
    ),
    "no_rate": (
        "amounts in {currencies} have no exchange rate: load the entity fx_rate for them",
        "les montants en {currencies} n'ont pas de taux de change\u00a0: chargez l'entité fx_rate pour ces devises",
    ),
    "no_word": (
        "{wanted} is never {word}: only {found} is delivered",
        "{wanted} n'est jamais {word}\u00a0: seul {found} est fourni",
    ),
    "no_words": (
        "{wanted} is never {word}: only {found} are delivered",
        "{wanted} n'est jamais {word}\u00a0: seuls {found} sont fournis",
    ),
    "short_history": (
        "it needs {months} months of purchases, and the first purchase known is of {first}: it has values from {from_}"
        " on",
        "il faut {months} mois d'achats, et le premier achat connu est du {first}\u00a0: il a des valeurs à partir du"
        " {from_}",
    ),
    "begins": (
        "No {grain} is complete yet: values begin with {first}. {last} is complete from {from_} on, once its data is"
        " loaded.",
        "Aucune période n'est encore complète\u00a0: les valeurs commencent par {first}. {last} sera définitif à"
        " partir du {from_}, une fois ses données chargées.",
    ),
    "waits": (
        "No {grain} is complete yet: {last} has ended, and waits for files that reach its end.",
        "Aucune période n'est encore complète\u00a0: {last} est terminé et attend des fichiers jusqu'à sa fin.",
    ),
    "nothing_counted": (
        "In no complete {grain} anything counts: it is {formula}.",
        "Rien ne compte dans les périodes complètes\u00a0: {formula}.",
    ),
    "rejected_row": (" (1 row rejected)", " (1 ligne rejetée)"),
    "rejected_rows": (" ({rows} rows rejected)", " ({rows} lignes rejetées)"),
    "no_record": (
        "everything is loaded{besides}, but no record counts yet: it is {formula}",
        "tout est chargé{besides}, mais aucun enregistrement ne compte encore\u00a0: {formula}",
    ),
}

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
        mapping_keys: the keys of its settings that say what fills a column of the entity; none if its type has none.
    """

    source: str
    entity: str
    mapped: frozenset[str]
    loaded: frozenset[str]
    has_loads: bool
    rows: int
    quarantined: int
    problem: str | None = None
    mapping_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to compute a KPI from.

    Attributes:
        supplies: what the sources provide of the entities that the KPI needs.
        filled: in how many rows of the built tables each input has a value; None if the tables are not built.
        currencies_without_rate: the currencies of sales that have no exchange rate.
        empty_settings: the keys of the settings that the KPI needs and that are not given.
        words: which words the columns have of which the KPI needs one.
        first_sale: the day of the first purchase; None without one.
        today: the company-local day of the build; None before the tables are built.
    """

    supplies: Sequence[Supply]
    filled: Mapping[Input, int] | None
    currencies_without_rate: tuple[str, ...] = ()
    empty_settings: frozenset[str] = frozenset()
    words: Mapping[Input, tuple[str, ...]] = field(default_factory=dict)
    first_sale: date | None = None
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a KPI has no values: the cause, what is missing, and a sentence that says what to do."""

    cause: Cause
    missing: tuple[Input, ...]
    text: str


def why_no_values(kpi: Kpi, situation: Situation, language: Language = "en") -> tuple[Reason, ...]:
    """Returns why a KPI has no values: a reason for each need that is not fulfilled, or what is wrong with the rows."""
    unfulfilled = [reason for need in kpi.needs if (reason := _unfulfilled(need, situation, language)) is not None]
    unfulfilled += [
        Reason("no_setting", (), choose(_WORDS["no_setting"], language, name=key))
        for key in kpi.needs_settings
        if key in situation.empty_settings
    ]
    if unfulfilled:
        return tuple(_merged(unfulfilled))
    if kpi.unit == "currency" and situation.currencies_without_rate:
        currencies = ", ".join(situation.currencies_without_rate)
        return (Reason("no_rate", (), choose(_WORDS["no_rate"], language, currencies=currencies)),)
    if lacking := [*_lacking_words(kpi, situation, language), *_short_history(kpi, situation, language)]:
        return tuple(lacking)
    rejected = sum(supply.quarantined for supply in situation.supplies)
    besides = ""
    if rejected:
        key = "rejected_row" if rejected == 1 else "rejected_rows"
        besides = choose(_WORDS[key], language, rows=format_count(rejected, language))
    text = choose(_WORDS["no_record"], language, besides=besides, formula=kpi.formula_in(language))
    return (Reason("no_record", (), text),)


def why_incomplete(kpi: Kpi, readings: Sequence[Reading], today: date, language: Language = "en") -> str | None:
    """Returns why the last values of a KPI are none of a complete period, and from when on they are.

    None if a complete period has a value, or if there are no periods at all. `readings` are of one grain and segment,
    in the order of time; `today` is the company-local day of the build.
    """
    if not readings or any(each.is_complete and each.value is not None for each in readings):
        return None
    last = readings[-1]
    facts = {
        "grain": choose(WORDS[last.grain], language),
        "first": format_period(readings[0].period_start, last.grain, language),
        "last": format_period(last.period_start, last.grain, language),
        "formula": kpi.formula_in(language),
    }
    if any(each.is_complete for each in readings):
        return choose(_WORDS["nothing_counted"], language, **facts)
    complete_from = period_end(last.grain, last.period_start) + timedelta(days=kpi.maturity_days)
    if today >= complete_from:
        return choose(_WORDS["waits"], language, **facts)
    return choose(_WORDS["begins"], language, from_=_day(complete_from, language), **facts)


def _lacking_words(kpi: Kpi, situation: Situation, language: Language) -> Iterator[Reason]:
    """Yields the columns that do not have the word that makes a record count, with the words that they have."""
    for column, word in kpi.needs_words:
        found = situation.words.get(column, ())
        if found and word not in found:
            shown = [readable(each, _LONGEST_WORD) for each in found[:_MOST_WORDS]]
            key = "no_word" if len(shown) == 1 else "no_words"
            listed = ", ".join(shown[:-1]) + (choose(WORDS["and"], language) if shown[:-1] else "") + shown[-1]
            yield Reason("no_word", (column,), choose(_WORDS[key], language, wanted=column, word=word, found=listed))


def _short_history(kpi: Kpi, situation: Situation, language: Language) -> Iterator[Reason]:
    """Yields that the purchases do not reach back as far as the KPI looks."""
    first, today = situation.first_sale, situation.today
    if not kpi.needs_months or first is None or today is None:
        return
    enough = period_of("month", first)
    for _ in range(kpi.needs_months):
        enough = next_period("month", enough)
    if today < enough:
        facts = {"months": kpi.needs_months, "first": _day(first, language), "from_": _day(enough, language)}
        yield Reason("short_history", (), choose(_WORDS["short_history"], language, **facts))


def _day(day: date, language: Language) -> str:
    return format_date(day, "d MMMM y", language)


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


def _unfulfilled(need: Need, situation: Situation, language: Language) -> Reason | None:
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
    return Reason(cause, missing, _text(cause, nearest, language))


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


def _text(cause: Cause, gaps: Sequence[Sequence[_Gap]], language: Language) -> str:
    """Returns the sentence on what is missing; `gaps` are those of each alternative."""
    if cause == "no_source":
        entities = _joined([_distinct(gap.input.entity for gap in found) for found in gaps], language)
        return choose(_WORDS["no_source"], language, wanted=entities)
    wanted = _joined([_distinct(str(gap.input) for gap in found) for found in gaps], language)
    supplies = _distinct(supply for found in gaps for gap in found for supply in gap.supplies)
    supply = supplies[0]
    if cause == "not_mapped":
        return _not_mapped(wanted, supplies, language)
    key: str = cause
    rows = sum(each.rows for each in supplies)
    if cause == "quarantined":
        rows = supply.quarantined
        key = "quarantined_row" if rows == 1 else key
    return choose(
        _WORDS[key],
        language,
        wanted=wanted,
        source=supply.source,
        entity=supply.entity,
        place=f"{supply.source}.{supply.entity}",
        problem=supply.problem,
        rows=format_count(rows, language),
        sources=choose(WORDS["and"], language).join(each.source for each in supplies),
    )


def _not_mapped(wanted: str, supplies: Sequence[Supply], language: Language) -> str:
    """Returns where to map a column; if no source has a key for that, that another one is needed."""
    joint = choose(WORDS["and"], language)
    by_keys: dict[tuple[str, ...], list[str]] = {}
    for each in supplies:
        by_keys.setdefault(each.mapping_keys, []).append(f"{each.source} ({each.entity})")
    fixed = by_keys.pop((), [])
    if not by_keys:
        return choose(_WORDS["not_delivered"], language, sources=joint.join(fixed), wanted=wanted)
    places = [
        choose(
            _WORDS["keys_of"],
            language,
            keys=choose(WORDS["or"], language).join(f"`{key}`" for key in keys),
            sources=joint.join(sources),
        )
        for keys, sources in by_keys.items()
    ]
    return choose(_WORDS["not_mapped"], language, wanted=wanted, keys=joint.join(places))


def _joined(alternatives: Iterable[Sequence[str]], language: Language) -> str:
    both = [choose(WORDS["and"], language).join(each) for each in alternatives]
    return choose(WORDS["or"], language).join(dict.fromkeys(both))


def _distinct(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
