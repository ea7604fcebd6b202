"""Extracts as a source: files that a system exports, read with DuckDB into the raw store."""
