"""Extracts as a source: files that a system exports, read with DuckDB into the raw store."""

from pipelines.sources.files.load import IngestReport, Refusal, ingest, listing, probe
from pipelines.sources.files.settings import ExtractTable, FilesSource

__all__ = ["ExtractTable", "FilesSource", "IngestReport", "Refusal", "ingest", "listing", "probe"]
