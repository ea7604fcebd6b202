"""References to the environment.

In text values, not in keys, `${NAME}` and `${NAME:-default}` stand for an environment variable; the default
is taken when the variable is unset or empty, and cannot hold a reference itself. `$${` is a literal `${`. What a
variable holds is not searched for references again, and never appears in a message: it may be a secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\})?")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with its references replaced; `variables` are those that are part of it, with what they hold."""

    text: str
    variables: Mapping[str, str]
    mistakes: tuple[str, ...]


def resolved(text: str, environ: Mapping[str, str]) -> Resolved:
    """`text` with what `environ` holds for its references."""
    variables: dict[str, str] = {}
    mistakes: dict[str, None] = {}
    malformed = False

    def replacement(found: re.Match[str]) -> str:
        nonlocal malformed
        name, default = found.groups()
        if found[0] == "$${":
            return "${"
        if name is None:
            malformed = True
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
    if malformed:
        advice = 'no reference inside the default; for a literal "${" write "$${"'
        return Resolved(result, variables, (f'write a reference as "${{NAME}}" or "${{NAME:-default}}", {advice}',))
    return Resolved(result, variables, tuple(mistakes))
