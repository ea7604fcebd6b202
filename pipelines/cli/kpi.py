"""`vigie kpi`: the catalogue, or one KPI with its last values."""

from typing import Annotated

import typer
from rich.text import Text

from pipelines.cli.completion import complete_kpis
from pipelines.cli.console import REFUSED, fail, show
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS, HomePath, SettingsPath, did_you_mean


def kpi(
    name: Annotated[
        str | None, typer.Argument(help="The name of a KPI; all KPIs without it.", autocompletion=complete_kpis)
    ] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """Show the KPI catalogue, or one KPI with its definition and last values."""
    from pipelines.cli.render.kpis import catalogue_table, definition, values_table
    from pipelines.services.installation import Installation
    from pipelines.warehouse.readings import Selection, readings
    from pipelines.watch.reading import readings_in

    installation = Installation(settings, home)
    kpis = installation.kpis()
    if name is None:
        show(catalogue_table(kpis.values()))
        return
    if name not in kpis:
        fail(f"Unknown KPI {name}{did_you_mean(name, kpis)} `vigie kpi` lists all KPIs.", REFUSED)
    show(*definition(kpis[name]))
    warehouse = installation.home.warehouse
    if not warehouse.exists():
        show(Text("No values yet: `vigie run` computes them.", style="dim"))
        return
    found = readings_in(readings(warehouse, [Selection(name, "month", "all")]))
    if found:
        show(values_table(kpis[name], found, installation.settings().company))
    else:
        show(Text("No values: no source has the data for this KPI, or the data is not loaded yet.", style="dim"))
