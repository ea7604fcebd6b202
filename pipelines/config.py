"""Reads settings: YAML files and the environment in, a validated pydantic model out, every mistake named with its line.

This module knows YAML, the environment and pydantic, and nothing of what is set. `load` is the way in.

How YAML is read
    The scalars are those of YAML 1.2's core schema, as editors read them: only `true` and `false` are booleans and
    `07:30` is not a number of minutes. `country: NO` is therefore text, while a field that is a boolean still
    understands `no`, because pydantic coerces text to the type a field asks for. A date such as 2024-01-31 is a date.
    The keys of mappings are always text, again coerced by the model (`dict[date, float]` works). Anchors, aliases and
    merge keys (`<<`) work; tags do not, so no settings file can run code.

How the environment is read
    In text values, not in keys, `${NAME}` and `${NAME:-default}` stand for an environment variable; the default
    is taken when the variable is unset or empty, and cannot hold a reference itself. `$${` is a literal `${`. What a
    variable holds is not searched for references again, and never appears in a message: it may be a secret.

How unions are explained
    A value that fits no member of a union gives one mistake, not one a member. If the value is a mapping or a list,
    the members that take a mapping (or a list) are compared and the mistakes of the one with the fewest are reported.
    If it is a scalar, the message of a validator or of a bound (`must be at least 1`) is preferred, else one sentence
    says all that is accepted: `write a number or a mapping with the keys warn, critical`.

How a validator can name what is allowed
    A ValueError's text is shown as it is. A `PydanticCustomError` whose context has `allowed` (a list of names), and
    optionally `given`, also gets the list of names and the nearest of them.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import yaml
from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr, TypeAdapter, ValidationError

M = TypeVar("M", bound=BaseModel)

# A settings file of a large company has some thousands of values. Aliases let a few lines stand for billions.
MOST_VALUES = 100_000
DEEPEST = 100
LONGEST_ALLOWED_LIST = 12
SHORTEST_SECRET = 4

_Key = tuple[str | int, ...]
_Schema = Mapping[str, Any]


class SettingsModel(BaseModel):
    """The base of every settings model: unknown keys are refused, values are fixed, inputs stay out of messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True)
class Mistake:
    """What a cross-check found wrong at `key`, a path of field names or written keys and list positions.

    `allowed` are the names that would be right. The nearest one is sought for `given`, by default the text written
    at `key`.
    """

    key: tuple[str | int, ...]
    message: str
    allowed: tuple[str, ...] = ()
    given: str | None = None


@dataclass(frozen=True)
class Problem:
    """One mistake and its place. `line` counts from 1 and is None where no line can be named (a missing file)."""

    file: Path
    line: int | None
    key: str
    message: str
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def __str__(self) -> str:
        """One line: place, key, message, nearest name, and the allowed names if they are few or none is near."""
        place = f"{self.file}:{self.line}" if self.line is not None else f"{self.file}"
        text = ": ".join(part for part in (place, self.key, self.message) if part)
        if self.nearest is not None:
            text += f'; did you mean "{self.nearest}"?'
        if self.allowed and (len(self.allowed) <= LONGEST_ALLOWED_LIST or self.nearest is None):
            text += f"{' Allowed' if self.nearest is not None else '; allowed'}: {', '.join(self.allowed)}"
        return _one_line(text)


class SettingsError(Exception):
    """The settings are refused. `problems` are sorted by file and line; the text is one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems: list[Problem] = sorted(unique, key=lambda problem: (str(problem.file), problem.line or 0))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def _nothing_to_check(_: object) -> tuple[Mistake, ...]:
    return ()


def load(
    path: Path,
    model: type[M],
    *,
    environ: Mapping[str, str],
    check: Callable[[M], Iterable[Mistake]] = _nothing_to_check,
) -> M:
    """The settings at `path` as a `model`.

    `path` is one YAML file, or a folder whose `*.yaml` and `*.yml` files (hidden ones and subfolders aside) are read
    in the order of their names and merged by top-level key: lists are joined, mappings are united if they share no
    key. `environ` answers references to the environment. `check` sees the model once it is valid by itself and
    yields what is wrong between its parts.

    Raises SettingsError with all the mistakes that could be found in one go. A file that cannot be read as YAML
    hides the mistakes of validation, and these hide the ones of `check`.
    """
    files = _settings_files(path)
    roots, problems = [], []
    for file in files:
        root = _read(file, environ)
        if isinstance(root, Problem):
            problems.append(root)
        else:
            roots.append(root)
    if problems:
        raise SettingsError(problems)
    root = roots[0] if path in files else _merge(path, roots)

    settings: M | None = None
    details: list[Any] = []
    # Nothing is raised inside the handler: as the context of another error, this one would carry the inputs along.
    try:
        settings = model.model_validate(_plain(root))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    faults = _faults(root)
    mistakes = tuple(check(settings)) if settings is not None and not faults else ()
    if settings is None or faults or mistakes:
        explainer = _Explainer(TypeAdapter(model).core_schema, root)
        found = [*faults, *explainer.explain(details), *map(explainer.checked, mistakes)]
        raise SettingsError(map(explainer.problem, found))
    return settings


def base_folder(path: Path) -> Path:
    """The absolute folder to which relative paths in the settings at `path` (a file or a folder) refer.

    Links are not followed, so that a settings file linked into a folder refers to that folder.
    """
    return path.absolute() if path.is_dir() else path.absolute().parent


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """The name in `allowed` that `given` most likely means; None if none is near, the first of equally near ones.

    Case, `-`, `_` and spaces do not tell names apart. Near means a similarity (Ratcliff and Obershelp, as difflib
    computes it) of at least 0.6.
    """
    names = list(allowed)
    if given in names:
        return given
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(_folded(given))
    best, best_ratio = None, 0.0
    for name in names:
        matcher.set_seq1(_folded(name))
        floor = max(0.6, best_ratio)
        if matcher.real_quick_ratio() >= floor and matcher.quick_ratio() >= floor:
            ratio = matcher.ratio()
            if ratio >= floor and ratio > best_ratio:
                best, best_ratio = name, ratio
    return best


def secrets_of(model: BaseModel) -> tuple[str, ...]:
    """The texts of all SecretStr in `model`, however deep, longest first.

    Those shorter than four characters are left out: to hide them would blacken innocent words.
    """
    texts: set[str] = set()
    _collect_secrets(model, texts)
    return tuple(sorted((text for text in texts if len(text) >= SHORTEST_SECRET), key=lambda text: (-len(text), text)))


_URL_PASSWORD = re.compile(
    r"([a-z][a-z0-9+.\-]*://[^\s/:\"'\[]*:)"
    # A port and what follows it is no password.
    r"(?!\d{1,5}(?:[/?#\"',;)\]}>\s]|$))"
    # A password may hold an unescaped @, so the last one counts; a quotation mark ends an address unless none is found.
    r"(?:[^\s\"'<>]*|\S*?)@",
    re.IGNORECASE,
)
_SLACK_WEBHOOK = re.compile(
    r"(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)[^\s\"'<>|)]+"
    # HTTP clients name host and path apart when a call fails.
    r"|(/services/)T[A-Z0-9]+/B[A-Z0-9]+/\w+",
    re.IGNORECASE,
)


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with `***` for `secrets`, for passwords in addresses (`scheme://user:***@host`) and for Slack webhooks.

    Secrets are also found as addresses and Python strings spell them (`%2F` for `/`, `\\n` for a line break).
    """
    spellings = {
        spelling for secret in secrets if secret for spelling in (secret, quote(secret, safe=""), repr(secret)[1:-1])
    }
    if spellings:
        longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        text = re.sub("|".join(map(re.escape, longest_first)), "***", text)
    text = _URL_PASSWORD.sub(r"\1***@", text)
    return _SLACK_WEBHOOK.sub(lambda found: f"{found[1] or found[2]}***", text)


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of settings files, for editors that complete and check them.

    Where a number, a boolean, one of some names or a formatted text is expected, a text with a reference to the
    environment is accepted too. Constants are not loosened: they tell the members of a union apart. Titles are left
    out, editors would show them in the place of descriptions.
    """
    schema: dict[str, Any] = _for_editors(model.model_json_schema(by_alias=True, mode="validation"))
    schema.setdefault("$defs", {})[_REFERENCE_NAME] = {
        "description": "Text with a reference to the environment: ${NAME} or ${NAME:-default}",
        "type": "string",
        "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}",
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


# ---------------------------------------------------------------------------------------------- files and YAML


@dataclass(slots=True, eq=False)
class _Node:
    """A YAML value that knows its place. An alias shares the node of its anchor.

    `written` is a scalar as it stands in the file; `variables` are the environment variables that are part
    of the value, with what they hold. A `blocked` value could not be made, so what validation says of it is void.
    `size` and `height` count the values and the levels once aliases are written out.
    """

    file: Path
    line: int | None
    value: object
    written: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    faults: list["_Fault"] = field(default_factory=list)
    blocked: bool = False
    size: int = 1
    height: int = 1

    @property
    def entries(self) -> Mapping[str, "_Entry"]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> Sequence["_Node"]:
        return self.value if isinstance(self.value, list) else ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key's place and its value."""

    file: Path
    line: int
    node: _Node


@dataclass(frozen=True, slots=True)
class _Fault:
    """A mistake found while reading; `key` is the key of a mapping that it concerns, if it is not the whole value."""

    file: Path
    line: int
    message: str
    key: str | None = None


class _UnreadableError(Exception):
    """A file that cannot be read, and why."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _YamlLoader(yaml.SafeLoader):
    """The safe loader with the implicit types of YAML 1.2's core schema, dates and merge keys."""


_TAG = "tag:yaml.org,2002:"
_DATE_OR_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::?\d{2})?))?)?"
)
_IMPLICIT = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    "float": (
        r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))"
        r"|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "timestamp": (_DATE_OR_TIME.pattern, "0123456789"),
    "merge": ("<<", "<"),
}
_YamlLoader.yaml_implicit_resolvers = {}
for _name, (_pattern, _first) in _IMPLICIT.items():
    # PyYAML only asks that the beginning matches.
    _YamlLoader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))


def _settings_files(path: Path) -> list[Path]:
    """The files to read; SettingsError if there are none."""
    problem: str
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
        problem = "there is no .yaml file in this folder; write the settings there or name another place"
    except (FileNotFoundError, NotADirectoryError):
        problem = "there is no such file or folder; name the settings file, or the folder that holds the .yaml files"
    except OSError as error:
        problem = f"this cannot be opened ({error.strerror}); check the path and the permissions"
    raise SettingsError([Problem(path, None, "", problem)])


def _read(file: Path, environ: Mapping[str, str]) -> _Node | Problem:
    """The tree of one file, or why there is none."""
    try:
        text = _decoded(file.read_bytes())
        return _Tree(file, environ).build(text)
    except OSError as error:
        return Problem(
            file, None, "", f"the file cannot be read ({error.strerror}); check that it exists and may be read"
        )
    except _UnreadableError as error:
        return Problem(file, error.line, "", error.message)
    except yaml.reader.ReaderError as error:
        # The reader counts characters of the text, the loader lines.
        before = text[: error.position]
        message = f"the character U+{error.character:04X} may not stand in YAML; remove it"
        return Problem(file, before.count("\n") + 1, "", message)
    except yaml.MarkedYAMLError as error:
        return _yaml_problem(file, error)
    except RecursionError:
        return Problem(file, None, "", _TOO_DEEP)


_TOO_DEEP = f"the values are nested more than {DEEPEST} deep; check the indentation and the brackets"


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(line, "the file is not UTF-8 text; save it with the encoding UTF-8") from None


# PyYAML splits these sentences in two, of which the second alone comes with the line.
_YAML_PROBLEMS = {
    "but found another document": "a second document begins here",
    "second occurrence": "the anchor is defined a second time",
}
# What PyYAML says, and what to do about it. The first words that match count.
_YAML_ADVICE = (
    ("mapping values are not allowed", 'put text that holds ": " in quotes, or align this line with its neighbours'),
    ("found character '\\t'", "indent with spaces, not with tabs"),
    ("found unexpected end of stream", "close the quotation mark that is opened here"),
    ("escape", "use single quotes, in which a backslash is an ordinary character"),
    ("could not find expected ':'", 'write ":" and a space after the key, or check the indentation of the lines below'),
    ("found undefined alias", 'define it before with "&", or put text that begins with "*" in quotes'),
    ("tag handle", 'put text that begins with "!" in quotes'),
    ("second document", 'keep one document a file: remove "---", or write two files'),
    ("expected <block end>", "align this line with its neighbours; a list item begins with '- '"),
    ("defined a second time", "give each anchor (&) a name of its own"),
    ("expected the node content", "write the value, close the bracket, or put text with brackets in quotes"),
    ("expected ',' or", "close the bracket, and put text that holds brackets or ${NAME} in quotes"),
    ("cannot start any token", "put text that begins with this character in quotes"),
)


def _yaml_problem(file: Path, error: yaml.MarkedYAMLError) -> Problem:
    problem = _YAML_PROBLEMS.get(error.problem or "", error.problem or "this cannot be read")
    advice = next((advice for words, advice in _YAML_ADVICE if words in problem), None)
    # The name of an alias or a tag may be a password that begins with * or !.
    problem = re.sub(r"(alias|anchor|tag handle) '[^']*'", r"\1", problem)
    mark = error.problem_mark or error.context_mark
    if "end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark
    place = "" if mark is None else f", column {mark.column + 1}"
    message = (
        f"this is not valid YAML{place}: {problem}; {advice or 'check the quotes and the indentation around here'}"
    )
    return Problem(file, None if mark is None else mark.line + 1, "", message)


_REFERENCE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\})?")


class _Tree:
    """Builds the tree of one file, and replaces references to the environment on the way."""

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        self._file = file
        self._environ = environ
        self._built: dict[int, _Node] = {}
        self._building: set[int] = set()
        self._merged_entries = 0

    def build(self, text: str) -> _Node:
        """The file's top-level mapping; an empty file has no keys."""
        loader = _YamlLoader(text)
        try:
            self._timestamp = loader.construct_yaml_timestamp
            top = loader.get_single_node()
            root = self._node(top) if top is not None else _Node(self._file, None, {})
        finally:
            loader.dispose()
        if root.value is None:
            root.value = {}
        if not isinstance(root.value, dict):
            given = "a list" if isinstance(root.value, list) else "a single value"
            raise _UnreadableError(root.line, f'write "key: value" lines; at the top there is {given}')
        root.line = None
        return root

    def _node(self, source: yaml.Node) -> _Node:
        identity = id(source)
        if identity in self._built:
            return self._built[identity]
        if identity in self._building:
            raise _UnreadableError(_line(source), "an anchor (&) is used inside itself; write the values out")
        self._building.add(identity)
        node = _Node(self._file, _line(source), None)
        if isinstance(source, yaml.ScalarNode):
            self._scalar(node, source)
        elif source.tag == _TAG + "seq" and isinstance(source, yaml.SequenceNode):
            node.value = [self._node(item) for item in source.value]
            self._measure(node)
        elif source.tag == _TAG + "map" and isinstance(source, yaml.MappingNode):
            node.value = self._mapping(node, source)
            self._measure(node)
        else:
            self._refuse_tag(node)
        self._building.discard(identity)
        self._built[identity] = node
        return node

    def _measure(self, node: _Node) -> None:
        children = [child for _, child in _children(node)]
        node.size += sum(child.size for child in children)
        node.height += max((child.height for child in children), default=0)
        if node.size > MOST_VALUES:
            raise _UnreadableError(node.line, _too_many())
        if node.height > DEEPEST:
            raise _UnreadableError(node.line, _TOO_DEEP)

    def _refuse_tag(self, node: _Node) -> None:
        # The tag is not named: it may be a password that begins with "!".
        self._block(node, 'YAML tags have no meaning here; remove it, or put text that begins with "!" in quotes')

    def _block(self, node: _Node, message: str) -> None:
        node.blocked = True
        node.faults.append(_Fault(self._file, node.line or 1, message))

    def _scalar(self, node: _Node, source: yaml.ScalarNode) -> None:
        node.written = node.value = source.value
        match source.tag.removeprefix(_TAG):
            case "str" | "merge":
                self._interpolate(node, source.value)
            case "null":
                node.value = None
            case "bool":
                node.value = {"true": True, "false": False}.get(source.value.lower(), source.value)
            case "int" | "float" | "timestamp" as kind:
                node.value = self._converted(kind, source)
            case _:
                self._refuse_tag(node)

    def _converted(self, kind: str, source: yaml.ScalarNode) -> object:
        """A number, date or moment; what only looks like one (2024-13-45) stays text, which the model then refuses."""
        text = source.value
        try:
            if kind == "int":
                return int(text, 0)
            if kind == "float":
                return float(re.sub(r"(?i)\.(inf|nan)\Z", r"\1", text))
            return self._timestamp(source) if _DATE_OR_TIME.fullmatch(text) else text
        except ValueError:
            return text

    def _interpolate(self, node: _Node, text: str) -> None:
        variables: dict[str, str] = {}
        missing: dict[str, None] = {}
        malformed = False

        def replacement(found: re.Match[str]) -> str:
            nonlocal malformed
            name, default = found.groups()
            if found[0] == "$${":
                return "${"
            if name is None:
                malformed = True
                return found[0]
            value = self._environ.get(name)
            if default is not None and not value:
                return str(default)
            if value is None:
                missing[name] = None
                return found[0]
            variables[name] = value
            return value

        node.value = _REFERENCE.sub(replacement, text)
        node.variables = variables
        if malformed:
            advice = 'no reference inside the default; for a literal "${" write "$${"'
            self._block(node, f'write a reference as "${{NAME}}" or "${{NAME:-default}}", {advice}')
        else:
            for name in missing:
                advice = f"set it, or write a default: ${{{name}:-default}}"
                self._block(node, f"the environment variable {name} is not set; {advice}")

    def _mapping(self, node: _Node, source: yaml.MappingNode) -> dict[str, _Entry]:
        own: dict[str, _Entry] = {}
        merged: dict[str, _Entry] = {}
        seen: dict[str, int] = {}
        for key_source, value_source in source.value:
            line = _line(key_source)
            if not isinstance(key_source, yaml.ScalarNode):
                node.faults.append(
                    _Fault(self._file, line, 'a key must be text; put text that begins with "{" or "[" in quotes')
                )
                continue
            key = key_source.value
            if key in seen:
                message = f"the key is written twice, first on line {seen[key]}; keep one of the two"
                node.faults.append(_Fault(self._file, line, message, key))
                continue
            seen[key] = line
            if key_source.tag == _TAG + "merge":
                merged = self._merge_key(node, line, self._node(value_source))
            else:
                own[key] = _Entry(self._file, line, self._node(value_source))
        return {**merged, **own}

    def _merge_key(self, node: _Node, line: int, value: _Node) -> dict[str, _Entry]:
        """The entries that `<<` brings in; of several mappings the first has precedence, as YAML's merge type says."""
        mappings = value.items or [value]
        if not all(isinstance(mapping.value, dict) for mapping in mappings):
            node.faults.append(
                _Fault(self._file, line, "give a mapping or a list of mappings, such as <<: *name", "<<")
            )
            return {}
        entries: dict[str, _Entry] = {}
        for mapping in {id(mapping): mapping for mapping in mappings}.values():
            self._merged_entries += len(mapping.entries)
            if self._merged_entries > MOST_VALUES:
                raise _UnreadableError(line, _too_many())
            entries = {**mapping.entries, **entries}
        return entries


def _too_many() -> str:
    return f"with its aliases written out the file has more than {MOST_VALUES:,} values; use fewer aliases"


def _line(source: yaml.Node) -> int:
    return int(source.start_mark.line) + 1


def _merge(folder: Path, roots: Sequence[_Node]) -> _Node:
    """The trees of a folder's files as one, by top-level key."""
    merged: dict[str, _Entry] = {}
    whole = _Node(folder, None, merged)
    for root in roots:
        whole.faults += root.faults
        for key, entry in root.entries.items():
            earlier = merged.get(key)
            if earlier is None or earlier.node.value is None:
                merged[key] = entry
            elif entry.node.value is not None:
                merged[key] = _united(key, earlier, entry, whole)
    return whole


def _united(key: str, earlier: _Entry, later: _Entry, whole: _Node) -> _Entry:
    first, second = earlier.node, later.node
    joined = _Node(first.file, first.line, None, faults=[*first.faults, *second.faults])
    if isinstance(first.value, list) and isinstance(second.value, list):
        joined.value = [*first.value, *second.value]
    elif isinstance(first.value, dict) and isinstance(second.value, dict):
        joined.value = {**first.value, **second.value}
        joined.faults += [
            _Fault(entry.file, entry.line, _written_before(first.entries[name]), name)
            for name, entry in second.entries.items()
            if name in first.entries
        ]
    else:
        whole.faults.append(_Fault(later.file, later.line, _written_before(earlier), key))
        return earlier
    return _Entry(earlier.file, earlier.line, joined)


def _written_before(earlier: _Entry) -> str:
    return f"the key is written in {earlier.file} too, on line {earlier.line}; keep one of the two"


def _plain(node: _Node) -> object:
    """The value without places. Nothing is shared between aliases, since validators may alter what they are given."""
    if isinstance(node.value, dict):
        return {key: _plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node.value, list):
        return [_plain(item) for item in node.items]
    return node.value


def _faults(root: _Node) -> list["_Found"]:
    """The mistakes found while reading, each once, with the paths they have in the merged tree."""
    found: list[_Found] = []
    visited: set[int] = set()

    def visit(node: _Node, path: _Key) -> None:
        if id(node) in visited:
            return
        visited.add(id(node))
        for fault in node.faults:
            key = path if fault.key is None else (*path, fault.key)
            found.append(_Found(key, fault.message, place=(fault.file, fault.line)))
        for step, child in _children(node):
            visit(child, (*path, step))

    visit(root, ())
    return found


# ------------------------------------------------------------------------------- what pydantic found, in plain words


@dataclass(frozen=True, slots=True)
class _Raw:
    """One of pydantic's errors; `rest` is the part of its location that has not been followed yet."""

    rest: tuple[str | int, ...]
    details: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.details["type"])

    @property
    def context(self) -> Mapping[str, Any]:
        return self.details.get("ctx") or {}

    def inside(self) -> "_Raw":
        return _Raw(self.rest[1:], self.details)


@dataclass(frozen=True, slots=True)
class _Found:
    """A mistake at a path. A `foreign` message comes from a validator or a check, and may quote what it was given."""

    path: _Key
    message: str
    allowed: tuple[str, ...] = ()
    nearest: str | None = None
    foreign: bool = False
    place: tuple[Path, int] | None = None


_EXPECTED = {
    "text": "string_type string_unicode",
    "a whole number": "int_type int_parsing int_parsing_size int_from_float",
    "a number": "float_type float_parsing decimal_type decimal_parsing fraction_type fraction_parsing",
    "a finite number": "finite_number",
    "true or false": "bool_type bool_parsing",
    'a list (its items begin with "- ")': "list_type tuple_type set_type frozen_set_type iterable_type",
    'a mapping ("key: value" lines)': "dict_type mapping_type model_type model_attributes_type dataclass_type",
    "a date such as 2024-01-31": "date_type date_parsing date_from_datetime_parsing date_from_datetime_inexact",
    "a moment such as 2024-01-31T08:30:00": (
        "datetime_type datetime_parsing datetime_from_date_parsing datetime_object_invalid"
    ),
    "a time of day such as 07:30": "time_type time_parsing",
    "a duration such as PT15M (ISO 8601)": "time_delta_type time_delta_parsing",
    "an address such as https://example.com": "url_type url_parsing url_syntax_violation",
    "a UUID": "uuid_type uuid_parsing",
    "a path": "path_type",
    "nothing": "none_required",
}
_EXPECTATION = {kind: expected for expected, kinds in _EXPECTED.items() for kind in kinds.split()}
_MAPPING_TYPES = frozenset(_EXPECTED['a mapping ("key: value" lines)'].split())
_CHOICE_TYPES = frozenset({"literal_error", "enum"})
_LIMITS = {
    "greater_than": "the value must be more than {gt}",
    "greater_than_equal": "the value must be at least {ge}",
    "less_than": "the value must be less than {lt}",
    "less_than_equal": "the value must be at most {le}",
    "multiple_of": "the value must be a multiple of {multiple_of}",
    "too_short": "too short: at least {min_length} needed, {actual_length} given",
    "too_long": "too long: at most {max_length} allowed, {actual_length} given",
    "string_too_short": "the text must be at least {min_length} long",
    "string_too_long": "the text must be at most {max_length} long",
    "string_pattern_mismatch": "the text must match the pattern {pattern}",
    "url_scheme": "the address must begin with {expected_schemes}",
    "url_too_long": "the address must have at most {max_length} characters",
    "timezone_aware": "add the time zone, as in 2024-01-31T08:30:00+01:00",
    "timezone_naive": "leave out the time zone, as in 2024-01-31T08:30:00",
    "date_past": "the date must be in the past",
    "date_future": "the date must be in the future",
}
_MISSING = "this key is missing"
_WRAPPERS = frozenset(
    {
        "definitions",
        "default",
        "nullable",
        "function-before",
        "function-after",
        "function-wrap",
        "model",
        "custom-error",
    }
)
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozenset": "a list",
    "dict": "a mapping",
    "date": "a date such as 2024-01-31",
    "datetime": "a moment such as 2024-01-31T08:30:00",
    "time": "a time of day such as 07:30",
    "timedelta": "a duration such as PT15M",
    "url": "an address such as https://example.com",
}
_MAPPING_SHAPES = frozenset({"model-fields", "dict", "tagged-union"})
_LIST_SHAPES = frozenset({"list", "tuple", "set", "frozenset"})
_MOST_KEYS_IN_A_SENTENCE = 8


class _Explainer:
    """Turns pydantic's errors into mistakes: follows each location through the model's core schema and the tree.

    The core schema says where a location holds a union's member or tag that the user has not written, which fields
    a model has there, and what a literal allows.
    """

    def __init__(self, schema: _Schema, root: _Node) -> None:
        self._schema = schema
        self._root = root
        self._definitions = {known["ref"]: known for known in schema.get("definitions", ())}
        self._inner_schemas: dict[tuple[tuple[int, ...], str | int], list[_Schema]] = {}
        self._secret_texts: dict[int, tuple[str, ...]] = {}
        self._mark_secrets([schema], root)

    def explain(self, errors: Iterable[Mapping[str, Any]]) -> Iterator[_Found]:
        """The mistakes behind the errors of a ValidationError."""
        yield from self._explain(self._schema, self._root, (), [_Raw(error["loc"], error) for error in errors])

    def checked(self, mistake: Mistake) -> _Found:
        """A cross-check's mistake, its path as the user wrote it."""
        path = self._written(mistake.key)
        given = mistake.given if mistake.given is not None else _text_of(self._reach(path)[0])
        return _Found(path, mistake.message, mistake.allowed, _suggestion(given, mistake.allowed), foreign=True)

    def problem(self, found: _Found) -> Problem:
        """`found` with its place and without secrets."""
        message = found.message
        if found.foreign:
            message = _masked(message, self._private_texts(self._deepest(found.path)))
        secrets = (text for texts in self._secret_texts.values() for text in texts if len(text) >= SHORTEST_SECRET)
        message = _one_line(redact(message, secrets))
        file, line = found.place or self._reach(found.path)[1]
        return Problem(file, line, redact(_key_text(found.path), ()), message, found.allowed, found.nearest)

    # ------------------------------------------------------------------ following a location

    def _explain(self, schema: _Schema, node: _Node | None, path: _Key, errors: Sequence[_Raw]) -> Iterator[_Found]:
        if node is not None and node.blocked:
            return
        shape = self._shape(schema)
        here = [error for error in errors if not error.rest]
        below = [error for error in errors if error.rest]
        for error in here:
            # pydantic does not count the items it refuses.
            if error.kind == "too_short" and below:
                continue
            yield from self._at(error, shape, node, path)
        if below:
            follow = {
                "model-fields": self._fields,
                "union": self._union,
                "tagged-union": self._tagged,
                "dict": self._dict,
                "list": self._items,
                "set": self._items,
                "frozenset": self._items,
                "tuple": self._items,
            }.get(shape["type"], self._unknown)
            yield from follow(shape, node, path, below)

    def _tagged(self, shape: _Schema, node: _Node | None, path: _Key, errors: Sequence[_Raw]) -> Iterator[_Found]:
        choices = {_word(tag): choice for tag, choice in shape["choices"].items()}
        for tag, group in _by_first(errors):
            yield from self._explain(choices.get(_word(tag), _ANYTHING), node, path, group)

    def _items(self, shape: _Schema, node: _Node | None, path: _Key, errors: Sequence[_Raw]) -> Iterator[_Found]:
        for index, group in _by_first(errors):
            inner = self._inner([shape], index) or [_ANYTHING]
            yield from self._explain(inner[0], _child(node, index), (*path, index), group)

    def _dict(self, shape: _Schema, node: _Node | None, path: _Key, errors: Sequence[_Raw]) -> Iterator[_Found]:
        for key, group in _by_first(errors):
            of_key = [error.inside() for error in group if error.rest[:1] == ("[key]",)]
            of_value = [error for error in group if error.rest[:1] != ("[key]",)]
            step = (*path, key)
            if of_key:
                file, line = self._reach(step)[1]
                stand_in = _Node(file, line, str(key))
                for found in self._explain(shape.get("keys_schema", _ANYTHING), stand_in, step, of_key):
                    yield replace(found, message=f"the key is wrong: {found.message}")
            if of_value:
                yield from self._explain(shape.get("values_schema", _ANYTHING), _child(node, key), step, of_value)

    def _unknown(self, _: _Schema, node: _Node | None, path: _Key, errors: Sequence[_Raw]) -> Iterator[_Found]:
        """A validator that validates by itself reports locations of which only the tree can tell what is a key."""
        for key, group in _by_first(errors):
            child = _child(node, key)
            is_key = child is not None or any(not error.rest for error in group)
            yield from self._explain(_ANYTHING, child if is_key else node, (*path, key) if is_key else path, group)

    def _fields(self, shape: _Schema, node: _Node | None, path: _Key, errors: Sequence[_Raw]) -> Iterator[_Found]:
        fields = self._field_schemas(shape)
        names = tuple(fields)
        absent = [name for name in names if node is None or name not in node.entries]
        by_name = {name: written for written, (name, _) in fields.items()}
        misspelt: set[str | None] = set()
        missing: list[_Found] = []
        for key, group in _by_first(errors):
            written = str(key) if key in fields else by_name.get(str(key), str(key))
            if written not in fields:
                suggestion = nearest(written, absent)
                misspelt.add(suggestion)
                yield _Found((*path, written), f'there is no key "{written}" here', names, suggestion)
            elif any(error.kind == "missing" and not error.rest for error in group):
                missing.append(_Found((*path, written), _MISSING))
            else:
                yield from self._explain(fields[written][1], _child(node, written), (*path, written), group)
        # A misspelt key is one mistake, not an unknown key and a missing one.
        yield from (found for found in missing if found.path[-1] not in misspelt)

    def _union(self, shape: _Schema, node: _Node | None, path: _Key, errors: Sequence[_Raw]) -> Iterator[_Found]:
        """One member's mistakes, or one sentence on what is accepted; see the module's docstring."""
        choices = self._choices(shape)
        # pydantic tries the members in their order and labels the errors of each; a label is no name we could look up.
        groups = [group for _, group in _by_first(errors)]
        if len(groups) == len(choices):
            candidates = list(zip(choices, groups, strict=True))
        else:
            candidates = [(_ANYTHING, group) for group in groups]
        kind = _kind(node)
        fitting = [(choice, group) for choice, group in candidates if kind in self._kinds(choice)]
        if kind != "scalar" and fitting:
            yield from min((list(self._explain(choice, node, path, group)) for choice, group in fitting), key=len)
            return
        for choice, group in fitting:
            telling = [error for error in group if error.rest or not _is_about_type(error)]
            if telling:
                direct = [error for error in telling if not error.rest]
                yield from self._explain(choice, node, path, direct[:1] or telling)
                return
        yield self._not_accepted(shape, node, path)

    # ------------------------------------------------------------------ one error

    def _at(self, error: _Raw, shape: _Schema, node: _Node | None, path: _Key) -> Iterator[_Found]:
        kind = error.kind
        if kind in {"union_tag_invalid", "union_tag_not_found"}:
            yield from self._tag(shape, node, path)
        elif kind == "missing":
            yield _Found(path, "this item is missing" if isinstance(path[-1], int) else _MISSING)
        elif kind in _CHOICE_TYPES:
            yield self._not_allowed(self._allowed(shape), node, path)
        elif kind in _MAPPING_TYPES and shape["type"] in {"model-fields", "tagged-union"}:
            yield _Found(path, self._instead(self._described(shape), node))
        elif kind in _EXPECTATION:
            yield _Found(path, self._instead(_EXPECTATION[kind], node, text=kind == "string_type"))
        elif kind in _LIMITS:
            yield _Found(path, _LIMITS[kind].format_map(error.context))
        elif not _any_blocked(node):
            yield self._foreign(error, node, path)

    def _foreign(self, error: _Raw, node: _Node | None, path: _Key) -> _Found:
        message = str(error.details["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
        message = re.sub(r"\bInput should\b", "the value should", message) or "the value is not accepted"
        allowed = error.context.get("allowed", ())
        names = tuple(map(_word, allowed)) if isinstance(allowed, list | tuple | set | frozenset) else ()
        given = error.context.get("given", _text_of(node))
        return _Found(path, message, names, _suggestion(given, names), foreign=True)

    def _tag(self, shape: _Schema, node: _Node | None, path: _Key) -> Iterator[_Found]:
        """The key that chooses a member of a union is missing or wrong."""
        tags = tuple(_word(tag) for tag in shape.get("choices", ()))
        discriminator = shape.get("discriminator")
        if isinstance(discriminator, str):
            path, node = (*path, discriminator), _child(node, discriminator)
        if node is None:
            yield _Found(path, _MISSING, tags)
        elif not node.blocked:
            yield self._not_allowed(tags, node, path)

    def _not_accepted(self, shape: _Schema, node: _Node | None, path: _Key) -> _Found:
        leaves = self._leaves(shape)
        if all(leaf["type"] in {"literal", "enum"} for leaf in leaves):
            return self._not_allowed(self._allowed(shape), node, path)
        text = any(leaf["type"] == "str" for leaf in leaves)
        near = _suggestion(_text_of(node), self._allowed(shape))
        return _Found(path, self._instead(self._described(shape), node, text=text), nearest=near)

    def _not_allowed(self, allowed: tuple[str, ...], node: _Node | None, path: _Key) -> _Found:
        message = f"{'this' if node is None else self._given(node)} is not allowed here"
        return _Found(path, message, allowed, _suggestion(_text_of(node), allowed))

    def _instead(self, expected: str, node: _Node | None, *, text: bool = False) -> str:
        if node is None:
            return f"write {expected}"
        message = f"write {expected}, not {self._given(node)}"
        if text and node.written and node.value is not None and not isinstance(node.value, str):
            message += "; if text is meant, put it in quotes"
        return message

    def _given(self, node: _Node) -> str:
        return "the value given" if id(node) in self._secret_texts and not node.variables else _given(node)

    # ------------------------------------------------------------------ what the model accepts

    def _shape(self, schema: _Schema) -> _Schema:
        """`schema` without what wraps it: defaults, None, validators, references."""
        while True:
            kind = schema["type"]
            if kind in _WRAPPERS:
                schema = schema["schema"]
            elif kind == "definition-ref":
                schema = self._definitions.get(schema["schema_ref"], _ANYTHING)
            elif kind == "lax-or-strict":
                schema = schema["lax_schema"]
            elif kind == "json-or-python":
                schema = schema["python_schema"]
            else:
                return schema

    def _choices(self, union: _Schema) -> list[_Schema]:
        # A choice is a schema, or a schema with a label.
        return [choice[0] if isinstance(choice, tuple) else choice for choice in union["choices"]]

    def _leaves(self, schema: _Schema) -> list[_Schema]:
        """The shapes that `schema` accepts, unions opened."""
        shape = self._shape(schema)
        if shape["type"] == "union":
            return [leaf for choice in self._choices(shape) for leaf in self._leaves(choice)]
        return [shape]

    def _kinds(self, schema: _Schema) -> set[str]:
        kinds: set[str] = set()
        for leaf in self._leaves(schema):
            if leaf["type"] in _MAPPING_SHAPES:
                kinds.add("mapping")
            elif leaf["type"] in _LIST_SHAPES:
                kinds.add("list")
            elif leaf["type"] in {"any", "function-plain"}:
                kinds |= {"mapping", "list", "scalar"}
            else:
                kinds.add("scalar")
        return kinds

    def _field_schemas(self, shape: _Schema) -> dict[str, tuple[str, _Schema]]:
        """The fields of a model by the key a user writes: the field's own name and its schema."""
        fields: dict[str, tuple[str, _Schema]] = {}
        for name, known in shape["fields"].items():
            alias = known.get("validation_alias")
            fields[alias if isinstance(alias, str) else name] = (name, known["schema"])
        return fields

    def _allowed(self, schema: _Schema) -> tuple[str, ...]:
        allowed: dict[str, None] = {}
        for leaf in self._leaves(schema):
            values = leaf.get("expected") or leaf.get("members") or () if leaf["type"] in {"literal", "enum"} else ()
            allowed.update((_word(value), None) for value in values)
        return tuple(allowed)

    def _described(self, schema: _Schema) -> str:
        words: dict[str, None] = {}
        for leaf in self._leaves(schema):
            kind = leaf["type"]
            if kind == "model-fields":
                keys = list(self._field_schemas(leaf))
                named = 0 < len(keys) <= _MOST_KEYS_IN_A_SENTENCE
                word = f"a mapping with the keys {', '.join(keys)}" if named else 'a mapping ("key: value" lines)'
            elif kind == "tagged-union":
                tag = leaf["discriminator"]
                word = f'a mapping with the key "{tag}"' if isinstance(tag, str) else "a mapping"
            elif kind in {"literal", "enum"}:
                word = " or ".join(f'"{name}"' for name in self._allowed(leaf))
            elif kind == "is-instance":
                continue
            else:
                word = _WORDS.get(kind, "another value")
            words[word] = None
        return " or ".join(words)

    # ------------------------------------------------------------------ places and secrets

    def _reach(self, path: _Key) -> tuple[_Node | None, tuple[Path, int | None]]:
        """The node at `path`, if there is one, and the place of it or of the nearest ancestor that has one."""
        node: _Node | None = self._root
        place = (self._root.file, self._root.line)
        for step in path:
            entry = node.entries.get(str(step)) if node is not None else None
            if entry is not None:
                place = (entry.file, entry.line)
            node = _child(node, step)
            if node is None:
                break
            if entry is None:
                place = (node.file, node.line)
        return node, place

    def _deepest(self, path: _Key) -> _Node:
        node = self._root
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            node = child
        return node

    def _written(self, key: _Key) -> _Key:
        """A path of field names, as the user wrote it: with aliases."""
        path: list[str | int] = []
        schemas: list[_Schema] = [self._schema]
        for step in key:
            aliases = [
                written
                for leaf in self._all_leaves(schemas)
                if leaf["type"] == "model-fields"
                for written, (name, _) in self._field_schemas(leaf).items()
                if name == step
            ]
            node, _ = self._reach(tuple(path))
            here = node.entries if node is not None else {}
            path.append(step if not aliases or step in here else aliases[0])
            schemas = self._inner(schemas, path[-1])
        return tuple(path)

    def _all_leaves(self, schemas: Iterable[_Schema]) -> list[_Schema]:
        leaves: list[_Schema] = []
        for schema in schemas:
            for leaf in self._leaves(schema):
                if leaf["type"] == "tagged-union":
                    leaves += self._all_leaves(leaf["choices"].values())
                else:
                    leaves.append(leaf)
        return leaves

    def _inner(self, schemas: Sequence[_Schema], step: str | int) -> list[_Schema]:
        """The schemas that may apply to `step` inside a value of `schemas`."""
        cached = (tuple(map(id, schemas)), step)
        if cached not in self._inner_schemas:
            inner = [self._member(leaf, step) for leaf in self._all_leaves(schemas)]
            self._inner_schemas[cached] = list({id(known): known for known in inner if known is not None}.values())
        return self._inner_schemas[cached]

    def _member(self, shape: _Schema, step: str | int) -> _Schema | None:
        known: _Schema | None = None
        if shape["type"] == "model-fields":
            known = self._field_schemas(shape).get(str(step), (None, None))[1]
        elif shape["type"] == "dict":
            known = shape.get("values_schema")
        elif shape["type"] == "tuple" and isinstance(step, int):
            members, variadic = shape["items_schema"], shape.get("variadic_item_index")
            position = step if variadic is None else min(step, variadic)
            known = members[position] if position < len(members) else None
        elif shape["type"] in _LIST_SHAPES:
            known = shape.get("items_schema")
        return known

    def _mark_secrets(self, schemas: Sequence[_Schema], node: _Node) -> None:
        """Remembers the texts that stand where the model has a secret."""
        for step, child in _children(node):
            inner = self._inner(schemas, step)
            if inner:
                self._mark_secrets(inner, child)
        if node.written and any(map(_is_secret, self._all_leaves(schemas))):
            self._secret_texts[id(node)] = (str(node.value), node.written, *node.variables.values())

    def _private_texts(self, node: _Node) -> set[str]:
        """What came from the environment, or is a secret, in `node` and below."""
        texts = {text for text in (*node.variables.values(), *self._secret_texts.get(id(node), ())) if text.strip()}
        return texts.union(*(self._private_texts(child) for _, child in _children(node)))


_ANYTHING: _Schema = {"type": "any"}


def _by_first(errors: Iterable[_Raw]) -> list[tuple[str | int, list[_Raw]]]:
    """Errors by the first step of their location, in order, with that step taken."""
    groups: dict[tuple[type, Hashable], tuple[str | int, list[_Raw]]] = {}
    for error in errors:
        step = error.rest[0]
        groups.setdefault((type(step), step), (step, []))[1].append(error.inside())
    return list(groups.values())


def _is_about_type(error: _Raw) -> bool:
    """Whether an error says no more than that another value is wanted."""
    return error.kind in _EXPECTATION or error.kind in _CHOICE_TYPES or error.kind == "is_instance_of"


def _is_secret(leaf: _Schema) -> bool:
    return leaf["type"] == "is-instance" and leaf["cls"] in {SecretStr, SecretBytes}


def _text_of(node: _Node | None) -> str | None:
    return node.value if node is not None and isinstance(node.value, str) else None


def _suggestion(given: object, allowed: tuple[str, ...]) -> str | None:
    near = nearest(given, allowed) if isinstance(given, str) else None
    return None if near == given else near


def _children(node: _Node) -> list[tuple[str | int, _Node]]:
    return [*((key, entry.node) for key, entry in node.entries.items()), *enumerate(node.items)]


def _child(node: _Node | None, step: str | int) -> _Node | None:
    if node is None:
        return None
    if isinstance(step, int) and isinstance(node.value, list):
        return node.items[step] if 0 <= step < len(node.items) else None
    entry = node.entries.get(str(step))
    return None if entry is None else entry.node


def _any_blocked(node: _Node | None) -> bool:
    return node is not None and (node.blocked or any(_any_blocked(child) for _, child in _children(node)))


def _kind(node: _Node | None) -> str:
    value = node.value if node is not None else None
    return "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"


def _given(node: _Node) -> str:
    """What was written, in words that may be shown."""
    if node.variables:
        names = " and ".join(f"${{{name}}}" for name in node.variables)
        return f"the value of {names}" + ("" if any(node.variables.values()) else " (empty)")
    match node.value:
        case None:
            return "nothing (the key is empty)"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str(text):
            return json.dumps(text if len(text) <= 60 else text[:59] + "…", ensure_ascii=False)
    kind = "date " if isinstance(node.value, dt.date) else "" if isinstance(node.value, bool) else "number "
    return f"{'the ' if kind else ''}{kind}{node.written}"


def _word(value: object) -> str:
    """A literal as it is written in YAML."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def _key_text(path: _Key) -> str:
    """`sources[0].tables[1].entity`; a key with unusual characters is put in brackets and quotes."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]+|<<", step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def _one_line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _masked(message: str, private: Iterable[str]) -> str:
    """`message` with `***` for whatever it shares with a private text.

    A validator may quote only a part of what it was given, or change its case. So every run of four or more
    characters that also stands in a private text is hidden, and shorter private texts where they stand as a word.
    """
    for text in sorted(private, key=len, reverse=True):
        if len(text.strip()) < SHORTEST_SECRET:
            message = re.sub(rf"(?<!\w){re.escape(text.strip())}(?!\w)", "***", message, flags=re.IGNORECASE)
        else:
            message = _without_runs(message, text.casefold())
    return message


def _without_runs(message: str, private: str) -> str:
    kept, position = "", 0
    while position < len(message):
        end = position + SHORTEST_SECRET
        if end <= len(message) and message[position:end].casefold() in private:
            while end < len(message) and message[position : end + 1].casefold() in private:
                end += 1
            kept += "***"
            position = end
        else:
            kept += message[position]
            position += 1
    return kept


def _collect_secrets(value: object, into: set[str]) -> None:
    if isinstance(value, SecretStr):
        into.add(value.get_secret_value())
    elif isinstance(value, BaseModel):
        for _, part in value:
            _collect_secrets(part, into)
    elif isinstance(value, Mapping):
        for part in value.values():
            _collect_secrets(part, into)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            _collect_secrets(part, into)


# ------------------------------------------------------------------------------------------------- JSON Schema

_REFERENCE_NAME = "EnvironmentReference"
_REFERENCE_SCHEMA = {"$ref": f"#/$defs/{_REFERENCE_NAME}"}
_ANNOTATIONS = frozenset({"description", "default", "examples", "deprecated"})
_TEXT_CONSTRAINTS = frozenset({"pattern", "minLength", "maxLength"})
# No editor checks the others.
_CHECKED_FORMATS = frozenset({"date", "email", "uri", "uuid", "ipv4", "ipv6"})
# JSON Schema's time of day has seconds and an offset, and its duration is ISO 8601's alone; settings accept more.
_TOO_STRICT_FORMATS = frozenset({"date-time", "time", "duration"})


def _for_editors(schema: Any) -> Any:
    """`schema` without titles, and with references to the environment accepted beside checked scalars."""
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "title" or (keyword == "format" and value in _TOO_STRICT_FORMATS):
            continue
        if keyword in {"properties", "patternProperties", "$defs"}:
            result[keyword] = {name: _for_editors(inner) for name, inner in value.items()}
        elif keyword in {"items", "additionalProperties", "contains", "not"}:
            result[keyword] = _for_editors(value)
        elif keyword in {"anyOf", "oneOf", "allOf", "prefixItems"}:
            result[keyword] = [_for_editors(inner) for inner in value]
        else:
            result[keyword] = value
    if "anyOf" in result:
        result["anyOf"] = _flattened(result["anyOf"])
    if _is_checked_scalar(result):
        annotations = {keyword: value for keyword, value in result.items() if keyword in _ANNOTATIONS}
        checked = {keyword: value for keyword, value in result.items() if keyword not in _ANNOTATIONS}
        return {**annotations, "anyOf": [checked, _REFERENCE_SCHEMA]}
    return result


def _is_checked_scalar(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    if "const" in schema:
        return False
    if "enum" in schema or kind in {"integer", "number", "boolean"}:
        return True
    return kind == "string" and (bool(_TEXT_CONSTRAINTS & schema.keys()) or schema.get("format") in _CHECKED_FORMATS)


def _flattened(alternatives: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Alternatives of alternatives on one level, each once; the reference to the environment last, if it is needed."""
    flat: list[dict[str, Any]] = []
    for alternative in alternatives:
        inner = alternative["anyOf"] if alternative.keys() == {"anyOf"} else [alternative]
        flat += [schema for schema in inner if schema not in flat]
    if _REFERENCE_SCHEMA in flat:
        flat.remove(_REFERENCE_SCHEMA)
        if {"type": "string"} not in flat:
            flat.append(_REFERENCE_SCHEMA)
    return flat
