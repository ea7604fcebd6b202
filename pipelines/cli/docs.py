"""Hidden commands that print the generated pages of the documentation."""

import json
import sys

import typer

from pipelines import config
from pipelines.cli.app import DEFAULT_HOME, DEFAULT_SETTINGS
from pipelines.cli.render.catalogue_page import catalogue_page as render_catalogue
from pipelines.services.installation import Installation
from pipelines.settings import settings_model


def catalogue_page() -> None:
    """Prints docs/kpis.md."""
    sys.stdout.write(render_catalogue(Installation(DEFAULT_SETTINGS, DEFAULT_HOME).kpis().values()))


def schema() -> None:
    """Prints the JSON Schema of the settings, for editors."""
    kpis = Installation(DEFAULT_SETTINGS, DEFAULT_HOME).kpis()
    sys.stdout.write(json.dumps(config.json_schema(settings_model(kpis)), indent=2, ensure_ascii=False) + "\n")


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("catalogue-page", hidden=True)(catalogue_page)
    app.command("schema", hidden=True)(schema)
