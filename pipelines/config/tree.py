"""The tree of values as written: each value has its file, its line and the mistakes found while reading it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.config.problems import Key


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake found while reading; `key` is the key of a mapping that it concerns, or None for the whole value."""

    file: Path
    line: int | None
    message: str
    key: str | None = None


@dataclass(slots=True, eq=False)
class Node:
    """A value with its place: a scalar, or the parts of a mapping or a list. An alias shares its anchor's node.

    Attributes:
        file: The file that contains the value.
        line: The line on which it begins, from 1; None for a whole file or folder.
        value: The scalar, or the parts by key or in order.
        written: A scalar as it is written in the file.
        variables: The environment variables that are part of the value, with their values.
        faults: The mistakes found while reading the value.
        is_blocked: Whether the value could not be read; errors of the validation about it do not count.
        is_secret: Whether the model declares a secret here.
        size: The number of values once aliases are expanded.
        height: The number of levels once aliases are expanded.
    """

    file: Path
    line: int | None
    value: object
    written: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_blocked: bool = False
    is_secret: bool = False
    size: int = 1
    height: int = 1

    @property
    def entries(self) -> Mapping[str, "Part"]:
        """The values of a mapping by their keys; empty for other values."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> Sequence["Part"]:
        """The items of a list; empty for other values."""
        return self.value if isinstance(self.value, list) else ()

    @property
    def parts(self) -> list[tuple[str | int, "Part"]]:
        """The direct parts of the value, by key or position."""
        return [*self.entries.items(), *enumerate(self.items)]

    @property
    def kind(self) -> str:
        """The kind of the value: mapping, list or scalar."""
        return "mapping" if isinstance(self.value, dict) else "list" if isinstance(self.value, list) else "scalar"

    def part(self, step: str | int) -> "Part | None":
        """Returns the part at a key or a position, if any; keys that the model converts to numbers are text here."""
        if isinstance(step, int) and self.kind == "list":
            return self.items[step] if 0 <= step < len(self.items) else None
        return self.entries.get(str(step))


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside a mapping or a list, with the place of its key or of the item."""

    file: Path
    line: int | None
    node: Node


def child(node: Node | None, step: str | int) -> Node | None:
    """Returns the value at a key or a position, or None if there is none."""
    part = node.part(step) if node is not None else None
    return None if part is None else part.node


def trail(root: Node, path: Key) -> list[Part]:
    """Returns the root and the parts on the way along `path`, as far as it exists."""
    found = [Part(root.file, root.line, root)]
    for step in path:
        part = found[-1].node.part(step)
        if part is None:
            break
        found.append(part)
    return found


def has_blocked(node: Node) -> bool:
    """Returns whether the value, or a value in it, could not be read."""
    return node.is_blocked or any(has_blocked(part.node) for _, part in node.parts)


def plain_data(node: Node) -> object:
    """Returns the value without places. Aliases become copies, because validators may change their input."""
    if isinstance(node.value, dict):
        return {key: plain_data(entry.node) for key, entry in node.entries.items()}
    if isinstance(node.value, list):
        return [plain_data(item.node) for item in node.items]
    return node.value


def collect_faults(root: Node) -> list[tuple[Key, Fault]]:
    """Returns the mistakes found while reading, each once, with their paths in the merged tree."""
    visited: set[int] = set()

    def visit(node: Node, path: Key) -> Iterator[tuple[Key, Fault]]:
        if id(node) not in visited:
            visited.add(id(node))
            for fault in node.faults:
                yield path if fault.key is None else (*path, fault.key), fault
            for step, part in node.parts:
                yield from visit(part.node, (*path, step))

    return list(visit(root, ()))


def merge_files(folder: Path, roots: Iterable[Node]) -> Node:
    """Returns the trees of a folder's files as one tree, merged by top-level key."""
    entries: dict[str, Part] = {}
    whole = Node(folder, None, entries)
    for root in roots:
        whole.faults += root.faults
        for key, entry in root.entries.items():
            earlier = entries.get(key)
            if earlier is None or earlier.node.value is None:
                entries[key] = entry
            elif entry.node.value is not None:
                entries[key] = _merge_values(key, earlier, entry, whole)
    return whole


def _merge_values(key: str, earlier: Part, later: Part, whole: Node) -> Part:
    first, second = earlier.node, later.node
    joined = Node(first.file, first.line, None, faults=[*first.faults, *second.faults])
    if isinstance(first.value, list) and isinstance(second.value, list):
        joined.value = [*first.value, *second.value]
    elif isinstance(first.value, dict) and isinstance(second.value, dict):
        joined.value = {**first.value, **second.value}
        joined.faults += [
            _duplicate(first.entries[name], entry, name)
            for name, entry in second.entries.items()
            if name in first.entries
        ]
    else:
        whole.faults.append(_duplicate(earlier, later, key))
        return earlier
    return Part(earlier.file, earlier.line, joined)


def _duplicate(earlier: Part, later: Part, key: str) -> Fault:
    message = f"duplicate key, first in {earlier.file} on line {earlier.line}; keep one of the two"
    return Fault(later.file, later.line, message, key)
