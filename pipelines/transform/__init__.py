"""The dbt project: where it is, its manifest, how dbt is started, what its results say, what was built from what."""
