"""The warehouse: a DuckDB file private to the pipeline, opened for moments only.

While one process writes a DuckDB file no other may even read it, so every connection here is short, and what BI tools
read is a published copy. Nothing in the warehouse is lost with it: it is rebuilt from raw.
"""

from pipelines.warehouse.connection import WarehouseError, connect

__all__ = ["WarehouseError", "connect"]
