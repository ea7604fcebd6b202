"""The application: its help, its version option, and the handling of errors for all commands."""

from importlib import metadata
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from pipelines.cli.console import handle_errors, show

HELP = "Monitors a company's customer KPIs: loads extracts, builds KPI tables, evaluates rules and sends alerts."


class _Commands(TyperGroup):
    """The commands, with errors that a user can fix shown as messages."""

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
