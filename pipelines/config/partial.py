"""The cross-checks of settings of which some entries are not valid: without these entries."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    """What `check` finds in `data` without the entries (`rules[3]`, `channels.support`) that have a fault or an error.

    The mistakes have the positions of `data` as it is. What is left out counts as present: nobody is told that a
    channel is missing whose settings have a mistake of their own. Nothing is found if the rest is not valid either.
    """
    if not isinstance(data, dict):
        return
    left_out = _left_out(data, [*faults, *(error["loc"] for error in errors)])
    if left_out is None:
        return
    names = {name for top, step in left_out if (name := _name(data[top], step)) is not None}
    positions: dict[str, list[int]] = {}
    rest: dict[str, object] = {}
    for top, value in data.items():
        if (top, None) in left_out:
            continue
        if isinstance(value, list):
            positions[top] = [number for number in range(len(value)) if (top, number) not in left_out]
            rest[top] = [value[number] for number in positions[top]]
        elif isinstance(value, dict):
            rest[top] = {key: inner for key, inner in value.items() if (top, key) not in left_out}
        else:
            rest[top] = value
    try:
        settings = model.model_validate(rest)
    except ValidationError:
        return
    for mistake in check(settings):
        if mistake.given in names:
            continue
        key = mistake.key
        if len(key) > 1 and isinstance(key[1], int) and key[0] in positions:
            key = (key[0], positions[str(key[0])][key[1]], *key[2:])
        yield Mistake(key, mistake.message, mistake.allowed, mistake.given)


def _left_out(data: Mapping[str, Any], paths: Iterable[Key]) -> set[tuple[str, str | int | None]] | None:
    """The entries to do without, as (top-level key, key or position in it); None if that would leave too little."""
    found: set[tuple[str, str | int | None]] = set()
    for path in paths:
        if not path or path[0] not in data:
            return None
        top = str(path[0])
        value, step = data[top], path[1] if len(path) > 1 else None
        is_item = isinstance(value, list) and isinstance(step, int) and step < len(value)
        is_entry = isinstance(value, dict) and step in value
        found.add((top, step if is_item or is_entry else None))
    return found


def _name(value: object, step: str | int | None) -> str | None:
    """What an entry is called elsewhere: its key in a mapping, its `name` in a list."""
    if isinstance(value, dict) and isinstance(step, str):
        return step
    if isinstance(value, list) and isinstance(step, int) and isinstance(value[step], dict):
        name = value[step].get("name")
        return name if isinstance(name, str) else None
    return None
