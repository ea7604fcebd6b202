"""Assembles the code location; everything it names is declared elsewhere."""

import os
from pathlib import Path

import dagster as dg

from pipelines import settings as vigie_settings
from pipelines.home import Home
from pipelines.orchestration import exporting, ingest, jobs, sensors, transform, watching
from pipelines.orchestration.resources import Vigie


def build(settings_path: Path, home_path: Path, as_of: str | None = None) -> dg.Definitions:
    """The definitions for the settings at `settings_path` and the home folder `home_path`.

    Raises SettingsError if the settings are refused.
    """
    settings = vigie_settings.load(settings_path)
    home = Home(home_path)
    # Made once: Dagster tells jobs apart by identity.
    export_jobs = list(jobs.export_jobs(settings))
    return dg.Definitions(
        assets=[
            *ingest.raw_assets(settings),
            transform.entity_assets(settings),
            *transform.unfilled_entities(settings),
            transform.dbt_models(home),
            watching.alerts,
            watching.messages,
            exporting.published,
            *exporting.export_assets(settings),
        ],
        jobs=[*jobs.jobs(settings), *export_jobs],
        schedules=jobs.schedules(settings),
        sensors=sensors.sensors(settings, export_jobs),
        resources={
            "vigie": Vigie(settings_path=str(settings_path), home_path=str(home_path), as_of=as_of),
        },
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` and the daemon load: VIGIE_SETTINGS, VIGIE_HOME and VIGIE_AS_OF name what it is for."""
    return build(
        Path(os.environ.get("VIGIE_SETTINGS", "settings")),
        Path(os.environ.get("VIGIE_HOME", "var")),
        os.environ.get("VIGIE_AS_OF") or None,
    )
