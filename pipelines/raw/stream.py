"""Streams: what a source delivers, one kind of record each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record of a source: the extracts of an entity, or a vendor's resource such as contacts.

    `columns` are the names and DuckDB types of its rows in raw, without the origin columns. `key` identifies a record
    within the source. `entities` are the canonical entities that it fills; one resource may fill several.
    `is_reference` says that records are looked up by others and change rarely: then a check that found nothing new
    counts as being up to date.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    entities: tuple[str, ...]
    is_reference: bool = False

    @property
    def label(self) -> str:
        """The name as people read it: `survey response`."""
        return self.name.replace("_", " ")
