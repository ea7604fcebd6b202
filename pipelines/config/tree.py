"""Values as they were written: each knows its file and its line, and what went wrong when it was read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.config.problems import Key


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake found while reading; `key` is the key of a mapping that it concerns, if it is not the whole value."""

    file: Path
    line: int | None
    message: str
    key: str | None = None


@dataclass(slots=True, eq=False)
class Node:
    """A value that knows its place: a scalar, or the parts of a mapping or a list. An alias shares its anchor's node.

    `written` is a scalar as it stands in the file; `variables` are the environment variables that are part
    of the value, with what they hold. A `blocked` value could not be made, so what validation says of it is void.
    A `secret` value stands where the model has a secret. `size` and `height` count the values and the levels once
    aliases are written out.
    """

    file: Path
    line: int | None
    value: object
    written: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    blocked: bool = False
    secret: bool = False
    size: int = 1
    height: int = 1

    @property
    def entries(self) -> Mapping[str, "Part"]:
        """The values of a mapping by their keys."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> Sequence["Part"]:
        """The items of a list."""
        return self.value if isinstance(self.value, list) else ()

    @property
    def parts(self) -> list[tuple[str | int, "Part"]]:
        """What stands directly inside, by key or position."""
        return [*self.entries.items(), *enumerate(self.items)]

    @property
    def kind(self) -> str:
        """Mapping, list or scalar."""
        return "mapping" if isinstance(self.value, dict) else "list" if isinstance(self.value, list) else "scalar"

    def part(self, step: str | int) -> "Part | None":
        """What stands at a key or a position. A key that a model takes for a number is text here."""
        if isinstance(step, int) and self.kind == "list":
            return self.items[step] if 0 <= step < len(self.items) else None
        return self.entries.get(str(step))


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside a mapping or a list, and its place: that of the key, or that of the item itself."""

    file: Path
    line: int | None
    node: Node


def child(node: Node | None, step: str | int) -> Node | None:
    """The value at a key or a position, if there is one."""
    part = node.part(step) if node is not None else None
    return None if part is None else part.node


def trail(root: Node, path: Key) -> list[Part]:
    """The root and the parts on the way along `path`, as far as it exists."""
    found = [Part(root.file, root.line, root)]
    for step in path:
        part = found[-1].node.part(step)
        if part is None:
            break
        found.append(part)
    return found


def any_blocked(node: Node) -> bool:
    """Whether the value or anything in it could not be made."""
    return node.blocked or any(any_blocked(part.node) for _, part in node.parts)


def plain(node: Node) -> object:
    """The value without places. Nothing is shared between aliases, since validators may alter what they are given."""
    if isinstance(node.value, dict):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node.value, list):
        return [plain(item.node) for item in node.items]
    return node.value


def faults(root: Node) -> list[tuple[Key, Fault]]:
    """The mistakes found while reading, each once, with the paths they have in the merged tree."""
    visited: set[int] = set()

    def visit(node: Node, path: Key) -> Iterator[tuple[Key, Fault]]:
        if id(node) not in visited:
            visited.add(id(node))
            for fault in node.faults:
                yield path if fault.key is None else (*path, fault.key), fault
            for step, part in node.parts:
                yield from visit(part.node, (*path, step))

    return list(visit(root, ()))


def merged(folder: Path, roots: Iterable[Node]) -> Node:
    """The trees of a folder's files as one, by top-level key."""
    entries: dict[str, Part] = {}
    whole = Node(folder, None, entries)
    for root in roots:
        whole.faults += root.faults
        for key, entry in root.entries.items():
            earlier = entries.get(key)
            if earlier is None or earlier.node.value is None:
                entries[key] = entry
            elif entry.node.value is not None:
                entries[key] = _united(key, earlier, entry, whole)
    return whole


def _united(key: str, earlier: Part, later: Part, whole: Node) -> Part:
    first, second = earlier.node, later.node
    joined = Node(first.file, first.line, None, faults=[*first.faults, *second.faults])
    if isinstance(first.value, list) and isinstance(second.value, list):
        joined.value = [*first.value, *second.value]
    elif isinstance(first.value, dict) and isinstance(second.value, dict):
        joined.value = {**first.value, **second.value}
        joined.faults += [
            _written_before(first.entries[name], entry, name)
            for name, entry in second.entries.items()
            if name in first.entries
        ]
    else:
        whole.faults.append(_written_before(earlier, later, key))
        return earlier
    return Part(earlier.file, earlier.line, joined)


def _written_before(earlier: Part, later: Part, key: str) -> Fault:
    message = f"the key is written in {earlier.file} too, on line {earlier.line}; keep one of the two"
    return Fault(later.file, later.line, message, key)
