"""The use cases, free of Dagster and of the command line: what an asset, a sensor or a command does."""
