"""Hidden commands that print the generated pages of the documentation."""

import json
import sys

from pipelines import config
from pipelines.cli.inputs import DEFAULT_HOME, DEFAULT_SETTINGS
from pipelines.cli.render.catalogue_page import render_page
from pipelines.services.installation import Installation
from pipelines.settings import settings_model


def catalogue_page() -> None:
    """Print docs/kpis.md."""
    sys.stdout.write(render_page(Installation(DEFAULT_SETTINGS, DEFAULT_HOME).kpis().values()))


def schema() -> None:
    """Print the JSON Schema of the settings, for editors."""
    kpis = Installation(DEFAULT_SETTINGS, DEFAULT_HOME).kpis()
    sys.stdout.write(json.dumps(config.json_schema(settings_model(kpis)), indent=2, ensure_ascii=False) + "\n")
