"""The YAML that settings use, and what to do about text that is not YAML.

Scalars have the types of YAML 1.2's core schema, as in editors: only `true` and `false` are booleans, and `07:30` is
text, not a number of minutes. So `country: NO` is text. A boolean field still accepts `no`, because pydantic converts
text to the type of the field. A date such as 2024-01-31 is a date. Keys of mappings are always text, which the model
converts (`dict[date, float]` works). Anchors, aliases and merge keys (`<<`) work. Tags do not, so a settings file
cannot run code.
"""

import re

import yaml

TAG = "tag:yaml.org,2002:"


class UnreadableError(Exception):
    """A file that cannot be read as YAML: the line, from 1, or None if it is unknown, and the message."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _Loader(yaml.SafeLoader):
    """The safe loader with the implicit types of YAML 1.2's core schema, dates and merge keys."""

    yaml_implicit_resolvers = {}


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
for _name, (_pattern, _first) in _IMPLICIT.items():
    # PyYAML only checks that the beginning matches, so the pattern has to name the end.
    _Loader.add_implicit_resolver(TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))
_construct_timestamp = yaml.constructor.SafeConstructor().construct_yaml_timestamp


def compose(text: str) -> yaml.Node | None:
    """Returns the node tree of the one document in `text`, or None if the text is empty.

    Raises:
        UnreadableError: The text is not YAML, or has more than one document.
    """
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        # PyYAML's reader counts characters of the text, its parser counts lines.
        line = text.count("\n", 0, error.position) + 1
        message = f"the character U+{error.character:04X} is not allowed in YAML; remove it"
        raise UnreadableError(line, message) from None
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error) from None


def line_of(source: yaml.Node) -> int:
    """Returns the line on which a value begins, from 1."""
    return int(source.start_mark.line) + 1


def parse_number_or_date(kind: str, source: yaml.ScalarNode) -> object:
    """Returns the number, date or timestamp of a scalar, or its text if it only looks like one (2024-13-45).

    The model refuses such a text where it wants a number or a date.
    """
    text = source.value
    try:
        if kind == "int":
            return int(text, 0)
        if kind == "float":
            return float(re.sub(r"(?i)\.(inf|nan)\Z", r"\1", text))
        return _construct_timestamp(source) if _DATE_OR_TIME.fullmatch(text) else text
    except ValueError:
        return text


# PyYAML splits these sentences in two, and only the second half comes with the line.
_HALF_SENTENCES = {
    "but found another document": "a second document begins here",
    "second occurrence": "the anchor is defined a second time",
}
# What PyYAML says, and what to do about it. The first entry whose words occur applies.
_ADVICE = (
    ("mapping values are not allowed", 'put text that contains ": " in quotes, or align this line with its neighbours'),
    ("found character '\\t'", "indent with spaces, not with tabs"),
    ("found unexpected end of stream", "close the quotation mark that opens here"),
    ("escape", "use single quotes, in which a backslash is an ordinary character"),
    ("could not find expected ':'", 'write ":" and a space after the key, or check the indentation of the lines below'),
    ("found undefined alias", 'define it before with "&", or put text that begins with "*" in quotes'),
    ("tag handle", 'put text that begins with "!" in quotes'),
    ("second document", 'keep one document per file: remove "---", or write two files'),
    ("expected <block end>", "align this line with its neighbours; a list item begins with '- '"),
    ("defined a second time", "give each anchor (&) its own name"),
    ("expected the node content", "write the value, close the bracket, or put text with brackets in quotes"),
    ("expected ',' or", "close the bracket, and put text that contains brackets or ${NAME} in quotes"),
    ("cannot start any token", "put text that begins with this character in quotes"),
)


def _unreadable(error: yaml.MarkedYAMLError) -> UnreadableError:
    problem = error.problem or "this cannot be read"
    problem = _HALF_SENTENCES.get(problem, problem)
    advice = next((advice for words, advice in _ADVICE if words in problem), None)
    # The name of an alias or a tag may be a password that begins with * or !.
    problem = re.sub(r"(alias|anchor|tag handle) '[^']*'", r"\1", problem)
    mark = error.problem_mark or error.context_mark
    if "end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark
    place = "" if mark is None else f", column {mark.column + 1}"
    message = f"this is not valid YAML{place}: {problem}; {advice or 'check the quotes and the indentation here'}"
    return UnreadableError(None if mark is None else mark.line + 1, message)
