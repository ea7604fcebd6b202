"""The canonical entities: what every system is mapped to. One source for staging models, docs and quarantine checks."""

from pipelines.entities.definitions import ENTITIES
from pipelines.entities.entity import DUCKDB_TYPES, Column, Entity, Kind

__all__ = ["DUCKDB_TYPES", "ENTITIES", "Column", "Entity", "Kind"]
