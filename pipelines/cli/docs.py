"""Hidden commands that print the generated pages of the documentation."""

import json
import sys

from pipelines.cli import options
from pipelines.cli.render.catalogue_page import render_page
from pipelines.cli.render.entities_page import render_entities_page
from pipelines.services.installation import Installation


def catalogue_page() -> None:
    """Print docs/kpis.md."""
    sys.stdout.write(render_page(Installation(options.SETTINGS, options.HOME).kpis().values()))


def entities_page() -> None:
    """Print docs/entities.md."""
    from pipelines.services.entity_guide import entity_guides

    kpis = Installation(options.SETTINGS, options.HOME).kpis()
    sys.stdout.write(render_entities_page(entity_guides(kpis.values()).values()))


def schema() -> None:
    """Print the JSON Schema of the settings, for editors."""
    from pipelines.services.settings_schema import settings_schema

    kpis = Installation(options.SETTINGS, options.HOME).kpis()
    sys.stdout.write(json.dumps(settings_schema(kpis), indent=2, ensure_ascii=False) + "\n")
