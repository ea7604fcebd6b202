"""The raw store: what sources delivered, append-only, in Parquet, committed load by load.

A source delivers streams. `<home>/raw/<source>/<stream>/` holds the loads of one stream; each load is a folder that
enters the store by one rename, so that it is there whole or not at all. Many small loads are compacted into segments.
"""

from pipelines.raw.load import ORIGIN_COLUMNS, Load, LoadedFile, LoadWarning
from pipelines.raw.store import RawStore, RawStoreError
from pipelines.raw.stream import Stream

__all__ = ["ORIGIN_COLUMNS", "Load", "LoadWarning", "LoadedFile", "RawStore", "RawStoreError", "Stream"]
