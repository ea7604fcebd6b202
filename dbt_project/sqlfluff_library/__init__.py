"""The functions of dbt that sqlfluff's jinja templater lacks: macros for an engine, and the project's variables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from jinja2 import pass_context
from jinja2.runtime import Context

_PROJECT = Path(__file__).parents[1] / "dbt_project.yml"


class Adapter:
    """dbt's `adapter` as the models use it: macros are looked for under the given prefixes, the first found counts."""

    def __init__(self, *prefixes: str) -> None:
        self.prefixes = prefixes

    @pass_context
    def dispatch(self, context: Context, name: str, _namespace: str | None = None) -> Callable[..., Any]:
        """Returns the macro `<prefix>__<name>`."""
        for prefix in self.prefixes:
            macro = context.get(f"{prefix}__{name}")
            if macro is not None:
                return macro
        raise LookupError(f"there is no macro {' or '.join(f'{prefix}__{name}' for prefix in self.prefixes)}")


def var(name: str, default: Any = None) -> Any:
    """Returns a variable of dbt_project.yml."""
    variables = yaml.safe_load(_PROJECT.read_text(encoding="utf-8"))["vars"]
    return variables.get(name, default)


# sqlfluff does not know all of DuckDB's SQL; it parses the portable form where there is one.
adapter = Adapter("default", "duckdb")
