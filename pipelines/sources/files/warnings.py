"""What is probably wrong with the rows of a load, although they can be read; pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from pipelines.entities import Column, Entity
from pipelines.raw import LoadWarning
from pipelines.sources.files.columns import expression_of, source_text
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.statistics import LoadStatistics, MomentStatistics, RejectedValues, TextStatistics

# A year with rows is far from the rest if so many years without any are between, and so few of the rows are beyond.
_GAP_IN_YEARS = 5
_MOST_FAR = 0.05
# So many rows have a day of the month above 12, unless day and month changed places.
_ENOUGH_ROWS = 60
_ENOUGH_DAYS = 6
_ENOUGH_MONTHS = 3
_HIGHEST_MONTH = 12
# So many rejected dates, and such a share of all of them, are no slips of the pen if they fit the other order.
_ENOUGH_EXCHANGED = 3
_MOST_ROWS = 0.8
# In so many of the ids, a separator is no accident.
_SEVERAL_SHARE = 0.01
_MOST_SHOWN = 8
_LONGEST_SHOWN = 40
# Dates that may be planned, and so be in the future.
_PLANNED = ("ended_at", "date")
# What the products call the statuses of tickets and orders in English and French. A list without any is in another
# language.
_KNOWN_STATUSES = """
    active answered approved archived assigned awaiting backordered billed booked canceled cancelled charged
    checkout close closed complete completed confirmed created declined deferred deleted delivered denied
    dispatched done draft escalated expired failed final finished fulfilled hold holded in_progress invoiced
    merged new ok onhold open opened paid partial pending picked placed prepared processed processing ready
    received refund refunded rejected replied resolved returned reverted sent shipped snoozed solved spam
    started submitted success test trash unavailable unfulfilled unpaid unresolved valid void voided waiting won
    abandonné abandonnée annulé annulée approuvé approuvée attente brouillon confirmé confirmée corbeille cours échoué
    échouée expédié expédiée expiré expirée facturé facturée fermé fusionné fusionnée indésirable livré livrée nouveau
    nouvelle ouvert ouverte payé payée préparation refusé refusée rejeté rejetée remboursé remboursée réouvert répondu
    résolu rouvert supprimé supprimée terminé terminée traité traitée validé validée
"""
_WORDS_OF_STATUSES = frozenset(_KNOWN_STATUSES.split())


def find_warnings(
    statistics: LoadStatistics, table: ExtractTable, entity: Entity, until: datetime
) -> tuple[LoadWarning, ...]:
    """Returns what is probably wrong with the rows of a load, in words with what to set.

    Args:
        statistics: those of its rows.
        table: the settings that they were read with.
        entity: what they are.
        until: the moment up to which the source was read, aware.
    """
    found = [
        *(each for rejected in statistics.rejected for each in _of_rejected(rejected, table)),
        *(each for moments in statistics.moments for each in _of_moments(moments, until)),
        *(each for texts in statistics.texts for each in _of_texts(texts, table)),
        *(
            each
            for column, values in statistics.statuses.items()
            for each in _of_statuses(entity.column(column), values, table)
        ),
    ]
    # Two signs of one problem are one warning: the first, which has more to show.
    return tuple({(each.column, each.problem): each for each in reversed(found)}.values())[::-1]


def _of_moments(moments: MomentStatistics, until: datetime) -> Iterator[LoadWarning]:
    name, rows = moments.column.name, moments.rows
    far = far_years(moments.years)
    if far:
        count = sum(moments.years[year] for year in far)
        near = [year for year in moments.years if year not in far]
        yield LoadWarning(
            name,
            "far_dates",
            count,
            f"{_of(count, rows)} are of {_listed(map(str, far))}, far from the rest ({_span(near)}): if that means"
            " that there is no date, add what the file has there to null_values",
        )
    future = moments.future - sum(moments.years[year] for year in far if year > until.year)
    if future > 0 and name not in _PLANNED and moments.latest is not None:
        yield LoadWarning(
            name,
            "future_dates",
            future,
            f"{_of(future, rows)} are in the future, the last on {moments.latest}: they do not count before"
            " that day; if they are only planned or expected, map the column of the real date",
        )
    if (
        rows >= _ENOUGH_ROWS
        and moments.highest_day <= _HIGHEST_MONTH
        and moments.days >= _ENOUGH_DAYS
        and moments.months >= _ENOUGH_MONTHS
    ):
        yield LoadWarning(
            name,
            "exchanged_dates",
            rows,
            f"none of {rows:,} dates is after the 12th of a month: day and month have probably changed places; compare"
            " some with the system, and correct datetime_format or the export",
        )


def far_years(years: Mapping[int, int]) -> list[int]:
    """Returns the years at either end that few rows have, and that are far from the years of the other rows."""
    ordered, total = sorted(years), sum(years.values())
    far: list[int] = []
    for sequence in (ordered, ordered[::-1]):
        beyond = 0
        for number, (year, following) in enumerate(pairwise(sequence), start=1):
            beyond += years[year]
            if beyond > max(1, _MOST_FAR * total):
                break
            if abs(following - year) > _GAP_IN_YEARS:
                far += [each for each in sequence[:number] if each not in far]
    return sorted(far) if len(far) < len(ordered) else []


def _of_texts(texts: TextStatistics, table: ExtractTable) -> Iterator[LoadWarning]:
    name, looked_at = texts.column.name, " looked at" if texts.is_sample else ""
    if texts.garbled and texts.garbled_example is not None:
        if "\ufffd" in texts.garbled_example:
            remedy = "the export has lost characters; export it again as UTF-8"
        elif table.encoding.casefold().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
            remedy = "the file was written so; open and save it in the system's own encoding, or export it again"
        else:
            remedy = "the file is UTF-8; set encoding: utf-8"
        yield LoadWarning(
            name,
            "garbled_text",
            texts.garbled,
            f"{_of(texts.garbled, texts.rows)}{looked_at} have garbled characters, such as"
            f" {_shown(texts.garbled_example)}: {remedy}",
        )
    if texts.several_example is not None and texts.several > max(1, _SEVERAL_SHARE * texts.rows):
        separator = next((mark for mark in ";|," if mark in texts.several_example), ";")
        source = _source_of(texts.column, table)
        yield LoadWarning(
            name,
            "several_ids",
            texts.several,
            f"{_of(texts.several, texts.rows)}{looked_at} hold several ids, such as"
            f" {_shown(texts.several_example)}, which match no other record: take one with {name}:"
            f" {{from: {_quoted(source)}, split: {_quoted(separator)}, take: first}}",
        )


def _of_rejected(rejected: RejectedValues, table: ExtractTable) -> Iterator[LoadWarning]:
    column = rejected.column
    if rejected.other_format is not None and rejected.exchanged >= max(_ENOUGH_EXCHANGED, _MOST_ROWS * rejected.rows):
        yield LoadWarning(
            column.name,
            "exchanged_dates",
            rejected.exchanged,
            f"{_of(rejected.exchanged, rejected.rows)} that were rejected are dates if day and month change places"
            f" ({rejected.other_format}): then the accepted rows are wrong as well; correct datetime_format",
        )
    if column.allowed or column.kind == "boolean":
        allowed = ", ".join(column.allowed) if column.allowed else "true, false"
        yield LoadWarning(
            column.name,
            "unlisted_values",
            rejected.rows,
            f"{_of_values(rejected.rows)} not one of {allowed}: {_counted(rejected.values)}; map them with"
            f" {_value_map(column, rejected.values, table)}",
        )


def _of_statuses(column: Column, values: Mapping[str, int], table: ExtractTable) -> Iterator[LoadWarning]:
    """Yields a warning about statuses of which none is known: those that do not count are not recognised."""
    if not values or any(_words(value) & _WORDS_OF_STATUSES for value in values):
        return
    # Codes and numbers are no language.
    worded = {value: rows for value, rows in values.items() if any(character.isalpha() for character in value)}
    if worded:
        instead = ", or name those in kpis.revenue.excluded_statuses" if table.entity == "order" else ""
        yield LoadWarning(
            column.name,
            "foreign_statuses",
            sum(worded.values()),
            f"none of the statuses is a known English or French word: {_counted(worded)}; what does not count"
            f" (cancelled, test, spam, deleted) is found by such words: map them with"
            f" {_value_map(column, worded, table)}{instead}",
        )


def _words(value: str) -> set[str]:
    lowered = value.casefold()
    parts = "".join(character if character.isalnum() else " " for character in lowered).split()
    return {lowered, lowered.replace("-", "").replace(" ", "_"), *parts}


def _value_map(column: Column, values: Mapping[str, int], table: ExtractTable) -> str:
    pairs = ", ".join(f"{_quoted(value)}: …" for value in list(values)[:_MOST_SHOWN])
    return f"{column.name}: {{from: {_quoted(_source_of(column, table))}, map: {{{pairs}}}}}"


def _source_of(column: Column, table: ExtractTable) -> str:
    """The file's column, as far as the settings name one."""
    source = source_text((table.columns or {}).get(column.name, column.name))
    return source if source is not None and expression_of(source) is None else column.name


def _counted(values: Mapping[str, int]) -> str:
    shown = [f"{_shown(value)} ({rows:,})" for value, rows in list(values.items())[:_MOST_SHOWN]]
    return ", ".join(shown) + (" …" if len(values) > _MOST_SHOWN else "")


def _shown(text: str) -> str:
    return f'"{text[:_LONGEST_SHOWN]}{"…" if len(text) > _LONGEST_SHOWN else ""}"'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _of(count: int, rows: int) -> str:
    return f"{count:,} of {rows:,} rows"


def _of_values(rows: int) -> str:
    return f"{rows:,} rejected row has a value that is" if rows == 1 else f"{rows:,} rejected rows have values that are"


def _listed(words: Iterator[str] | Sequence[str]) -> str:
    return " and ".join(words)


def _span(years: Sequence[int]) -> str:
    return str(min(years)) if min(years) == max(years) else f"{min(years)} to {max(years)}"
