"""Asset keys and groups. A group is a stage of the data flow; no arrow runs back between groups."""

import dagster as dg

RAW = "raw"
CONTROL = "control"
RAW_VIEWS = "raw_views"
STAGING = "staging"
KPI = "kpi"
WATCH = "watch"
PUBLISHED = "published"
EXPORTS = "exports"
# The keys of exports begin with it.
EXPORT = "export"

FCT_KPI_KEY = dg.AssetKey([KPI, "fct_kpi"])
ALERTS_KEY = dg.AssetKey([WATCH, "alerts"])
MESSAGES_KEY = dg.AssetKey([WATCH, "messages"])
PUBLISHED_KEY = dg.AssetKey([PUBLISHED, "kpi"])
POSTGRES_KEY = dg.AssetKey([PUBLISHED, "postgres"])

# Who owns what the pipeline makes, unless a model's `meta` names another owner.
OWNER = "team:data"


def helpers(family: str) -> str:
    """Returns the group of the models that only the marts of a family, or later models, read."""
    return f"{family}_helpers"


def raw_key(source: str, stream: str) -> dg.AssetKey:
    """Returns the key of a stream's raw data."""
    return dg.AssetKey([RAW, source, stream])


def table_key(schema: str, table: str) -> dg.AssetKey:
    """Returns the key of a table that is prepared for dbt: `staging/raw_files__order`, `control/run`."""
    return dg.AssetKey([STAGING, f"raw_{table}"] if schema == RAW else [schema, table])


def export_key(name: str) -> dg.AssetKey:
    """Returns the key of an export's asset."""
    return dg.AssetKey([EXPORT, name.replace("-", "_")])


def export_job_name(name: str) -> str:
    """Returns the name of the job that writes an export."""
    return f"export_{name.replace('-', '_')}"
