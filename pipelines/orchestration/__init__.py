"""The only room that knows Dagster: assets, jobs, schedules and sensors around the other rooms' functions."""
