"""Assembles the code location; everything it names is declared elsewhere."""

import os
from pathlib import Path

import dagster as dg

from pipelines.orchestration import jobs, sensors
from pipelines.orchestration.assets import exports, published, raw, warehouse, watch
from pipelines.orchestration.resources import Vigie
from pipelines.services.installation import Installation, parse_moment
from pipelines.services.upgrade import upgrade_home


def build(installation: Installation, *, with_models: bool = True) -> dg.Definitions:
    """Returns the definitions for an installation.

    Args:
        installation: the settings and the home folder.
        with_models: whether the dbt models are part of it. Without them the job that builds the tables is incomplete;
            the other jobs are the same, and dbt, which takes seconds to import, is not needed.

    Raises:
        SettingsError: the settings are refused.
        TransformError: the dbt project cannot be parsed.
    """
    settings = installation.settings()
    # Created once: Dagster distinguishes jobs by identity.
    export_jobs = list(jobs.export_jobs(settings))
    models, resources = _models(installation) if with_models else ([], {})
    return dg.Definitions(
        assets=[
            *raw.raw_assets(settings),
            warehouse.warehouse_tables(settings),
            *models,
            watch.alerts_asset(settings),
            watch.messages,
            *published.published_assets(settings),
            *exports.export_assets(settings),
        ],
        jobs=[*jobs.pass_jobs(settings), *export_jobs],
        schedules=jobs.schedules(settings),
        sensors=sensors.sensors(settings, export_jobs),
        resources={
            "vigie": Vigie(
                settings_path=str(installation.settings_path),
                home_path=str(installation.home_path),
                as_of=None if installation.as_of is None else installation.as_of.isoformat(),
            ),
            **resources,
        },
    )


def _models(installation: Installation) -> tuple[list[dg.AssetsDefinition], dict[str, object]]:
    """Returns the assets of the dbt models and the resources that they need."""
    from pipelines.orchestration.assets import dbt  # noqa: PLC0415 - dagster-dbt imports dbt, which takes seconds

    return [dbt.dbt_models(installation)], {"dbt": dbt.dbt_resource(installation.home)}


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` and the daemon load; VIGIE_SETTINGS, VIGIE_HOME and VIGIE_AS_OF say for which installation."""
    installation = Installation(
        Path(os.environ.get("VIGIE_SETTINGS", "settings")), Path(os.environ.get("VIGIE_HOME", "var"))
    )
    # Dagster's programs can be started without ours.
    upgrade_home(installation.home, installation.settings().company.name)
    as_of = os.environ.get("VIGIE_AS_OF")
    if not as_of:
        return build(installation)
    moment = parse_moment(as_of, installation.settings().company.timezone)
    return build(Installation(installation.settings_path, installation.home_path, moment))
