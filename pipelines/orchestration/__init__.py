"""Dagster: keys, resources, assets, jobs and sensors. Each asset is a few lines around a service."""
