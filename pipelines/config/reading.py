"""Reads settings files into a tree of values with their places, with references to the environment replaced."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from pipelines.config.dialect import TAG, UnreadableError, compose, line_of, parse_number_or_date
from pipelines.config.environment import resolve_references
from pipelines.config.problems import Problem, SettingsError
from pipelines.config.tree import Fault, Node, Part, merge_files

# A settings file of a large company has some thousands of values. With aliases, a few lines can expand to billions.
_MOST_VALUES = 100_000
_DEEPEST = 100
_TOO_MANY = f"with its aliases expanded, the file has more than {_MOST_VALUES:,} values; use fewer aliases"
_TOO_DEEP = f"the values are nested more than {_DEEPEST} deep; check the indentation and the brackets"


def read_tree(path: Path, environ: Mapping[str, str]) -> Node:
    """Returns the tree of a file, or of a folder's files merged by top-level key.

    Raises:
        SettingsError: There are no files, or some are not YAML; it names all of those.
    """
    files = settings_files(path)
    roots, problems = [], []
    for file in files:
        root = _read_file(file, environ)
        if isinstance(root, Problem):
            problems.append(root)
        else:
            roots.append(root)
    if problems:
        raise SettingsError(problems)
    return roots[0] if path in files else merge_files(path, roots)


def settings_files(path: Path) -> list[Path]:
    """Returns the settings files at `path`, in the order in which they are read.

    Raises:
        SettingsError: There are none.
    """
    try:
        if not path.is_dir():
            path.stat()
            return [path]
        found = sorted(
            entry
            for entry in path.iterdir()
            if entry.suffix.lower() in {".yaml", ".yml"} and not entry.name.startswith(".") and not entry.is_dir()
        )
        if found:
            return found
        problem = "this folder has no .yaml file; add the settings or pass another path"
    except (FileNotFoundError, NotADirectoryError):
        problem = "no such file or folder; pass the settings file, or the folder that contains the .yaml files"
    except OSError as error:
        problem = f"cannot open this path ({error.strerror}); check the path and the permissions"
    raise SettingsError([Problem(path, None, "", problem)])


def _read_file(file: Path, environ: Mapping[str, str]) -> Node | Problem:
    """Returns the tree of one file, or the reason why it cannot be read."""
    try:
        return _TreeBuilder(file, environ).build(_decode(file.read_bytes()))
    except OSError as error:
        message = f"cannot read the file ({error.strerror}); check that it exists and its permissions"
        return Problem(file, None, "", message)
    except UnreadableError as error:
        return Problem(file, error.line, "", error.message)
    except RecursionError:
        return Problem(file, None, "", _TOO_DEEP)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "the file is not UTF-8 text; save it with the encoding UTF-8") from None


class _TreeBuilder:
    """Builds the tree of one file."""

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        self._file = file
        self._environ = environ
        # By the identity of PyYAML's nodes, which aliases share; None while a node is being built.
        self._built: dict[int, Node | None] = {}
        self._merged_entries = 0

    def build(self, text: str) -> Node:
        """Returns the file's top-level mapping; an empty file has no keys."""
        top = compose(text)
        root = self._node(top) if top is not None else Node(self._file, None, {})
        if root.value is None:
            root.value = {}
        if root.kind != "mapping":
            given = "a list" if root.kind == "list" else "a single value"
            raise UnreadableError(root.line, f'write "key: value" lines; the top level is {given}')
        root.line = None
        return root

    def _node(self, source: yaml.Node) -> Node:
        identity = id(source)
        if identity not in self._built:
            self._built[identity] = None
            self._built[identity] = self._new_node(source)
        node = self._built[identity]
        if node is None:
            raise UnreadableError(line_of(source), "an anchor (&) contains an alias to itself; write the values out")
        return node

    def _new_node(self, source: yaml.Node) -> Node:
        node = Node(self._file, line_of(source), None)
        if isinstance(source, yaml.ScalarNode):
            self._scalar(node, source)
        elif source.tag == TAG + "seq" and isinstance(source, yaml.SequenceNode):
            items = map(self._node, source.value)
            node.value = [Part(item.file, item.line, item) for item in items]
        elif source.tag == TAG + "map" and isinstance(source, yaml.MappingNode):
            node.value = self._mapping(node, source)
        else:
            self._refuse_tag(node)
        self._measure(node)
        return node

    def _measure(self, node: Node) -> None:
        children = [part.node for _, part in node.parts]
        node.size += sum(child.size for child in children)
        node.height += max((child.height for child in children), default=0)
        if node.size > _MOST_VALUES:
            raise UnreadableError(node.line, _TOO_MANY)
        if node.height > _DEEPEST:
            raise UnreadableError(node.line, _TOO_DEEP)

    def _refuse_tag(self, node: Node) -> None:
        # The tag is not named: it may be a password that begins with "!".
        self._block(node, 'YAML tags are not supported; remove the tag, or put text that begins with "!" in quotes')

    def _block(self, node: Node, message: str) -> None:
        node.is_blocked = True
        self._fault(node, node.line, message)

    def _fault(self, node: Node, line: int | None, message: str, key: str | None = None) -> None:
        node.faults.append(Fault(self._file, line, message, key))

    def _scalar(self, node: Node, source: yaml.ScalarNode) -> None:
        node.written = node.value = source.value
        match source.tag.removeprefix(TAG):
            case "str" | "merge":
                text = resolve_references(source.value, self._environ)
                node.value, node.variables = text.text, text.variables
                for mistake in text.mistakes:
                    self._block(node, mistake)
            case "null":
                node.value = None
            case "bool":
                node.value = {"true": True, "false": False}.get(source.value.lower(), source.value)
            case "int" | "float" | "timestamp" as kind:
                node.value = parse_number_or_date(kind, source)
            case _:
                self._refuse_tag(node)

    def _mapping(self, node: Node, source: yaml.MappingNode) -> dict[str, Part]:
        own: dict[str, Part] = {}
        merged: dict[str, Part] = {}
        first_lines: dict[str, int] = {}
        for key_source, value_source in source.value:
            line = line_of(key_source)
            if not isinstance(key_source, yaml.ScalarNode):
                self._fault(node, line, 'a key must be text; put text that begins with "{" or "[" in quotes')
                continue
            key = key_source.value
            if key in first_lines:
                message = f"duplicate key, first on line {first_lines[key]}; keep one of the two"
                self._fault(node, line, message, key)
                continue
            first_lines[key] = line
            if key_source.tag == TAG + "merge":
                merged = self._merge_key(node, line, self._node(value_source))
            else:
                own[key] = Part(self._file, line, self._node(value_source))
        return {**merged, **own}

    def _merge_key(self, node: Node, line: int, value: Node) -> dict[str, Part]:
        """Returns the entries that `<<` merges; the first of several mappings wins, as in YAML's merge type."""
        mappings = [item.node for item in value.items] or [value]
        if any(mapping.kind != "mapping" for mapping in mappings):
            self._fault(node, line, "give a mapping or a list of mappings, such as <<: *name", "<<")
            return {}
        entries: dict[str, Part] = {}
        for mapping in mappings:
            self._merged_entries += len(mapping.entries)
            if self._merged_entries > _MOST_VALUES:
                raise UnreadableError(line, _TOO_MANY)
            entries = {**mapping.entries, **entries}
        return entries
