"""`vigie export`: writes one configured export now."""

from dataclasses import asdict, replace
from typing import Annotated

import typer
from rich.text import Text

from pipelines.cli.completion import complete_exports
from pipelines.cli.console import FAILED, REFUSED, counted, fail, show, show_json, warn
from pipelines.cli.inputs import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    AsJson,
    AsOf,
    HomePath,
    SettingsPath,
    parse_as_of,
    unknown_name,
)


def export(
    name: Annotated[
        str, typer.Argument(help="The name of the export in the settings.", autocompletion=complete_exports)
    ],
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write one configured export now, whether or not it is due."""
    from pipelines.cli.render.results import short_path

    # These modules import the workbook writer.
    from pipelines.export.errors import ExportError
    from pipelines.services import build, exports
    from pipelines.services.installation import Installation
    from pipelines.services.upgrade import upgrade_home

    installation = Installation(settings, home)
    loaded = installation.settings()
    chosen = next((found for found in loaded.exports if found.name == name), None)
    if chosen is None:
        fail(unknown_name("export", name, (found.name for found in loaded.exports)), REFUSED)
    installation = replace(installation, as_of=parse_as_of(as_of, loaded))
    upgrade_home(installation.home, loaded.company.name)
    if installation.home.warehouse.exists() and not build.has_passed(installation.home):
        warn("The tables did not pass their tests, or a build is running: values may be wrong. Check with `vigie run`.")
    try:
        with installation.ledger() as ledger:
            result = exports.write(installation, ledger, chosen, exports.current_tick(installation, chosen))
    except ExportError as error:
        fail(str(error), FAILED)
    if as_json:
        show_json({"export": name, **asdict(result)})
    else:
        show(Text(f"{short_path(result.path)}: {counted(result.rows, 'row')}"))
        if result.warning is not None:
            warn(result.warning)
