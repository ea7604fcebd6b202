"""Checks the valid part of settings that have mistakes, so that one run reports all of them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.config.problems import MISTAKE, Key, Mistake

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class FurtherMistakes:
    """Mistakes beside those already known: errors in pydantic's form, and mistakes of the cross-checks."""

    errors: Sequence[Mapping[str, Any]] = ()
    mistakes: Sequence[Mistake] = ()


def check_valid_parts(
    data: object,
    faults: Iterable[Key],
    errors: Iterable[Mapping[str, Any]],
    model: type[M],
    check: Callable[[M], Iterable[Mistake]],
) -> FurtherMistakes:
    """Returns further mistakes in `data`, found after removing the values that have a fault or an error.

    A value that is not valid without a removed one (a rule without its KPI) is removed too. Of the errors that
    validation then finds, those raised by `refuse` are returned, unless they concern a value from which something was
    removed. `check` runs on the rest if it makes a model. All positions are those in `data` as given.
    """
    removed: set[Key] = set()
    wrong = [*faults, *(error["loc"] for error in errors)]
    found: list[Mapping[str, Any]] = []
    while True:
        places = _innermost({_locate(data, location, removed)[0] for location in wrong})
        if not places or () in places:
            return FurtherMistakes(found)
        removed |= places
        try:
            settings = model.model_validate(_without(data, removed))
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        else:
            break
        wrong = [each["loc"] for each in details]
        for each in details:
            place, location = _locate(data, each["loc"], removed)
            if each["type"] == MISTAKE and not any(path[: len(place)] == place for path in removed):
                found.append({**each, "loc": location})
    mistakes = (
        replace(
            each,
            key=_original_key(each.key, removed),
            first=None if each.first is None else _original_key(each.first, removed),
        )
        for each in check(settings)
    )
    return FurtherMistakes(found, tuple(mistakes))


def _locate(data: object, location: Key, removed: Collection[Key]) -> tuple[Key, Key]:
    """Returns the path of the innermost value on the way along `location`, and `location` in original positions.

    The positions in `location` do not count removed items. Steps that are not keys of the data (the members of unions)
    are skipped in the path.
    """
    value, place, original = data, Key(), Key()
    for step in location:
        if isinstance(value, list) and isinstance(step, int):
            position = _original_position(step, place, removed)
            original = (*original, position)
            if position < len(value):
                value, place = value[position], (*place, position)
        else:
            original = (*original, step)
            if isinstance(value, dict) and step in value and (*place, step) not in removed:
                value, place = value[step], (*place, step)
    return place, original


def _innermost(places: Collection[Key]) -> set[Key]:
    """Returns the places that contain none of the others: without its wrong parts, the whole may be valid."""
    return {place for place in places if not any(place == other[: len(place)] != other for other in places)}


def _without(value: object, removed: Collection[Key], place: Key = ()) -> object:
    if isinstance(value, dict):
        steps = {key: (*place, key) for key in value}
        return {key: _without(value[key], removed, step) for key, step in steps.items() if step not in removed}
    if isinstance(value, list):
        items = [((*place, number), item) for number, item in enumerate(value)]
        return [_without(item, removed, step) for step, item in items if step not in removed]
    return value


def _original_key(key: Key, removed: Collection[Key]) -> Key:
    """Returns `key`, whose positions do not count removed items, with the positions that the file has."""
    original = Key()
    for step in key:
        original = (*original, _original_position(step, original, removed) if isinstance(step, int) else step)
    return original


def _original_position(position: int, place: Key, removed: Collection[Key]) -> int:
    """Returns the position that an item of the list at `place` had before items were removed."""
    gone = sorted(path[-1] for path in removed if path[:-1] == place and path and isinstance(path[-1], int))
    for each in gone:
        position += each <= position
    return position
