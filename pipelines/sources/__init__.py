"""Sources: one folder a system. The registry finds them; everything else speaks to the interface in `base`."""

from pipelines.sources.base import ExtractContext, Source, SourceSettings, StreamReport
from pipelines.sources.registry import open_source, settings_union, source_class, source_type_names
from pipelines.sources.rejection import Rejection

__all__ = [
    "ExtractContext",
    "Rejection",
    "Source",
    "SourceSettings",
    "StreamReport",
    "open_source",
    "settings_union",
    "source_class",
    "source_type_names",
]
