"""Turns mistakes in settings into problems with places, in plain words.

Unions
    A value that fits no member of a union gives one mistake, not one per member. If the value is a mapping or a list,
    only the members that accept a mapping (or a list) are compared, and the mistakes of the member with the fewest are
    reported. If it is a scalar, the message of a validator or of a limit (`must be at least 1`) is reported if there is
    one, else one sentence with all that is accepted: `write a number or a mapping with the keys warn, critical`.

Validators
    The text of a ValueError is shown unchanged. If the context of a `PydanticCustomError` has `allowed` (a list of
    names) and optionally `given`, the message also shows these names and suggests the nearest. `refuse` raises several
    mistakes at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipelines.config.problems import MISTAKE, Key, Mistake, Problem, nearest, one_line, suggestion
from pipelines.config.secrets import mark_secrets, mask, private_texts, redact
from pipelines.config.shapes import ANYTHING, Schema, Shapes, choices, fields, part_of
from pipelines.config.tree import Fault, Node, child, has_blocked, trail
from pipelines.config.wording import EXPECTED, LIMITS, MISSING, WANTS_CHOICE, WANTS_MAPPING, describe, key_text, spell


def explain(
    root: Node,
    model: type[BaseModel],
    *,
    faults: Iterable[tuple[Key, Fault]],
    errors: Iterable[Mapping[str, Any]],
    mistakes: Iterable[Mistake],
) -> list[Problem]:
    """Returns the problems found by reading (`faults`), by pydantic (`errors`) and by cross-checks (`mistakes`)."""
    explainer = _Explainer(root, Shapes(model))
    found = [
        *(_Finding(path, fault.message, place=(fault.file, fault.line)) for path, fault in faults),
        *explainer.explain_errors(errors),
        *map(explainer.explain_mistake, mistakes),
    ]
    return [explainer.problem(each) for each in found]


@dataclass(frozen=True, slots=True)
class _Error:
    """One of pydantic's errors; `rest` is the part of its location that is not followed yet."""

    rest: Key
    details: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.details["type"])

    @property
    def context(self) -> Mapping[str, Any]:
        return self.details.get("ctx") or {}

    def next_step(self) -> "_Error":
        return _Error(self.rest[1:], self.details)


@dataclass(frozen=True, slots=True)
class _Finding:
    """A mistake at a path. A message with `quotes_input` comes from a validator or a check, and may quote secrets."""

    path: Key
    message: str
    allowed: tuple[str, ...] = ()
    nearest: str | None = None
    quotes_input: bool = False
    place: tuple[Path, int | None] | None = None


class _Explainer:
    """Follows the location of each of pydantic's errors through the model's core schema and the tree.

    Some steps of a location are members or tags of a union, which the user has not written. The core schema shows which
    ones. It also has the fields of each model and the values of each literal.
    """

    def __init__(self, root: Node, shapes: Shapes) -> None:
        self._root = root
        self._shapes = shapes
        self._secrets = mark_secrets(shapes, [shapes.root], root)

    def explain_errors(self, errors: Iterable[Mapping[str, Any]]) -> Iterator[_Finding]:
        """Yields the mistakes for the errors of a ValidationError."""
        yield from self._follow(self._shapes.root, self._root, (), [_Error(error["loc"], error) for error in errors])

    def explain_mistake(self, mistake: Mistake) -> _Finding:
        """Returns the finding of a cross-check, with keys as the user writes them: by their aliases."""
        path, node = self._resolve(mistake.key)
        text = mistake.given if mistake.given is not None else _text_of(node)
        message = mistake.message
        if mistake.first is not None:
            message += self._place_of_first(self._resolve(mistake.first)[0], path)
        return _Finding(path, message, mistake.allowed, suggestion(text, mistake.allowed), quotes_input=True)

    def _resolve(self, key: Key) -> tuple[Key, Node | None]:
        """Returns the path of a key of the model, and the value there."""
        path: Key = ()
        node: Node | None = self._root
        schemas = [self._shapes.root]
        for name in key:
            step = name if child(node, name) is not None else self._alias(schemas, name)
            path, node = (*path, step), child(node, step)
            schemas = self._shapes.inner(schemas, step)
        return path, node

    def _place_of_first(self, first: Key, path: Key) -> str:
        there, here = trail(self._root, first)[-1], trail(self._root, path)[-1]
        line = f"line {there.line}" if there.file == here.file else f"{there.file}:{there.line}"
        return f"; the first is {key_text(first)} in {line}"

    def problem(self, found: _Finding) -> Problem:
        """Returns a finding as a problem, with its place and without secrets."""
        nearest_part = trail(self._root, found.path)[-1]
        message = found.message
        if found.quotes_input:
            message = mask(message, private_texts(nearest_part.node))
        message = one_line(redact(message, self._secrets))
        file, line = found.place or (nearest_part.file, nearest_part.line)
        return Problem(file, line, redact(key_text(found.path), ()), message, found.allowed, found.nearest)

    def _alias(self, schemas: Iterable[Schema], name: str | int) -> str | int:
        aliases = (
            alias
            for leaf in self._shapes.all_leaves(schemas)
            if leaf["type"] == "model-fields"
            for alias, (own_name, _) in fields(leaf).items()
            if own_name == name
        )
        return next(aliases, name)

    # ------------------------------------------------------------------ following a location

    def _follow(self, schema: Schema, node: Node | None, path: Key, errors: Sequence[_Error]) -> Iterator[_Finding]:
        if node is not None and node.is_blocked:
            return
        shape = self._shapes.shape(schema)
        below = [error for error in errors if error.rest]
        for error in errors:
            # pydantic counts only valid items, so a list with refused ones may not be too short.
            if not error.rest and not (error.kind == "too_short" and below):
                yield from self._at(error, shape, node, path)
        if not below:
            return
        match shape["type"]:
            case "model-fields":
                yield from self._fields(shape, node, path, below)
            case "union":
                yield from self._union(shape, node, path, below)
            case "tagged-union":
                yield from self._tagged(shape, node, path, below)
            case "dict":
                yield from self._dict(shape, node, path, below)
            case "list" | "set" | "frozenset" | "tuple":
                for index, group in _by_first(below):
                    item = part_of(shape, index) or ANYTHING
                    yield from self._follow(item, child(node, index), (*path, index), group)
            case _:
                yield from self._unknown(node, path, below)

    def _fields(self, shape: Schema, node: Node | None, path: Key, errors: Sequence[_Error]) -> Iterator[_Finding]:
        known = fields(shape)
        own_names = {own_name: key for key, (own_name, _) in known.items()}
        absent = [name for name in known if child(node, name) is None]
        misspelt: set[str | None] = set()
        missing: list[_Finding] = []
        for step, group in _by_first(errors):
            kinds = {error.kind for error in group if not error.rest}
            key = str(step)
            if key not in known and "extra_forbidden" not in kinds:
                # A model that also accepts the Python names of its fields reports those names.
                key = own_names.get(key, key)
            if key not in known:
                near = nearest(key, absent)
                misspelt.add(near)
                yield _Finding((*path, key), f'unknown key "{key}"', tuple(known), near)
            elif "missing" in kinds:
                missing.append(_Finding((*path, key), MISSING))
            else:
                yield from self._follow(known[key][1], child(node, key), (*path, key), group)
        # A misspelt key is reported once, not as an unknown key and as a missing one.
        yield from (found for found in missing if found.path[-1] not in misspelt)

    def _union(self, shape: Schema, node: Node | None, path: Key, errors: Sequence[_Error]) -> Iterator[_Finding]:
        """Yields the mistakes of one member, or one sentence with what is accepted; see the module's docstring."""
        # What `refuse` raised above the union has no label: its location continues with the keys of the value.
        plain = [error for error in errors if error.kind == MISTAKE and child(node, error.rest[0]) is not None]
        if plain:
            yield from self._follow(ANYTHING, node, path, plain)
            errors = [error for error in errors if error not in plain]
            if not errors:
                return
        members = choices(shape)
        # pydantic tries the members in their order and labels the errors of each. A label cannot be looked up.
        groups = [group for _, group in _by_first(errors)]
        if len(groups) != len(members):
            members = [ANYTHING] * len(groups)
        kind = node.kind if node is not None else "scalar"
        fitting = [
            (member, group) for member, group in zip(members, groups, strict=True) if kind in self._shapes.kinds(member)
        ]
        if kind != "scalar" and fitting:
            yield from min((list(self._follow(member, node, path, group)) for member, group in fitting), key=len)
            return
        for member, group in fitting:
            specific = [error for error in group if error.rest or not _is_about_type(error)]
            if specific:
                direct = [error for error in specific if not error.rest]
                yield from self._follow(member, node, path, direct[:1] or specific)
                return
        yield self._not_accepted(shape, node, path)

    def _tagged(self, shape: Schema, node: Node | None, path: Key, errors: Sequence[_Error]) -> Iterator[_Finding]:
        members = {spell(tag): member for tag, member in shape["choices"].items()}
        for tag, group in _by_first(errors):
            yield from self._follow(members.get(spell(tag), ANYTHING), node, path, group)

    def _dict(self, shape: Schema, node: Node | None, path: Key, errors: Sequence[_Error]) -> Iterator[_Finding]:
        for key, group in _by_first(errors):
            of_key = [error.next_step() for error in group if error.rest[:1] == ("[key]",)]
            of_value = [error for error in group if error.rest[:1] != ("[key]",)]
            step = (*path, key)
            if of_key:
                stand_in = Node(self._root.file, None, str(key))
                for found in self._follow(shape.get("keys_schema", ANYTHING), stand_in, step, of_key):
                    yield replace(found, message=f"invalid key: {found.message}")
            if of_value:
                yield from self._follow(shape.get("values_schema", ANYTHING), child(node, key), step, of_value)

    def _unknown(self, node: Node | None, path: Key, errors: Sequence[_Error]) -> Iterator[_Finding]:
        """Follows the locations of a validator whose schema is unknown: the tree alone decides which steps are keys."""
        for step, group in _by_first(errors):
            inside = child(node, step)
            if inside is not None or any(not error.rest for error in group):
                yield from self._follow(ANYTHING, inside, (*path, step), group)
            else:
                yield from self._follow(ANYTHING, node, path, group)

    # ------------------------------------------------------------------ one error

    def _at(self, error: _Error, shape: Schema, node: Node | None, path: Key) -> Iterator[_Finding]:
        kind = error.kind
        if kind in {"union_tag_invalid", "union_tag_not_found"}:
            yield from self._tag(shape, node, path)
        elif kind == "missing":
            yield _Finding(path, "this item is missing" if isinstance(path[-1], int) else MISSING)
        elif kind in WANTS_CHOICE:
            yield _not_allowed(self._shapes.allowed(shape), node, path)
        elif kind in WANTS_MAPPING and shape["type"] in {"model-fields", "tagged-union"}:
            yield _Finding(path, _instead(self._shapes.describe(shape), node))
        elif kind in EXPECTED:
            yield _Finding(path, _instead(EXPECTED[kind], node, text=kind == "string_type"))
        elif kind in LIMITS:
            yield _Finding(path, LIMITS[kind].format_map(error.context))
        elif node is None or not has_blocked(node):
            yield _validator_finding(error, node, path)

    def _tag(self, shape: Schema, node: Node | None, path: Key) -> Iterator[_Finding]:
        """Yields a mistake about the key that chooses a member of a union: it is missing or has a wrong value."""
        tags = tuple(spell(tag) for tag in shape.get("choices", ()))
        discriminator = shape.get("discriminator")
        if isinstance(discriminator, str):
            path, node = (*path, discriminator), child(node, discriminator)
        if node is None:
            yield _Finding(path, MISSING, tags)
        elif not node.is_blocked:
            yield _not_allowed(tags, node, path)

    def _not_accepted(self, union: Schema, node: Node | None, path: Key) -> _Finding:
        allowed = self._shapes.allowed(union)
        if self._shapes.is_choice(union):
            return _not_allowed(allowed, node, path)
        text = any(leaf["type"] == "str" for leaf in self._shapes.leaves(union))
        message = _instead(self._shapes.describe(union), node, text=text)
        return _Finding(path, message, nearest=suggestion(_text_of(node), allowed))


def _by_first(errors: Iterable[_Error]) -> Iterable[tuple[str | int, list[_Error]]]:
    """Returns errors grouped by the first step of their location, in order, with that step removed."""
    groups: dict[str | int, list[_Error]] = {}
    for error in errors:
        groups.setdefault(error.rest[0], []).append(error.next_step())
    return groups.items()


def _is_about_type(error: _Error) -> bool:
    """Returns whether an error only says that another type of value is expected."""
    return error.kind in EXPECTED or error.kind in WANTS_CHOICE or error.kind == "is_instance_of"


def _validator_finding(error: _Error, node: Node | None, path: Key) -> _Finding:
    message = str(error.details["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = re.sub(r"\bInput should\b", "the value should", message) or "the value is not accepted"
    allowed = error.context.get("allowed", ())
    names = tuple(map(spell, allowed)) if isinstance(allowed, list | tuple | set | frozenset) else ()
    text = error.context.get("given", _text_of(node))
    return _Finding(path, message, names, suggestion(text, names), quotes_input=True)


def _not_allowed(allowed: tuple[str, ...], node: Node | None, path: Key) -> _Finding:
    message = f"{'this' if node is None else describe(node)} is not allowed here"
    return _Finding(path, message, allowed, suggestion(_text_of(node), allowed))


def _instead(expected: str, node: Node | None, *, text: bool = False) -> str:
    if node is None:
        return f"write {expected}"
    message = f"write {expected}, not {describe(node)}"
    if text and node.written and node.value is not None and not isinstance(node.value, str):
        message += "; for text, put it in quotes"
    return message


def _text_of(node: Node | None) -> str | None:
    return node.value if node is not None and isinstance(node.value, str) else None
