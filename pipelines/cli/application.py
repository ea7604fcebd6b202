"""The application: its commands, its help, its version option, and the handling of errors for all commands."""

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module, metadata
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from pipelines.cli.console import handle_errors, show

HELP = "Monitors a company's customer KPIs: loads extracts, builds KPI tables, evaluates rules and sends alerts."

# The module of each command, whose function has the command's name with an underscore for a hyphen. `vigie --help`
# lists them in this order.
_MODULES = {
    "init": "init",
    "run": "run",
    "check": "check",
    "preview": "preview",
    "doctor": "doctor",
    "channels": "channels",
    "entities": "entities",
    "kpi": "kpi",
    "alerts": "alerts",
    "ack": "ack",
    "unack": "ack",
    "silence": "silence",
    "backtest": "backtest",
    "rules": "rules",
    "export": "export",
    "catalogue-page": "docs",
    "entities-page": "docs",
    "schema": "docs",
}
_HIDDEN = frozenset({"catalogue-page", "entities-page", "schema"})


class _CommandsByName(MutableMapping[str, Any]):
    """The commands; the module of one is imported when it is asked for."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            module = import_module(f"pipelines.cli.{_MODULES[name]}")
            self._built[name] = _command(name, getattr(module, name.replace("-", "_")))
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __setitem__(self, name: str, command: Any) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._built[name]


def _command(name: str, function: Callable[..., None]) -> Any:
    """Returns the command of a function."""
    alone = typer.Typer(add_completion=False)
    alone.command(name, hidden=name in _HIDDEN)(function)
    return typer.main.get_command(alone)


class _Commands(TyperGroup):
    """The commands, with errors that a user can fix shown as messages."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _CommandsByName()

    def list_commands(self, ctx: Any) -> list[str]:
        """Returns the names of the commands."""
        return list(_MODULES)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that the user typed."""
        with handle_errors():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_requested: bool) -> None:
    if is_requested:
        show(Text(f"vigie {metadata.version('vigie-kpi')}"))
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    pass
