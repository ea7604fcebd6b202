"""The raw store: append-only Parquet, committed load by load."""
