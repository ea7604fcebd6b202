"""Which column of an entity a column of a file is, and which entity the rows of a file are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipelines.entities import Column, Entity
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.text import folded
from pipelines.sources.files.propose.values import value_of
from pipelines.sources.files.propose.words import FILLERS, NOUNS, PHRASES

# A header that has the phrase among other words is a match from this share of its words on.
_LEAST = 0.55
_LEAST_EMPTY = 0.8
_RANK = 0.0002
# Words that name nothing without the noun beside them: `id`, `Nummer`, `date`.
_GENERIC = frozenset(
    {
        *("id", "code", "number", "name", "type", "date", "no", "num", "nummer", "nr", "numero", "key", "ref", "n"),
        *("reference", "datum", "fecha", "data", "nom", "nombre", "nome", "typ", "tipo", "betrag", "identifiant"),
        *("codigo", "codice", "time"),
    }
)
# Words of questions in surveys, whatever else they ask.
_RECOMMENDATION = frozenset(
    {"recommend", "recommander", "recommanderiez", "weiterempfehlen", "recomendaria", "recomiende", "raccomanderesti"}
)
# Words that make another column of what they are added to: the reason of a missed call is not whether it was missed.
_FOREIGN = frozenset(
    {"type", "status", "reason", "count", "rate", "note", "comment", "url", "phone", "city", "street", "zip", "raison"}
)
# Columns whose values are few words: a column of titles or texts is none of them.
_SEGMENTS = frozenset({"channel", "priority", "category", "team", "status", "queue", "segment", "acquisition_channel"})
# Columns of an entity that a duration after another one can give.
DURATIONS = {
    ("ticket", "first_response_at"): "created_at",
    ("ticket", "resolved_at"): "created_at",
    ("ticket", "closed_at"): "created_at",
    ("call", "answered_at"): "started_at",
    ("call", "ended_at"): "started_at",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A column of the file for a column of the entity, with how well the names fit, from 0 to 1."""

    column: str
    profile: Profile
    score: float


@dataclass(frozen=True, slots=True)
class EntityMatch:
    """An entity with the columns of the file that fill it, and how well they fit as a whole."""

    entity: str
    matches: Mapping[str, Match]
    score: float


def match_entities(profiles: Sequence[Profile], file_name: str, entities: Mapping[str, Entity]) -> list[EntityMatch]:
    """Returns the entities that a file may fill, the best first."""
    found = []
    for name, entity in entities.items():
        matches = match_columns(profiles, entity)
        score = _entity_score(entity, matches, profiles, file_name)
        if score > 0:
            found.append(EntityMatch(name, matches, score))
    return sorted(found, key=lambda match: -match.score)


def match_columns(
    profiles: Sequence[Profile], entity: Entity, taken: Collection[str] = (), skip: Collection[str] = ()
) -> dict[str, Match]:
    """Returns for the entity's columns the columns of the file whose names and values fit; each is used once.

    `taken` are columns of the file that are used already, `skip` columns of the entity that are filled already.
    """
    candidates: list[tuple[float, int, str, Profile]] = []
    for rank, column in enumerate(entity.columns):
        if column.name in skip:
            continue
        for profile in profiles:
            if profile.name in taken or len(profile.name) > 200:
                continue
            score = name_score(profile.name, entity.name, column.name)
            # Nothing but its name speaks for an empty column.
            if score >= (_LEAST if profile.filled else _LEAST_EMPTY) and _fits(entity.name, column, profile):
                # Of columns with equal names, the one with more values.
                candidates.append((score + (0.02 if profile.filled else 0.0), -rank, column.name, profile))
    found: dict[str, Match] = {}
    used: set[str] = set()
    for score, _, name, profile in sorted(candidates, key=lambda each: (-each[0], -each[1], each[3].position)):
        if name not in found and profile.name not in used:
            found[name] = Match(profile.name, profile, min(score, 1.0))
            used.add(profile.name)
    return found


def name_score(header: str, entity: str, column: str) -> float:
    """Returns how well a header names a column of an entity, from 0 to 1."""
    phrases = PHRASES.get(entity, {}).get(column, ())
    if column == "score" and _RECOMMENDATION & set(folded(header).split()):
        return 0.95
    own = (column.replace("_", " "),)
    text = folded(header)
    # Of two headers that fit equally, the one whose phrase comes first in the list is meant.
    scores = (
        score - rank * _RANK
        for rank, phrase in enumerate((*own, *phrases))
        if (score := _phrase_score(text, phrase, entity))
    )
    return max(scores, default=0.0)


@lru_cache(maxsize=200_000)
def _phrase_score(header: str, phrase: str, entity: str) -> float:
    if not header:
        return 0.0
    if header == phrase or header.replace(" ", "") == phrase.replace(" ", ""):
        return 1.0
    words, wanted = _plain_words(header), _plain_words(phrase)
    if words and words == wanted:
        return 0.97
    nouns = _nouns(entity)
    kept = tuple(word for word in words if word not in nouns)
    needed = tuple(word for word in wanted if word not in nouns)
    if kept and kept == needed and len(words) >= len(wanted):
        return 0.94
    if not kept and wanted and words == wanted:
        return 0.9
    if wanted and set(wanted) <= set(words):
        if _FOREIGN & (set(words) - set(wanted)):
            return 0.0
        # Ids of something else are named by the word beside `id`.
        if len(wanted) == 1 and wanted[0] in _GENERIC:
            return 0.9 if all(word in nouns for word in words if word not in wanted) else 0.0
        return 0.5 + 0.35 * len(wanted) / len(words)
    return 0.0


@lru_cache(maxsize=50_000)
def _plain_words(text: str) -> tuple[str, ...]:
    words = [_singular(word) for word in text.split() if word not in FILLERS]
    return tuple(words) or tuple(text.split())


def _singular(word: str) -> str:
    singular = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    # French participles agree with what they are of: an order is `créée`, a ticket is `créé`.
    return singular[:-1] if len(singular) > 4 and singular.endswith("ee") else singular


@lru_cache(maxsize=100)
def _nouns(entity: str) -> frozenset[str]:
    return frozenset(_singular(word) for noun in NOUNS.get(entity, ()) for word in noun.split())


def _fits(entity: str, column: Column, profile: Profile) -> bool:
    if profile.is_nested:
        return False
    if column.name == "email":
        return profile.is_empty or profile.email >= 0.8
    if column.name == "currency":
        return profile.fits("currency") and value_of(entity, column, profile) is not None
    if column.kind == "timestamp" and profile.filled and not profile.is_date and unit_of(profile) is not None:
        return (entity, column.name) in DURATIONS
    if column.name == "score" or column.allowed or column.kind == "boolean":
        return profile.is_empty or (not profile.is_date and value_of(entity, column, profile) is not None)
    if column.kind == "text":
        if column.name.endswith("_id"):
            return profile.is_empty or not (profile.is_date or (profile.boolean >= 0.9 and profile.distinct > 1))
        has_too_many = column.name in _SEGMENTS and profile.filled >= 20 and profile.distinct > profile.filled * 0.6
        return profile.is_empty or not (profile.is_date or has_too_many)
    return profile.fits(column.kind)


def unit_of(profile: Profile) -> str | None:
    """Returns the unit of durations: by the header, or `clock` for 26:30:00; None if the values are no durations."""
    if profile.duration >= 0.9 and profile.number < 0.5:
        return "clock"
    if profile.number < 0.9:
        return None
    words = folded(profile.name).split()
    return next((unit for unit, signs in _UNITS.items() if any(word in signs for word in words)), None)


_UNITS = {
    "minutes": ("minute", "minutes", "min", "mins", "minuten", "minutos", "minuti", "mn"),
    "hours": ("hour", "hours", "h", "hr", "hrs", "heure", "heures", "stunden", "std", "horas", "ore"),
    "seconds": (
        "second",
        "seconds",
        "s",
        "sec",
        "secs",
        "seconde",
        "secondes",
        "sekunden",
        "sek",
        "segundos",
        "secondi",
    ),
    "days": ("day", "days", "jour", "jours", "tage", "dias", "giorni"),
}


def _entity_score(entity: Entity, matches: Mapping[str, Match], profiles: Sequence[Profile], file_name: str) -> float:
    """How well a file fits an entity: its own columns, the required ones, its name, and its nouns in the headers."""
    required = [column.name for column in entity.columns if column.required]
    found = sum(matches[name].score for name in required if name in matches)
    groups = sum(any(name in matches for name in group) for group in entity.one_of)
    if not matches or found + groups == 0:
        return 0.0
    if _repeats_keys(entity, matches):
        return 0.0
    needed = [name for name in required if (entity.name, name) not in _CONSTANTS]
    lacking = len(needed) + len(entity.one_of) - sum(name in matches for name in needed) - groups
    optional = [match.score * _weight(entity, name) for name, match in matches.items() if name not in required]
    nouns = _nouns(entity.name)
    headers = [folded(profile.name).split() for profile in profiles]
    noun_share = sum(any(_singular(word) in nouns for word in words) for words in headers) / max(len(headers), 1)
    stem = {_singular(word) for word in folded(file_name.partition(".")[0]).split()}
    by_name = 3.0 if stem & nouns else 0.0
    return found * 1.5 + groups + sum(optional) - 2.2 * lacking + 2 * noun_share + by_name


def _repeats_keys(entity: Entity, matches: Mapping[str, Match]) -> bool:
    """Whether most rows have a key that other rows have too: then they are a history, or lines of the records."""
    if len(entity.key) != 1 or entity.key[0] not in matches:
        return False
    profile = matches[entity.key[0]].profile
    return profile.filled >= 4 and profile.distinct < profile.filled * 0.6


# Required columns that the same value on each row can fill.
_CONSTANTS = frozenset({("survey_response", "kind"), ("call", "direction"), ("spend", "category")})
# Columns that only one entity has say more than those of many.
_DISTINCTIVE = {
    "ticket": ("priority", "first_response_at", "resolved_at", "reopen_count", "agent_reply_count", "sla_met", "team"),
    "deal": ("is_won", "closed_at", "amount"),
    "order": ("amount", "margin", "status"),
    "order_line": ("quantity", "product_id"),
    "lead": ("converted_at", "lost_at"),
    "survey_response": ("score",),
    "call": ("direction", "queue", "is_abandoned", "ended_at"),
    "ad_stat": ("impressions", "clicks", "cost"),
    "web_stat": ("sessions", "visitors"),
    "campaign_stat": ("opened", "clicked", "delivered", "bounced", "unsubscribed"),
    "email_send": ("delivered_at", "first_opened_at", "first_clicked_at", "bounced_at"),
    "interaction": ("author", "is_public", "ticket_id"),
    "customer": ("email", "name"),
}


def _weight(entity: Entity, column: str) -> float:
    return 1.5 if column in _DISTINCTIVE.get(entity.name, ()) else 0.6
