"""Versions: what identifies the content of the tables and loads of a pass. The same version means the same content."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from zoneinfo import ZoneInfo

from pipelines.ledger import Ledger
from pipelines.raw import Load
from pipelines.warehouse.run_context import Coverage, RunContext

_LENGTH = 16


def version_of(content: object) -> str:
    """Returns a short digest of values that JSON, or `str`, can write."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:_LENGTH]


def loads_version(active: Iterable[Load]) -> str:
    """Returns the version of the rows that loads in use hold: what they are called in the raw store, and not when."""
    return version_of(sorted((load.source, load.stream, load.load_id) for load in active))


def alerts_version(ledger: Ledger) -> str:
    """Returns the version of all alerts, with the messages that were sent about each."""
    return version_of(ledger.alerts())


def control_versions(context: RunContext, moment: str | None) -> Mapping[str, str]:
    """Returns the version of each table of schema `control` that dbt reads, by name.

    Args:
        context: the facts of the run.
        moment: what stands for its as-of: the moment, or its day if every moment of the day gives the same tables.
    """
    return {
        "run": version_of([moment, context.timezone, context.currency, context.sector]),
        "source": version_of([astuple(row) for row in context.id_spaces]),
        # From whatever a build goes on, its tables are the same.
        "increment": version_of([]),
        "ignored_email": version_of(context.ignored_emails),
        "coverage": version_of(coverage_days(context.coverage, context.timezone)),
        "kpi_target": version_of([astuple(row) for row in context.targets]),
        "kpi_parameter": version_of([astuple(row) for row in context.kpi_parameters]),
        "declared_delivery": version_of([astuple(row) for row in context.declared_deliveries]),
        "rfm_band": version_of([astuple(row) for row in context.rfm_bands]),
        "team_calendar": version_of([astuple(row) for row in context.team_calendars]),
        "business_hours": version_of([astuple(row) for row in context.business_hours]),
        "mapped_column": version_of([astuple(row) for row in context.mapped_columns]),
        "load": version_of([[astuple(row) for row in context.loads], [log.file.name for log in context.load_logs]]),
    }


def coverage_days(coverage: Sequence[Coverage], timezone: str) -> list[tuple[str, str, str | None, str | None]]:
    """Returns up to which company-local day each entity has been loaded, or archived: what tables depend on."""
    return [
        (row.source, row.entity, local_day(row.loaded_until, timezone), local_day(row.archived_until, timezone))
        for row in coverage
    ]


def local_day(moment: datetime | None, timezone: str) -> str | None:
    """Returns the day of a moment in a time zone, as ISO 8601."""
    return None if moment is None else moment.astimezone(ZoneInfo(timezone)).date().isoformat()
