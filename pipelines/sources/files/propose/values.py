"""The value of an entity's column that a column of the file gives: as it is, mapped, cleaned or computed."""

from collections.abc import Mapping, Sequence

from pipelines.entities import Column
from pipelines.sources.files.propose import numbers, value_words
from pipelines.sources.files.propose.model import (
    SURE,
    Expression,
    FirstOf,
    FromColumn,
    Mapped,
    Remark,
    Value,
    columns_of,
    edit,
    likely,
)
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.text import folded, shown
from pipelines.storage.sql import identifier

_MOST_WORDS = 40


def value_of(entity: str, column: Column, profile: Profile) -> tuple[Value, Remark] | None:
    """Returns what fills an entity's column from a column of the file; None if its values do not fit."""
    name = profile.name
    if (entity, column.name) == ("deal", "is_won"):
        return outcome_of(profile, {})
    if (entity, column.name) == ("survey_response", "score"):
        return score_of(profile)
    if column.name == "currency":
        return _currency(profile)
    if column.allowed:
        return _allowed(entity, column, profile)
    match column.kind:
        case "boolean":
            return _boolean(profile)
        case "timestamp" | "date":
            return _moment(column, profile)
        case "money" | "number" | "integer":
            return _number(profile)
        case _:
            if column.name == "email" and profile.several > 0:
                return FirstOf(name, ";"), likely("the first of several addresses")
            return FromColumn(name), SURE


def outcome_of(profile: Profile, usual: Mapping[str, bool]) -> tuple[Value, Remark] | None:
    """Returns whether a deal is won, by the words of its stage; `usual` has the words that the product always has."""
    if profile.filled and profile.fits("boolean"):
        return FromColumn(profile.name), SURE
    words = [word for word, _ in profile.words]
    found = value_words.outcomes(words)
    mapped = _merged(found, usual)
    if not mapped or (profile.filled and not found and not usual):
        return None
    if profile.filled and True not in mapped.values():
        return Mapped(profile.name, mapped), edit("add the stage that means won")
    others = [word for word in words if word not in mapped]
    text = f"open: {shown(', '.join(others), 90)}" if others else "other values are open deals"
    return Mapped(profile.name, mapped), likely(text)


def _merged(found: Mapping[str, bool], usual: Mapping[str, bool]) -> dict[str, bool]:
    """The words of the file, then those of the product that the file does not have in another spelling."""
    known = {word.strip().casefold() for word in found}
    return {**found, **{word: is_won for word, is_won in usual.items() if word.strip().casefold() not in known}}


def score_of(profile: Profile) -> tuple[Value, Remark] | None:
    """Returns the score of a survey, from numbers or from words."""
    if not profile.filled or profile.fits("number"):
        return _number(profile)
    words = [word for word, _ in profile.words]
    meant = [word for word in words if folded(word) not in value_words.UNANSWERED]
    good = value_words.known_words(meant, value_words.GOOD_OR_BAD)
    if meant and len(good) == len(meant):
        if {word.strip().lower() for word in meant} <= {"good", "bad"} and len(meant) == len(words):
            return FromColumn(profile.name), SURE
        return Mapped(profile.name, good), SURE
    if not meant:
        return Mapped(profile.name, {"Good": "good", "Bad": "bad"}), likely("nobody has answered yet")
    scores = value_words.known_words(meant, value_words.SATISFACTION)
    if not scores:
        return None
    others = [word for word in meant if word not in scores]
    if others:
        return Mapped(profile.name, scores), edit(f"add the scores of {shown(', '.join(others), 80)}")
    return Mapped(profile.name, scores), likely("words as scores from 1 to 5")


def _allowed(entity: str, column: Column, profile: Profile) -> tuple[Value, Remark] | None:
    words = [word for word, _ in profile.words]
    if all(word.strip().lower() in column.allowed for word in words):
        return FromColumn(profile.name), SURE
    found = value_words.known_words(words, value_words.ALLOWED.get((entity, column.name), {}))
    found.update({word: word.strip().lower() for word in words if word.strip().lower() in column.allowed})
    if not found:
        return None
    others = [word for word in words if word not in found]
    if others:
        return Mapped(profile.name, found), likely(f"ignored: {shown(', '.join(others), 80)}")
    return Mapped(profile.name, found), SURE


def _currency(profile: Profile) -> tuple[Value, Remark] | None:
    """Codes as they are, signs and names as the codes that they mean; None if many values are no currency."""
    if not profile.fits("currency"):
        return None
    codes = {word: value_words.currency(word) for word in dict.fromkeys(profile.values)}
    if all(code == word.strip().upper() for word, code in codes.items()):
        return FromColumn(profile.name), SURE
    found: dict[str, str | int | float | bool] = {word: code for word, code in codes.items() if code is not None}
    if len(found) > _MOST_WORDS:
        return None
    others = [word for word in codes if word not in found]
    if others:
        return Mapped(profile.name, found), edit(f"add the ISO 4217 codes of {shown(', '.join(others), 80)}")
    return Mapped(profile.name, found), likely("names as ISO 4217 codes")


def _boolean(profile: Profile) -> tuple[Value, Remark] | None:
    if profile.fits("boolean"):
        return FromColumn(profile.name), SURE
    words = [word for word, _ in profile.words]
    found = value_words.booleans(words)
    if not found or len(found) < len(words):
        return None
    return Mapped(profile.name, found), SURE


def _moment(column: Column, profile: Profile) -> tuple[Value, Remark] | None:
    name = identifier(profile.name)
    if profile.filled and profile.epoch >= 0.9 and not profile.is_date:
        number = f"try_cast({name} as double)"
        is_long = sum(len(value.split(".")[0]) > 11 for value in profile.values) > len(profile.values) / 2
        seconds = f"{number} / 1000" if is_long else number
        unit = "milliseconds" if is_long else "seconds"
        return Expression(f"to_timestamp({seconds})", (profile.name,)), likely(f"{unit} since 1970")
    return (FromColumn(profile.name), SURE) if profile.fits(column.kind) else None


def _number(profile: Profile) -> tuple[Value, Remark] | None:
    if not profile.fits("number"):
        return None
    if any(numbers.affixes(value) is not None for value in profile.values[:2000]):
        remark = Remark(SURE.confidence, "without the currency sign")
        return Expression(_without_signs(identifier(profile.name)), (profile.name,), is_number=True), remark
    return FromColumn(profile.name), SURE


def _without_signs(sql: str) -> str:
    return f"regexp_replace({sql}, '[^0-9.,+-]', '', 'g')"


def combined(values: Sequence[Value]) -> Expression:
    """Returns the first number of a row in several columns; if one of them has signs of currencies, all may have."""
    names = tuple(dict.fromkeys(name for value in values for name in columns_of(value)))
    sql = f"coalesce({', '.join(map(identifier, names))})"
    has_signs = any(isinstance(value, Expression) for value in values)
    return Expression(_without_signs(sql) if has_signs else sql, names, is_number=True)


def cleaned_numbers(value: Value, profile: Profile) -> list[str]:
    """Returns the numbers of a column as the reader sees them, to find their marks."""
    if isinstance(value, Expression):
        return [(numbers.affixes(text) or (text, ""))[0].strip() for text in profile.values]
    return list(profile.values)
