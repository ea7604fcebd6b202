"""`vigie export`: writes one configured export now."""

from dataclasses import replace
from typing import Annotated

import typer

from pipelines.cli.app import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    FAILED,
    REFUSED,
    HomePath,
    SettingsPath,
    count,
    did_you_mean,
    err,
    in_words,
    moment,
    out,
    stop,
)
from pipelines.cli.render.places import shown
from pipelines.services.installation import Installation


def export(
    name: Annotated[str, typer.Argument(help="The export's name in the settings.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_of: Annotated[str | None, typer.Option(help="The moment that counts as now.", envvar="VIGIE_AS_OF")] = None,
) -> None:
    """Runs one configured export now, whether or not it is due."""
    # These bring in the workbook writer.
    from pipelines.export.errors import ExportError  # noqa: PLC0415
    from pipelines.services import build, exports  # noqa: PLC0415

    installation = Installation(settings, home)
    loaded = installation.settings()
    chosen = next((found for found in loaded.exports if found.name == name), None)
    if chosen is None:
        names = [found.name for found in loaded.exports]
        stop(
            f"There is no export called {name}{did_you_mean(name, names)}"
            f" The settings have: {', '.join(names) or 'none'}.",
            REFUSED,
        )
    installation = replace(installation, as_of=moment("--as-of", as_of, loaded))
    if installation.home.warehouse.exists() and not build.has_passed(installation.home):
        err.print(
            "The tables did not pass their tests, or are being built: figures may be wrong. `vigie run` shows why.",
            style="yellow", highlight=False,
        )  # fmt: skip
    try:
        with installation.ledger() as ledger:
            result = exports.write(installation, ledger, chosen, exports.current_tick(installation, chosen))
    except ExportError as error:
        stop(str(error), FAILED)
    out.print(f"{shown(result.path)}: {count(result.rows, 'row')}", highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("export")(in_words(export))
