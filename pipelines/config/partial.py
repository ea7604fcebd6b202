"""The cross-checks of settings of which some values are not valid: without these values."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.config.problems import Key, Mistake

M = TypeVar("M", bound=BaseModel)


def checked_in_part(
    data: object,
    faults: Iterable[Key],
    errors: Iterable[Mapping[str, Any]],
    model: type[M],
    check: Callable[[M], Iterable[Mistake]],
) -> Iterator[Mistake]:
    """What `check` finds in `data` without the values that have a fault or an error.

    What cannot do without such a value (a rule without its KPI) is left out with it. The mistakes have the positions
    of `data` as it is. An entry that is left out counts as present: nobody is told that a channel is missing whose
    settings have a mistake of their own. Nothing is found if what is left makes no model.
    """
    left_out: set[Key] = set()
    wrong = [*faults, *(error["loc"] for error in errors)]
    settings: M | None = None
    while settings is None:
        paths = {_place(data, path, left_out) for path in wrong}
        if not paths or () in paths:
            return
        left_out |= paths
        try:
            settings = model.model_validate(_without(data, left_out))
        except ValidationError as error:
            wrong = [details["loc"] for details in error.errors(include_url=False, include_input=False)]
    names = {_name(data, path) for path in left_out}
    for mistake in check(settings):
        if mistake.given is None or mistake.given not in names:
            yield Mistake(_as_written(mistake.key, left_out), mistake.message, mistake.allowed, mistake.given)


def _place(data: object, location: Key, left_out: Collection[Key]) -> Key:
    """The innermost of the values that a location leads through, of those not left out.

    The location counts without what is left out. Steps that are no keys (the members of unions) are passed over.
    """
    value, place = data, Key()
    for step in location:
        if isinstance(value, list) and isinstance(step, int):
            position = _position(step, place, left_out)
            if position < len(value):
                value, place = value[position], (*place, position)
        elif isinstance(value, dict) and step in value and (*place, step) not in left_out:
            value, place = value[step], (*place, step)
    return place


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


def _name(data: Any, path: Key) -> str | None:
    """What an entry is called elsewhere: its key in a mapping, its `name` in a list."""
    value = data
    for step in path[:-1]:
        value = value[step]
    last = path[-1]
    if isinstance(value, dict):
        return str(last)
    name = value[last].get("name") if isinstance(value[last], dict) else None
    return name if isinstance(name, str) else None
