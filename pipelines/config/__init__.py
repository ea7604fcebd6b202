"""Reads settings: YAML files and the environment in, a validated pydantic model out, every mistake named with its line.

This package knows YAML, the environment and pydantic, and nothing of what is set. `load` is the way in. `dialect`
says how YAML is read, `environment` what a reference is, `explain` how mistakes are told and how a validator can
name what is allowed.
"""

from pipelines.config.loading import SettingsModel, base_folder, load, state
from pipelines.config.names import Name, TimeZone
from pipelines.config.problems import Mistake, Problem, SettingsError, nearest, refuse
from pipelines.config.schema import json_schema
from pipelines.config.secrets import redact, secrets_of

__all__ = [
    "Mistake",
    "Name",
    "Problem",
    "SettingsError",
    "SettingsModel",
    "TimeZone",
    "base_folder",
    "json_schema",
    "load",
    "nearest",
    "redact",
    "refuse",
    "secrets_of",
    "state",
]
