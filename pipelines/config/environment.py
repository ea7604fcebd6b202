"""References to environment variables.

In text values, not in keys, `${NAME}` and `${NAME:-default}` stand for an environment variable. The default applies if
the variable is unset or empty, and cannot contain a reference. `$${` is a literal `${`. The value of a variable is not
searched for references, and never appears in a message: it may be a secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\})?")


@dataclass(frozen=True, slots=True)
class ResolvedText:
    """A text with its references replaced.

    `variables` are the variables whose values are part of the text, with those values. `mistakes` are messages about
    references that could not be replaced.
    """

    text: str
    variables: Mapping[str, str]
    mistakes: tuple[str, ...]


def resolve_references(text: str, environ: Mapping[str, str]) -> ResolvedText:
    """Returns `text` with its references replaced by the values in `environ`."""
    variables: dict[str, str] = {}
    mistakes: dict[str, None] = {}
    is_malformed = False

    def replacement(found: re.Match[str]) -> str:
        nonlocal is_malformed
        name, default = found.groups()
        if found[0] == "$${":
            return "${"
        if name is None:
            is_malformed = True
            return found[0]
        value = environ.get(name)
        if default is not None and not value:
            return str(default)
        if value is None:
            advice = f"set it, or write a default: ${{{name}:-default}}"
            mistakes[f"the environment variable {name} is not set; {advice}"] = None
            return found[0]
        variables[name] = value
        return value

    result = _REFERENCE.sub(replacement, text)
    if is_malformed:
        message = (
            'write a reference as "${NAME}" or "${NAME:-default}" (a default cannot contain a reference);'
            ' for a literal "${" write "$${"'
        )
        return ResolvedText(result, variables, (message,))
    return ResolvedText(result, variables, tuple(mistakes))
