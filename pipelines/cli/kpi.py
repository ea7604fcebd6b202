"""`vigie kpi`: the catalogue, or one KPI with its last values."""

from typing import Annotated

import typer

from pipelines.cli.app import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    REFUSED,
    HomePath,
    SettingsPath,
    did_you_mean,
    in_words,
    out,
    stop,
)
from pipelines.cli.render import kpis as render
from pipelines.services.installation import Installation
from pipelines.warehouse.readings import Selection, readings


def kpi(
    name: Annotated[str | None, typer.Argument(help="The KPI's name; without it the whole catalogue.")] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """The catalogue; or one KPI with its definition and last values."""
    installation = Installation(settings, home)
    kpis = installation.kpis()
    if name is None:
        render.show_catalogue(kpis.values(), out)
        return
    if name not in kpis:
        stop(f"There is no KPI called {name}{did_you_mean(name, kpis)} `vigie kpi` lists all.", REFUSED)
    render.show_definition(kpis[name], out)
    where = installation.home.warehouse
    if not where.exists():
        out.print("No values yet: `vigie run` computes them.", style="dim")
        return
    found = readings(where, Selection(name, "month", "all")).get("all", [])
    if not found:
        out.print("No values yet: no source fills what it is made of, or no run has since.", style="dim")
        return
    render.show_values(kpis[name], found, installation.settings().company, out)


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("kpi")(in_words(kpi))
