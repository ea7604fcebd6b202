"""The published copy: tables that BI tools read, apart from the warehouse that the pipeline writes.

A copy is made beside the published one and replaces it by a rename. A reader therefore sees the old tables or the new
ones, and never a lock or a mixture. A reader that has the old file open keeps its snapshot until it opens the file
again.

Each kind of copy is one module with one function, which takes what is published (`PublishSource`) and where, replaces
the copy and returns the number of rows of each table. To add a kind, add such a module and call it in
`pipelines.services.publish`.
"""

from pipelines.export.publish.duckdb_file import publish_duckdb
from pipelines.export.publish.kpi_views import kpi_view_names, kpi_views
from pipelines.export.publish.parquet_files import publish_parquet
from pipelines.export.publish.postgres import probe_postgres, publish_postgres
from pipelines.export.publish.source import (
    Description,
    ExtraColumn,
    ExtraTable,
    Personal,
    Privacy,
    PublishedView,
    PublishSource,
)

__all__ = [
    "Description",
    "ExtraColumn",
    "ExtraTable",
    "Personal",
    "Privacy",
    "PublishSource",
    "PublishedView",
    "kpi_view_names",
    "kpi_views",
    "probe_postgres",
    "publish_duckdb",
    "publish_parquet",
    "publish_postgres",
]
