"""What else is wrong with settings of which some values are not valid: seen without these values."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.config.problems import MISTAKE, Key, Mistake

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Further:
    """What else is wrong: errors as pydantic gives them, and mistakes of the cross-checks."""

    errors: Sequence[Mapping[str, Any]] = ()
    mistakes: Sequence[Mistake] = ()


def checked_in_part(
    data: object,
    faults: Iterable[Key],
    errors: Iterable[Mapping[str, Any]],
    model: type[M],
    check: Callable[[M], Iterable[Mistake]],
) -> Further:
    """What else is wrong in `data`, seen without the values that have a fault or an error.

    What cannot do without such a value (a rule without its KPI) is left out with it. Errors that come to light are what
    models refuse by `refuse`, unless they are about a whole of which something is left out. `check` sees the rest if it
    makes a model. All that is found has the positions of `data` as it is.
    """
    left_out: set[Key] = set()
    wrong = [*faults, *(error["loc"] for error in errors)]
    found: list[Mapping[str, Any]] = []
    while True:
        places = _innermost({_place(data, location, left_out)[0] for location in wrong})
        if not places or () in places:
            return Further(found)
        left_out |= places
        try:
            settings = model.model_validate(_without(data, left_out))
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        else:
            break
        wrong = [each["loc"] for each in details]
        for each in details:
            place, location = _place(data, each["loc"], left_out)
            if each["type"] == MISTAKE and not any(path[: len(place)] == place for path in left_out):
                found.append({**each, "loc": location})
    mistakes = (
        Mistake(_as_written(each.key, left_out), each.message, each.allowed, each.given) for each in check(settings)
    )
    return Further(found, tuple(mistakes))


def _place(data: object, location: Key, left_out: Collection[Key]) -> tuple[Key, Key]:
    """The innermost of the values that a location leads through, of those not left out; and the location as written.

    The location given counts without what is left out. Steps that are no keys (the members of unions) lead nowhere.
    """
    value, place, written = data, Key(), Key()
    for step in location:
        if isinstance(value, list) and isinstance(step, int):
            position = _position(step, place, left_out)
            written = (*written, position)
            if position < len(value):
                value, place = value[position], (*place, position)
        else:
            written = (*written, step)
            if isinstance(value, dict) and step in value and (*place, step) not in left_out:
                value, place = value[step], (*place, step)
    return place, written


def _innermost(places: Collection[Key]) -> set[Key]:
    """Those that hold none of the others: without its wrong parts, a whole may be right."""
    return {place for place in places if not any(place == other[: len(place)] != other for other in places)}


def _without(value: object, left_out: Collection[Key], place: Key = ()) -> object:
    if isinstance(value, dict):
        steps = {key: (*place, key) for key in value}
        return {key: _without(value[key], left_out, step) for key, step in steps.items() if step not in left_out}
    if isinstance(value, list):
        items = [((*place, number), item) for number, item in enumerate(value)]
        return [_without(item, left_out, step) for step, item in items if step not in left_out]
    return value


def _as_written(key: Key, left_out: Collection[Key]) -> Key:
    """`key`, which counts without what is left out, with the positions that there are in the file."""
    written = Key()
    for step in key:
        written = (*written, _position(step, written, left_out) if isinstance(step, int) else step)
    return written


def _position(position: int, place: Key, left_out: Collection[Key]) -> int:
    """Where the item is in the list at `place` that has `position` if some are left out."""
    gone = sorted(path[-1] for path in left_out if path[:-1] == place and path and isinstance(path[-1], int))
    for each in gone:
        position += each <= position
    return position
