"""Reads settings: YAML files and the environment in, a validated pydantic model out, every mistake with its line.

This package knows YAML, the environment and pydantic. It does not know which settings exist. The entry point is `load`.
`dialect` defines the YAML that settings use, `environment` the references to environment variables, and `explain` turns
errors into messages with a file, a line and the allowed values.
"""

from pipelines.config.loading import SettingsModel, base_folder, fingerprint, load, locate
from pipelines.config.names import Name, TimeZone
from pipelines.config.problems import Key, Mistake, Problem, SettingsError, nearest, refuse
from pipelines.config.schema import json_schema
from pipelines.config.secrets import redact, secrets_of

__all__ = [
    "Key",
    "Mistake",
    "Name",
    "Problem",
    "SettingsError",
    "SettingsModel",
    "TimeZone",
    "base_folder",
    "fingerprint",
    "json_schema",
    "load",
    "locate",
    "nearest",
    "redact",
    "refuse",
    "secrets_of",
]
